"""What somebody sent that was not taken, since their login or form had expired, to go on with it.

It lies in the page that they get instead, in one field of it, and is sent with the login: in no
address, in no session, and not in what the throttle of logins keeps (AXES_SENSITIVE_PARAMETERS).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

FIELD = "carried"
LONGEST = 100_000  # characters of all that is carried; what is longer is lost
NOT_CARRIED = ("csrfmiddlewaretoken", FIELD)
KEPT_EMPTY = "password"  # in the name of a field that is carried empty


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """A form as it was sent."""

    path: str  # with its query
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """What a request holds, but for passwords."""
        fields = [
            (name, "" if KEPT_EMPTY in name else str(value))
            for name, values in request.POST.lists()
            for value in values
            if not any(word in name for word in NOT_CARRIED)
        ]
        return cls(path=request.get_full_path(), fields=tuple(fields))

    @classmethod
    def unpack(cls, packed: str) -> Self | None:
        """Reads what `packed` has written; None for anything else, or if it leads elsewhere."""
        try:
            told = json.loads(packed[:LONGEST])
            json.dumps(told, ensure_ascii=False).encode()  # half a surrogate fits into no page
        except (ValueError, RecursionError):
            return None
        if not isinstance(told, Mapping) or not isinstance(told.get("fields"), list):
            return None
        pairs = [pair for pair in told["fields"] if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004 (name and value)
        path = str(told.get("path", ""))
        fields = tuple((str(name), str(value)) for name, value in pairs)
        return cls(path=path, fields=fields) if is_ours(path) else None

    @property
    def packed(self) -> str:
        """One value for a field of a form; empty if it is too much to carry."""
        words = json.dumps({"path": self.path, "fields": self.fields})
        return words if len(words) <= LONGEST else ""

    @property
    def lacks_password(self) -> bool:
        """Whether what was typed is not whole, since a password was among it."""
        return any(KEPT_EMPTY in name for name, _ in self.fields)

    @property
    def is_harmless(self) -> bool:
        """Whether sending it again changes nothing, so that nobody need be asked."""
        return self.path == reverse("admin:find")


def is_ours(path: str) -> bool:
    """Whether a path leads to a page of the admin, by no detour that a browser would shorten."""
    plain = unquote(path.partition("?")[0])
    return (
        path.startswith(reverse("admin:index"))
        and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
        and not {".", ".."} & set(plain.replace("\\", "/").split("/"))
    )
