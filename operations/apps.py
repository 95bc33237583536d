"""The operators' commands and chores as a Django app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Has commands and chores, and no models."""

    name = "operations"

    def ready(self) -> None:
        """Lets a process be replaced in which a round of a chore hangs."""
        from operations.chores import turns  # noqa: PLC0415
        from visn_whatsapp import health  # noqa: PLC0415

        health.end_where(turns.hang)
