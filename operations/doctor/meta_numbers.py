"""A number at Meta: whether it may write and be written to, and where its messages go."""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from eventlog.questions.masking import MASKED
from operations.doctor.graph import Callbacks, Graph, Number
from operations.doctor.seen import Seen, cannot_tell, well, wrong

CONNECTED = "CONNECTED"
POOR_QUALITY = {"RED"}
REFUSED_NAMES = {"DECLINED", "EXPIRED"}
# What comes from elsewhere and may be printed.
WORD = re.compile(r"[A-Z_]{1,40}")
HOST = re.compile(r"[a-z0-9.-]{1,253}")

# By the level at which Meta found the callback URL, in the order in which it looks.
REMEDIES = {
    "phone_number": "Take away the override of the number",
    "whatsapp_business_account": "Take away the override of the account",
    "application": "Change the callback URL in the App Dashboard, or set an override",
}


def seen_of_number(
    graph: Graph, number_id: str, *, account: str, callbacks: Collection[str]
) -> Iterator[Seen]:
    """Says what is wrong with a number, or that nothing is. Raises as Graph does."""
    number = graph.number(number_id)
    digits = re.sub(r"\D", "", number.display_phone_number)
    name = f"Number {MASKED.number(digits)} of account {account}"
    found = [*_standing(name, number), *_leads(name, number.webhook_configuration, callbacks)]
    yield from found
    if not found:
        told = {
            "quality": number.quality_rating,
            "name": number.name_status,
            "throughput": number.throughput.level,
        }
        words = ", ".join(f"{what} {_word(value)}" for what, value in told.items() if value)
        yield well(f"{name} is connected ({words}), and its messages come here.")


def host_of(url: str) -> str:
    """The host of an address of which no more is shown; somebody's path may be a secret."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host if HOST.fullmatch(host) else "an odd address"


def _word(value: str) -> str:
    return value if WORD.fullmatch(value) else "unknown"


def _standing(name: str, number: Number) -> Iterator[Seen]:
    if number.status != CONNECTED:
        yield wrong(
            f"{name} is not connected ({_word(number.status)}).",
            "Register it, or see in WhatsApp Manager why it is not (docs/first-message.md, 4).",
        )
    if number.quality_rating in POOR_QUALITY:
        yield wrong(
            f"{name} has the quality {number.quality_rating}.",
            "See in WhatsApp Manager what those complain of who are written to.",
        )
    if number.name_status in REFUSED_NAMES:
        yield wrong(
            f"{name} has a display name that Meta does not take ({number.name_status}).",
            "Ask for another one in WhatsApp Manager.",
        )


def _leads(name: str, told: Callbacks, callbacks: Collection[str]) -> Iterator[Seen]:
    levels = [(level, getattr(told, level)) for level in REMEDIES if getattr(told, level)]
    if not levels:
        yield cannot_tell(
            f"{name}: Meta does not say where its messages go.",
            "Look at the app's callback URL in the App Dashboard.",
        )
        return
    level, url = levels[0]
    if url not in callbacks:
        yield wrong(
            f"{name}: its messages go elsewhere, to {host_of(url)}.",
            f"{REMEDIES[level]} (docs/first-message.md, 6), or name the address that Meta has by "
            "--webhook-url.",
        )
