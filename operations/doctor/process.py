"""This process: its settings, by the rules that keep a service from starting."""

from collections.abc import Iterator

from django.conf import settings

from operations.doctor.seen import Asked, Seen, well, wrong
from visn_whatsapp.safety import violations


def look(_: Asked) -> Iterator[Seen]:
    """Names each rule that the settings break: secrets and their form, addresses, audiences."""
    broken = violations(settings)
    for violation in broken:
        yield wrong(violation.complaint, "Change the variable in the definition of the service.")
    if not broken:
        yield well(f"The settings of {', '.join(settings.SERVICES)} keep every rule.")
