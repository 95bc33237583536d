"""The app that receives events and keeps the ledger."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Registers the ledger's models."""

    name = "webhooks"
    verbose_name = "WhatsApp events"
    default_auto_field = "django.db.models.BigAutoField"
