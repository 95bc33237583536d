"""What reading again needs of a job's memory does not grow with what it reads."""

from datetime import timedelta

import pytest

from sandbox import samples
from tests.jobs import Finished, finished
from tests.rows import NOON
from webhooks.models import Delivery
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db(transaction=True)

DELIVERIES, ITEMS = 20, 1000  # as many items as Meta puts into one delivery
# Than for one of them. Their rows alone would be twice as much.
MIB_MORE_AT_MOST = 10


def reread() -> Finished:
    return finished("reread", f"--since={NOON.isoformat()}")


def arrives(serial: int) -> None:
    """A delivery of a thousand texts, of half a megabyte."""
    texts = [
        samples.text(message_id=samples.wamid("1", serial * ITEMS + each), body="x" * 200)
        for each in range(ITEMS)
    ]
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=texts))))
    at = NOON + timedelta(seconds=serial)
    receive(body=body, headers={}, source=Delivery.Source.META, now=at)


def test_many_large_deliveries_fit_into_a_small_job() -> None:
    arrives(0)
    few = reread()
    assert few.report["items"] == ITEMS
    for serial in range(1, DELIVERIES):
        arrives(serial)
    many = reread()
    assert (many.report["compared"], many.report["items"]) == (DELIVERIES, DELIVERIES * ITEMS)
    assert many.report["differing"] == 0
    assert many.peak_mib - few.peak_mib < MIB_MORE_AT_MOST
