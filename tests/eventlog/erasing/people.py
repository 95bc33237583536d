"""People who are erased, for tests: asked for as somebody would, and looked for afterwards."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from django.apps import apps
from django.db.models import BinaryField

from eventlog.erasing.erasures import Request, carry_on, start
from eventlog.erasing.preview import preview
from eventlog.erasing.taking_out import Taken
from eventlog.models import Erasure
from sandbox.samples import DRIVER_NUMBER, text
from tests.platform import Platform
from webhooks.whatsapp.items import Person

OTHER, OTHERS_ID = "16505550000", "US.99999999999999999999"
HOUR = timedelta(hours=1)


def erase(
    platform: Platform, number: str = DRIVER_NUMBER, *, within: timedelta = HOUR
) -> tuple[Erasure, Taken]:
    """Erases whoever has the number, to the end if there is time."""
    found = preview(Person(number=number))
    request = Request(
        erasure=uuid4(), people=list(found.people), asked_by=None, asked_by_name="Ada"
    )
    erasure, taken = start(request, now=platform.now), Taken()
    for each in carry_on(erasure, clock=lambda: platform.now, until=platform.now + within):
        taken.add(each)
    return erasure, taken


def _everything() -> Iterator[str]:
    """Every value of every row of every table, as text."""
    for model in apps.get_models(include_auto_created=True):
        fields = model._meta.concrete_fields
        for row in model._default_manager.values_list(*(field.attname for field in fields)):
            for field, value in zip(fields, row, strict=True):
                binary = isinstance(field, BinaryField) and value is not None
                yield bytes(value).decode("latin-1") if binary else str(value)


def left(*words: str) -> list[str]:
    """Those of the words that stand anywhere in the database."""
    every = [*_everything()]
    return [word for word in words if any(word in value for value in every)]


def others_text(message_id: str = "wamid.O") -> object:
    """A text of somebody else."""
    return text(message_id=message_id, number=OTHER, user_id=OTHERS_ID)
