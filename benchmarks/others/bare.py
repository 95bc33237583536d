"""What no receiver can do without, and nothing else: check the signature, parse, answer.

granian --interface wsgi benchmarks.others.bare:application
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable
from typing import Any

SECRET = os.environ["WHATSAPP_APP_SECRET"].encode()
handled = 0  # texts; threads may miss one now and then


def check_and_parse(body: bytes, signature: str) -> int:
    """Returns how many texts there are. Raises ValueError if Meta has not signed them."""
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature):
        raise ValueError
    return sum(
        len(change["value"].get("messages", ()))
        for entry in json.loads(body)["entry"]
        for change in entry["changes"]
    )


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Takes in what Meta posts, and says at `/handled` how many texts that were."""
    global handled  # noqa: PLW0603
    answer = b""
    if environ["PATH_INFO"] == "/handled":
        answer = str(handled).encode()
    else:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        handled += check_and_parse(body, environ["HTTP_X_HUB_SIGNATURE_256"])
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]
