"""The operators' commands as a Django app."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Has commands alone, and no models."""

    name = "operations"
