"""The filters of a list that somebody has kept under a name."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models.functions import Lower

NAME_LENGTH = 40
QUERY_LENGTH = 1000


class SavedView(models.Model):
    """Filters by what they mean: a span of time stays relative, and nobody is named in them."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    group = models.ForeignKey(
        Group,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Who sees it beside its owner. None: nobody.",
    )
    page = models.CharField(max_length=60, help_text="The list: webhooks_event.")
    name = models.CharField(max_length=NAME_LENGTH)
    query = models.CharField(
        max_length=QUERY_LENGTH, blank=True, help_text="As an address says it."
    )
    # An address names these two by an event, which retention deletes.
    lease_number = models.CharField(max_length=32, blank=True, help_text="Digits only.")
    lease_id = models.CharField(max_length=1500, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint("owner", "page", Lower("name"), name="saved_view_of_owner"),
            models.UniqueConstraint("group", "page", Lower("name"), name="saved_view_of_group"),
        )
        permissions = (("manage_savedview", "Can manage shared views"),)

    def __str__(self) -> str:
        return f"saved view {self.pk}"
