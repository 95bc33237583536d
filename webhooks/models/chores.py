"""When each of the chores that a scheduler starts was last done."""

from django.db import models


class DoneChore(models.Model):
    """A chore that was done at least once; without one nobody knows of a scheduler that is gone."""

    name = models.CharField(max_length=16, primary_key=True)
    done_at = models.DateTimeField(help_text="By the clock of the ledger.")

    def __str__(self) -> str:
        return self.name
