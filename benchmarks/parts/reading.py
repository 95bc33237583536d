"""Functions alone, in this process: what checking and reading a payload costs."""

import hmac
import json
import time
from argparse import Namespace
from collections.abc import Callable, Iterator

from benchmarks import deliveries
from benchmarks.figures import Measured
from webhooks.whatsapp.drift.looking import drift
from webhooks.whatsapp.payload import parse, parse_tolerantly
from webhooks.whatsapp.reading import read

SIZES = {"1 text": 1, "1000 texts": 1000}
CALLS = 2000  # for each second of the options; of a thousand texts one call counts as a thousand

Reader = Callable[[bytes, str], object]


def check_and_walk(raw: bytes, signature: str) -> object:
    """The reference: the signature, the standard json, one tuple for each message; no types."""
    _check(raw, signature)
    return [
        (item.get("from"), item.get("id"), item.get("timestamp"), item.get("text", {}).get("body"))
        for entry in json.loads(raw)["entry"]
        for change in entry["changes"]
        for item in change["value"].get("messages", ())
    ]


def check_and_read(raw: bytes, signature: str) -> object:
    """What the webhook does before it writes."""
    _check(raw, signature)
    return read(parse(raw))


def _check(raw: bytes, signature: str) -> None:
    if not hmac.compare_digest(deliveries.signature(raw), signature):
        raise ValueError


READERS: dict[str, Reader] = {
    "check, json and a walk": check_and_walk,
    "ours: check and read": check_and_read,
    "ours: parse alone": lambda raw, _: parse(raw),
    "ours: tolerant reading": lambda raw, _: read(parse_tolerantly(raw)),
    "ours: look for drift": lambda raw, _: drift(raw),
}


def measure(options: Namespace) -> Iterator[Measured]:
    """The functions take turns, round by round."""
    payloads = {name: deliveries.texts(items) for name, items in SIZES.items()}
    for _ in range(options.rounds):
        for load, raw in payloads.items():
            signature = deliveries.signature(raw)
            calls = max(int(CALLS * options.seconds / SIZES[load]), 1)
            for name, reader in READERS.items():
                cpu = _cpu_microseconds(reader, raw, signature, calls) / SIZES[load]
                yield Measured(load=load, subject=name, values={"an event, µs": cpu})


def _cpu_microseconds(reader: Reader, raw: bytes, signature: str, calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        reader(raw, signature)
    return (time.process_time() - start) / calls * 1e6
