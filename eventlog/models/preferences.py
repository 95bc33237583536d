"""What a person on the staff has chosen for themselves."""

from django.contrib.auth.models import User
from django.db import models


class Preferences(models.Model):
    """The choices of one person; who has no row has chosen nothing."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True)
    time_zone = models.CharField(
        max_length=64, default="UTC", help_text="Its name in the IANA database: Europe/Amsterdam."
    )

    class Meta:
        """Everybody has their own, so nobody needs a right to them."""

        default_permissions = ()

    def __str__(self) -> str:
        return self.time_zone
