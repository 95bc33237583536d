"""Sends a letter: by apprise, or as a signed POST of our own.

An address holds secrets, so nothing of what a library says about it is passed on.
"""

import hashlib
import hmac
import json
import time
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from urllib3.exceptions import HTTPError

from eventlog.channels.letters import Letter
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.posting import post

# http and https, as apprise names its own.
SIGNED = {"signed": "http", "signeds": "https"}
SECONDS = 8.0  # for one letter
# Of each wait of apprise's: to be connected, and for an answer.
WAITS = {"cto": "4.0", "rto": "4.0"}
PAGERDUTY = "pagerduty"


class NotSent(Exception):
    """The channel did not take it; the words say why, without anything of the address."""


def send(address: str, letter: Letter) -> None:
    """Sends it. Raises NotSent."""
    scheme, _, rest = address.partition("://")
    if scheme in SIGNED:
        _post_signed(f"{SIGNED[scheme]}://", rest, letter)
    else:
        _send_by_apprise(address, letter)


def _post_signed(scheme: str, rest: str, letter: Letter) -> None:
    """`signeds://SECRET@host/path`: HMAC-SHA256 over the timestamp, a point and the body."""
    secret, mark, place = rest.rpartition("@")
    if not (secret and mark and place):
        raise NotSent("its address is not understood")
    body = json.dumps(_told(letter)).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "X-Timestamp": stamp,
        "X-Signature-256": f"sha256={signature.hexdigest()}",
    }
    try:
        answer = post(scheme + place, body=body, headers=headers, budget=Budget(SECONDS))
    except (HTTPError, BudgetSpent, ValueError) as error:
        raise NotSent(f"it does not answer ({type(error).__name__})") from None
    if not 200 <= answer.status < 300:  # noqa: PLR2004 (HTTP's successes)
        raise NotSent(f"it answers {answer.status}")


def _told(letter: Letter) -> dict[str, Any]:
    return {
        "notifications": letter.notifications,
        "title": letter.title,
        "body": letter.body,
        "severity": letter.severity.value,
        "problem": letter.problem,
        "resolved": letter.is_over,
        "digest": letter.digest.isoformat() if letter.digest else None,
    }


def _send_by_apprise(address: str, letter: Letter) -> None:
    # It takes thirty megabytes, so only a process that has channels loads it.
    apprise = import_module("apprise")
    channel = apprise.Apprise.instantiate(_with_waits(address, letter), suppress_exceptions=True)
    if not channel:
        raise NotSent("its address is not understood")
    sort = apprise.NotifyType.SUCCESS if letter.is_over else apprise.NotifyType.WARNING
    if not letter.is_bad and not letter.is_over:
        sort = apprise.NotifyType.INFO
    everybody = apprise.Apprise()
    everybody.add(channel)
    plain = apprise.NotifyFormat.TEXT
    if not everybody.notify(
        body=letter.body, title=letter.title, notify_type=sort, body_format=plain
    ):
        raise NotSent("it did not take it")


def _with_waits(address: str, letter: Letter) -> str:
    """The address with the times that we wait, and for PagerDuty the incident that it is about."""
    more = dict(WAITS)
    if address.startswith(f"{PAGERDUTY}://") and letter.problem is not None:
        more |= {"action": "map", "dedup": f"visn-whatsapp problem {letter.problem}"}
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"
