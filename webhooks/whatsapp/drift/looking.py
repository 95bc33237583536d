"""Looks a payload over, whatever its bytes are."""

from collections import Counter

import msgspec

from webhooks.whatsapp import tolerant
from webhooks.whatsapp.drift.documented import PAYLOAD
from webhooks.whatsapp.drift.shapes import Departure, Drift

WHOLE = "payload"  # the path of what is wrong with all of it


def drift(raw: bytes) -> Counter[Drift]:
    """In what a payload departs from what Meta documents, and how often each; nothing raises."""
    try:
        departures = PAYLOAD.departures(_tree(raw))
    except tolerant.NotJsonError:
        departures = (Drift(Departure.OTHER_TYPE, "", "no JSON"),)
    return Counter(each if each.path else each._replace(path=WHOLE) for each in departures)


def _tree(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        return tolerant.load(raw)
