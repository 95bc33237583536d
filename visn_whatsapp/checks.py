"""Holds every settings module to the rules of `safety`, whoever wrote it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from visn_whatsapp.safety import violations


@register(Tags.security)
def check_safety(**_: Any) -> list[CheckMessage]:
    """Reports each broken rule, in every command that runs Django's checks."""
    return [Error(violation.complaint, id=violation.id) for violation in violations(settings)]


def refuse_unsafe_settings() -> None:
    """Stops a server at its start: unlike commands, it runs no checks by itself."""
    broken = [message for message in check_safety() if not message.is_silenced()]
    if broken:
        raise ImproperlyConfigured("\n".join(f"{message.msg} ({message.id})" for message in broken))
