"""How people hear of problems: encrypted, and with links that are."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

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


def _in_the_clear(word: str) -> bool:
    name, mark, address = word.partition("=")
    address = address if mark and "://" not in name else word
    scheme, _, rest = address.partition("://")
    query = parse_qs(urlsplit(f"//{rest}").query)
    return scheme in IN_THE_CLEAR or query.get("mode") == ["insecure"]
