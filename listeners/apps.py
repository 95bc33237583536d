"""The app that applies events to chats in Firestore."""

from django.apps import AppConfig


class ListenersConfig(AppConfig):
    """Registers the task handler's models."""

    name = "listeners"
    verbose_name = "Task handler"
    default_auto_field = "django.db.models.BigAutoField"
