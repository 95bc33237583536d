"""The certificates, or public keys, that what Google signs is verified with."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import msgspec

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.kept import Kept
from visn_whatsapp.in_time import session
from visn_whatsapp.untrusted import whole_number

TIMEOUT_SECONDS = 2.0  # to connect, and for the answer
# A token may be signed with a key that is younger than what is kept. Anybody can name any key.
LOOKED_UP_AGAIN_AFTER_SECONDS = 60.0
AGE_DIGITS = 9  # of seconds
MAX_AGE = re.compile(rf"max-age=([0-9]{{1,{AGE_DIGITS}}})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificates:
    """What Google's address answered."""

    by_key: Mapping[str, str]  # key id → certificate or public key, in PEM
    good_until: float  # by the monotonic clock

    @property
    def fresh(self) -> bool:
        """Whether they may be used without asking again."""
        return time.monotonic() < self.good_until


def certificates(
    url: str, *, key_id: str, budget: Budget, kept_seconds: float = 0.0
) -> Mapping[str, str]:
    """Returns key id → PEM, from memory as long as Google's answer says it is good.

    They are kept for `kept_seconds` even if the answer says less, or nothing of it. If the key is
    not among them they are asked for again, unless that was done a moment ago.
    Raises Unobtainable, within the budget.
    """
    kept = _kept.get(url)
    if kept is None:
        ask = partial(_ask, url, kept_seconds)
        new = Kept(ask, name="certificates", fresh=lambda held: held.fresh)
        kept = _kept.setdefault(url, new)
    found = kept.value(budget)
    if key_id and key_id not in found.by_key:
        found = kept.newer(budget, than_seconds=LOOKED_UP_AGAIN_AFTER_SECONDS)
    return found.by_key


_kept: dict[str, Kept[Certificates]] = {}  # by address


def _ask(url: str, kept_seconds: float) -> Certificates:
    with session() as asking:
        response = asking.get(url, timeout=TIMEOUT_SECONDS)
    response.raise_for_status()
    max_age = MAX_AGE.search(response.headers.get("Cache-Control", ""))
    age = whole_number(response.headers.get("Age", ""), digits=AGE_DIGITS) or 0
    seconds = (int(max_age[1]) if max_age else 0) - age
    return Certificates(
        by_key=msgspec.json.decode(response.content, type=dict[str, str]),
        good_until=time.monotonic() + max(seconds, kept_seconds),
    )
