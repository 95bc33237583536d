"""Where Meta has to post, for as long as nothing has ever come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from webhooks.models import Delivery

PATH = "/{version}/webhooks/whatsapp/webhook"  # of visn_whatsapp/urls.py
SERVICE = "repair-serve-api"


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstSteps:
    """What whoever sets it up needs; a secret is named and never told."""

    callbacks: Sequence[str]  # for Meta, one for each version
    is_here: bool  # False: another process serves them, whose host is not known here
    is_deployed: bool  # False: on one machine, where Meta does not get to


def first_steps(*, origin: str) -> FirstSteps | None:
    """Returns them until there is a delivery. One query.

    `origin` is scheme and host as this page was asked for, such as `https://log.example`.
    """
    if Delivery.objects.exists():
        return None
    is_here = SERVICE in settings.SERVICES
    base = origin if is_here else "https://HOST"
    return FirstSteps(
        callbacks=[base + PATH.format(version=version) for version in settings.WEBHOOK_VERSIONS],
        is_here=is_here,
        is_deployed=settings.DEPLOYED,
    )
