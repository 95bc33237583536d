"""What is kept of messages whose people were erased."""

from django.db import models


class ErasedMessage(models.Model):
    """A keyed hash of a lease number and a message id: should it come again, it is not applied."""

    mark = models.CharField(
        max_length=64, primary_key=True, help_text="HMAC with SHA-256, lowercase hex."
    )
    erasure = models.UUIDField(help_text="By which the person was erased.")
    until = models.DateTimeField(db_index=True, help_text="When it is deleted.")

    def __str__(self) -> str:
        return self.mark[:8]
