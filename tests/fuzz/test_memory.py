"""Odd payloads, signed and forged, leave nothing behind in the memory of a process."""

import gc
import logging
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from django.test import Client

from sandbox import samples
from tests.fuzz.conftest import WEBHOOK, Endpoints

pytestmark = pytest.mark.django_db

PER_ROUND = 150
BODY_BYTES = 20_000
ROUNDS = 4
# All bodies of a round are 3 MB. Django's test client keeps some 900 bytes of each request itself.
# What leaks grows in every round; a table that doubles (the interpreter's, of weak references)
# grows in one of them, so the least growth is what counts.
MOST_BYTES = 1_000_000


@pytest.fixture
def traced() -> Iterator[None]:
    """Counts what is allocated, but for the lines of the log, which pytest keeps."""
    logging.disable(logging.CRITICAL)
    tracemalloc.start()
    yield
    tracemalloc.stop()
    logging.disable(logging.NOTSET)


def bodies(order: Random) -> Iterator[bytes]:
    """Real payloads with some bytes changed, and long ones that are nothing at all."""
    message = samples.text(body="x" * BODY_BYTES)
    whole = samples.encode(samples.envelope(samples.entry(samples.change(messages=[message]))))
    for _ in range(PER_ROUND):
        odd = bytearray(whole)
        for _ in range(order.randrange(1, 6)):
            odd[order.randrange(len(odd))] = order.randrange(256)
        yield bytes(odd)


def test_memory_stays_as_it_is(endpoints: Endpoints, client: Client, traced: None) -> None:
    order = Random(1)  # noqa: S311 - repeatable, not secret

    def held_after_a_round() -> int:
        for body in bodies(order):
            assert endpoints.post(body).status_code == 200
            forged = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
            answer = client.post(WEBHOOK, body, content_type="application/json", headers=forged)
            assert answer.status_code == 401
            assert endpoints.run(body).status_code == 200
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    held_after_a_round()  # what is remembered at first use
    held = [held_after_a_round() for _ in range(ROUNDS)]
    assert min(after - before for before, after in pairwise(held)) < MOST_BYTES
