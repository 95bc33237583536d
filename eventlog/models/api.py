"""How often other services have asked."""

from django.db import models


class ApiUse(models.Model):
    """The calls of one service within the minute in which it has called last."""

    caller = models.CharField(max_length=150, primary_key=True, help_text="Its account's e-mail.")
    minute = models.DateTimeField(help_text="Its beginning, by the database's clock.")
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.caller
