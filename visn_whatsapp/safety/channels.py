"""How people hear of problems: encrypted, with links that are, and at hours that there are."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from visn_whatsapp.hours import Hour, HoursUnreadable, Span
from visn_whatsapp.safety.rules import rule, sentence

# Of signed calls and of apprise those that go in the clear.
IN_THE_CLEAR = frozenset({"signed", "json", "form", "xml", "mmost"})


@rule("E029", deployed_only=True)
def channels_are_encrypted(settings: Any) -> str:
    """Addresses hold secrets, which whoever is on the way could use."""
    open_to_all = [
        *(["CHANNELS"] if any(map(_in_the_clear, settings.CHANNELS)) else []),
        *(["ADMIN_URL"] if settings.ADMIN_URL.startswith("http://") else []),
    ]
    return sentence(open_to_all, "must be encrypted.")


@rule("E030")
def hours_are_understood(settings: Any) -> str:
    """Otherwise people are woken, or hear nothing, and find out by it."""
    read = {"CHANNELS_QUIET": Span.read, "CHANNELS_DIGEST": Hour.read}
    wrong = [name for name in read if not _is_understood(getattr(settings, name), read[name])]
    return sentence(wrong, "must be hours and a time zone, such as 22:00-07:00 Europe/London.")


def _is_understood(words: str, read: Callable[[str], object]) -> bool:
    try:
        return not words or bool(read(words))
    except HoursUnreadable:
        return False


def _in_the_clear(word: str) -> bool:
    name, mark, address = word.partition("=")
    address = address if mark and "://" not in name else word
    scheme, _, rest = address.partition("://")
    query = parse_qs(urlsplit(f"//{rest}").query)
    return scheme in IN_THE_CLEAR or query.get("mode") == ["insecure"]
