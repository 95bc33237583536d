"""The project as a Django application, so that its commands and checks are found."""

from django.apps import AppConfig


class VisnWhatsappConfig(AppConfig):
    """The wiring that both apps share."""

    name = "visn_whatsapp"
    verbose_name = "ViSN WhatsApp"

    def ready(self) -> None:
        """Registers the checks."""
        from visn_whatsapp import checks  # noqa: F401, PLC0415
