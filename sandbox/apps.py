"""The sandbox as a Django app, so that its commands are found."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """What runs on a developer's machine only; the local settings and the tests install it."""

    name = "sandbox"
    verbose_name = "Sandbox"
