"""Aliases: written with the delivery that tells of them, once, and never again once undone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sandbox import samples
from tests.webhooks.test_sequences import on_postgresql
from webhooks import receiving
from webhooks.alias import Alias
from webhooks.models import Delivery, Event
from webhooks.receipts import Receipt

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
CHANGED_AT = datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
OLD, NEW = "16505551234", "16505555678"
OLD_ID, NEW_ID = "US.13491208655302741918", "US.20000000000000000002"
NAMED = ("lease_number", "previous_number", "previous_user_id", "number", "user_id", "changed_at")

pytestmark = pytest.mark.django_db


def receive(*items: object, lease_number: str = samples.LEASE_NUMBER) -> Receipt:
    """Records a delivery as the webhook does."""
    change = samples.change(messages=items, lease_number=lease_number)
    body = samples.encode(samples.envelope(samples.entry(change)))
    return receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOW)


def changed(**told: Any) -> samples.Json:
    """A system message: the driver has another number, and so another user id."""
    return samples.system(wa_id=NEW, user_id=NEW_ID, previous_user_id=OLD_ID, **told)


def test_an_alias_is_written_with_its_delivery() -> None:
    receipt = receive(samples.text(), changed())
    alias = Alias.objects.get()
    assert [getattr(alias, name) for name in NAMED] == [
        samples.LEASE_NUMBER, OLD, OLD_ID, NEW, NEW_ID, CHANGED_AT,
    ]  # fmt: skip
    assert (alias.delivery_id, alias.position, alias.noted_at) == (receipt.delivery, 1, NOW)
    event = Event.objects.get(position=1)
    assert (event.state, event.reason) == ("ignored", "identity_noted")
    assert (event.person_number, event.person_user_id) == (NEW, NEW_ID)


def test_numbers_are_spelled_in_one_way() -> None:
    told = samples.system(number="5551987654321", wa_id="5541999990001")
    receive(told, lease_number="5541988880001")
    alias = Alias.objects.get()
    spelled = (alias.lease_number, alias.previous_number, alias.number)
    assert spelled == ("554188880001", "555187654321", "554199990001")


@pytest.mark.parametrize("undone", [False, True])
def test_the_same_again_writes_nothing(undone: bool) -> None:
    """The same bytes, the same item beside others, twice in one delivery; spelled otherwise."""
    first = samples.system(number="5551987654321", wa_id="5541999990001")
    receive(first)
    if undone:
        Alias.objects.update(undone_at=NOW, undone_by_name="anna")
    before = Alias.objects.values().get()
    receive(first)
    other = samples.system(number="555187654321", wa_id="5541999990001", message_id="wamid.2")
    receive(samples.text(), first, first, other)
    assert Alias.objects.values().get() == before
    assert set(Event.objects.filter(name="system").values_list("reason", flat=True)) == {
        "identity_noted"
    }


def test_another_lease_number_or_time_is_another_alias() -> None:
    receive(changed())
    receive(changed(), lease_number="15550100001")
    receive(changed(timestamp=samples.TIMESTAMP + 1))
    assert Alias.objects.count() == 3


def test_an_ordinary_delivery_pays_nothing() -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        receive(samples.text(), samples.image(message_id="wamid.2"))
    assert not [each for each in asked if "alias" in each["sql"]]


def test_many_in_one_delivery() -> None:
    told = [
        samples.system(message_id=f"wamid.{n}", number=f"1650555{n:04}", wa_id=f"1650556{n:04}")
        for n in range(1000)
    ]
    receive(*told)
    assert Alias.objects.count() == 1000


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_many_that_tell_of_it_at_once() -> None:
    """Each is kept, and the alias once; two that tell of the same ones do not wait in a circle."""
    told = [
        samples.system(message_id=f"wamid.{n}", number=f"1650555{n:04}", wa_id=f"1650556{n:04}")
        for n in range(20)
    ]

    def tell(serial: int) -> None:
        try:
            receive(samples.text(message_id=f"wamid.T{serial}"), *told[:: 1 if serial % 2 else -1])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(24)))
    assert Delivery.objects.count() == 24
    assert Event.objects.filter(reason="identity_noted").count() == 24 * 20
    assert Alias.objects.count() == 20
