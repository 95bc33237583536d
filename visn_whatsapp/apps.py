"""The project as a Django application, so that its commands and checks are found."""

from django.apps import AppConfig
from django.conf import settings


class VisnWhatsappConfig(AppConfig):
    """The wiring that both apps share."""

    name = "visn_whatsapp"
    verbose_name = "ViSN WhatsApp"

    def ready(self) -> None:
        """Registers the checks, keeps personal data out of what a deployed process prints, and
        begins to export spans and metrics where that is wanted.
        """
        from visn_whatsapp import checks, logs  # noqa: F401, PLC0415
        from visn_whatsapp.telemetry import switch  # noqa: PLC0415

        if getattr(settings, "DEPLOYED", True):
            logs.catch_the_rest()
        switch.begin(settings)
