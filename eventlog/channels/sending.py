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

from eventlog.attention.notice import Severity
from eventlog.channels.configured import PAGERS
from eventlog.channels.letters import Letter
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.posting import post

# http and https, as apprise names its own.
SIGNED = {"signed": "http", "signeds": "https"}
SECONDS = 8.0  # for one letter
NAME = "visn-whatsapp"
# Of each wait of apprise's, to be connected and for an answer. What is too long for a service is
# cut off: it would be refused as often as it is tried.
ALWAYS = {"cto": "4.0", "rto": "4.0", "overflow": "truncate"}
# Those that take headers of ours.
WITH_HEADERS = frozenset({"mailto", "mailtos", "json", "jsons", "form", "forms", "xml", "xmls"})
ID_HEADER = "X-Notification-Id"


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
        ID_HEADER: letter.key,
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
        "id": letter.key,
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
    # Neither under its name nor with its pictures, which each reader would fetch from elsewhere.
    asset = apprise.AppriseAsset(app_id=NAME, app_desc=NAME, image_url_mask="", image_url_logo="")
    channel = apprise.Apprise.instantiate(
        _with_ours(address, letter), asset=asset, suppress_exceptions=True
    )
    if not channel:
        raise NotSent("its address is not understood")
    everybody = apprise.Apprise(asset=asset)
    everybody.add(channel)
    told = everybody.notify(
        body=letter.body,
        title=letter.title,
        notify_type=apprise.NotifyType(_sort(letter)),
        body_format=apprise.NotifyFormat.TEXT,
    )
    if not told:
        raise NotSent("it did not take it")


def _sort(letter: Letter) -> str:
    """In the words of apprise, which are colours in a chat and severities at a pager."""
    if letter.is_over:
        return "success"
    if not letter.is_bad:
        return "info"
    return "failure" if letter.severity == Severity.URGENT else "warning"


def _with_ours(address: str, letter: Letter) -> str:
    """The address with what we ask of it, and by what a letter that comes again is known."""
    scheme = address.partition("://")[0]
    more = dict(ALWAYS)
    if scheme in PAGERS:
        about = "test" if letter.problem is None else f"problem-{letter.problem}"
        more |= {"action": "map", "dedup": f"{NAME}-{about}"}
    elif scheme in WITH_HEADERS:
        more[f"+{ID_HEADER}"] = letter.key
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"
