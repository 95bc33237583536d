"""Rows by plain SQL are the rows that Django writes and reads, on either database."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from listeners.models import Placement, TaskRun
from listeners.placements import ONCE
from tests.rows import make_delivery, make_event
from webhooks import clock
from webhooks.inserting import COPIED_FROM, insert, insert_columns, insert_new
from webhooks.models import Delivery, Event, new_id
from webhooks.outcomes import State
from webhooks.rows import Values, select, update, update_each
from webhooks.storable import Unstorable

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
MANY = COPIED_FROM * 3
HOSTILE = "\\N \\. \t\n\r\\ ' \" , é 👍 \u202e"  # what a copy has words of its own for


def events(delivery: Delivery, count: int) -> list[Event]:
    """Rows with a value of every type, and empty ones."""
    return [
        Event(
            delivery=delivery,
            position=position,
            kind="text",
            name=HOSTILE,
            message_id=f"wamid.{position}",
            occurred_at=MOMENT if position % 2 else None,
            state="received",
            received_at=MOMENT,
        )
        for position in range(count)
    ]


@pytest.mark.parametrize("count", [1, COPIED_FROM - 1, COPIED_FROM, MANY])
def test_few_and_many_are_the_same_rows(count: int) -> None:
    written = events(make_delivery(), count)
    insert(written)
    fields = [field.attname for field in Event._meta.concrete_fields if field.name != "id"]
    stored = Event.objects.order_by("position").values(*fields)
    assert list(stored) == [{name: getattr(row, name) for name in fields} for row in written]


@pytest.mark.parametrize("count", [2, MANY])
def test_bytes_json_and_keys_of_ours_are_written_as_they_are(count: int) -> None:
    body = bytes(range(256))
    rows = [
        Delivery(
            pk=new_id(),
            received_at=MOMENT,
            digest=f"{serial:064}",
            body=body,
            size=256,
            headers={"User-Agent": HOSTILE},
            verdict="readable",
        )
        for serial in range(count)
    ]
    insert(rows)
    assert set(Delivery.objects.values_list("pk", flat=True)) == {row.pk for row in rows}
    for stored in Delivery.objects.all():
        assert (bytes(stored.body or b""), stored.headers) == (body, {"User-Agent": HOSTILE})


@pytest.mark.parametrize("count", [2, MANY])
def test_a_row_that_is_refused_takes_all_with_it(count: int) -> None:
    rows = events(make_delivery(), count)
    rows[-1].position = 0
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(rows)
    assert not Event.objects.exists()


@pytest.mark.parametrize("count", [2, MANY])
def test_a_value_that_no_column_takes_is_not_sent(
    count: int, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    rows = events(make_delivery(), count)
    rows[-1].name = "x" * 65
    with django_assert_num_queries(0), pytest.raises(Unstorable, match=r"^name$"):
        insert(rows)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes any text")
@pytest.mark.parametrize("count", [2, MANY])
def test_a_value_that_is_refused_is_an_error_of_django_s(count: int) -> None:
    """As by a column that is narrower than its model."""
    rows = events(make_delivery(), count)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhooks_event ALTER name TYPE varchar(3)")
    with pytest.raises(DataError), transaction.atomic():
        insert(rows)


@pytest.mark.parametrize("count", [1, MANY])
def test_what_is_there_is_passed_over(count: int) -> None:
    event = make_event()
    rows = [Placement(message_id=f"wamid.{serial}", event=event) for serial in range(count)]
    insert(rows[:1])
    inserted = insert_new(rows, unless=ONCE, returning=("message_id",))
    assert inserted == [[row.message_id] for row in rows[1:]]
    assert Placement.objects.count() == count


def test_another_key_that_is_taken_is_an_error() -> None:
    """It says nothing about whether the row is there."""
    event = make_event()
    insert([Placement(pk=7, message_id="wamid.1", event=event)])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_new([Placement(pk=7, message_id="wamid.2", event=event)], unless=ONCE)


def test_a_statement_computes_a_value_or_takes_it() -> None:
    given, left = (Delivery(digest=f"{n}", body=b"", size=0, verdict="readable") for n in (1, 2))
    given.received_at = MOMENT
    left.received_at = clock.as_written(None)  # type: ignore[assignment]
    [[first], [second]] = insert_new(
        [given, left],
        unless="(digest) WHERE repeat_of_id IS NULL",
        returning=("received_at",),
        written={"received_at": clock.statement_time},
    )
    assert first == MOMENT
    assert abs(second - clock.now()) < timedelta(minutes=1)


def test_nothing_is_no_statement(
    django_assert_num_queries: Callable[[int], AbstractContextManager[Any]],
) -> None:
    with django_assert_num_queries(0):
        insert([])
        insert_columns(Event, {"position": [], "kind": []})


@pytest.mark.parametrize("count", [1, COPIED_FROM - 1, COPIED_FROM, MANY])
def test_what_no_column_is_given_for_is_as_in_a_new_object(count: int) -> None:
    delivery = make_delivery()
    rows = [
        Event(delivery=delivery, position=place, kind="text", received_at=MOMENT, state="received")
        for place in range(count)
    ]
    insert_columns(
        Event,
        {
            "delivery": [delivery.pk] * count,
            "position": range(count),
            "kind": ["text"] * count,
            "received_at": [MOMENT] * count,
            "state": ["received"] * count,
        },
    )
    fields = [field.attname for field in Event._meta.concrete_fields if field.name != "id"]
    stored = Event.objects.order_by("position").values(*fields)
    assert list(stored) == [{name: getattr(row, name) for name in fields} for row in rows]


def test_rows_are_read_as_django_reads_them() -> None:
    event = make_event(occurred_at=MOMENT)
    run = TaskRun(delivery=event.delivery, started_at=MOMENT, finished_at=MOMENT, result="done")
    run.outcomes = {"applied": [event.pk]}
    insert([run])
    names, where = ("outcomes", "id", "delivery"), "result = %(result)s"
    [found] = select(TaskRun, names, where=where, values={"result": "done"})
    assert found.outcomes == run.outcomes
    assert isinstance(found.delivery_id, UUID)
    assert found.get_deferred_fields() >= {"started_at", "task_name"}
    assert found.started_at == MOMENT  # read when it is asked for
    [read] = select(Event, ("occurred_at",), where="id = %(id)s", values={"id": event.pk})
    assert read.occurred_at == MOMENT


def test_an_update_takes_values_of_any_field() -> None:
    event = make_event()
    statement = "UPDATE webhooks_event SET settled_at = %(settled_at)s WHERE id IN %(id)s"
    update(Event, statement, {"settled_at": MOMENT, "id": (event.pk,)})
    assert Event.objects.get().settled_at == MOMENT


@pytest.mark.parametrize("count", [1, MANY])
def test_each_row_gets_its_own_values_where_the_condition_holds(count: int) -> None:
    insert(events(make_delivery(), count + 1))
    *changed, settled = Event.objects.order_by("position").values_list("pk", flat=True)
    Event.objects.filter(pk=settled).update(state="ignored")
    details = [f"{HOSTILE} {place}" for place in range(count)]
    moments = [None, *[MOMENT] * count][:count]
    update_each(
        Event,
        [*changed, settled],
        {
            "state": [State.FAILED] * (count + 1),
            "detail": [*details, "none"],
            "settled_at": [*moments, MOMENT],
        },
        where="state IN %(state)s",
        values={"state": (State.RECEIVED, State.QUEUED)},
    )
    stored = Event.objects.order_by("position").values_list("state", "detail", "settled_at")
    assert list(stored) == [
        *(("failed", detail, moment) for detail, moment in zip(details, moments, strict=True)),
        ("ignored", "", None),
    ]


def test_rows_that_hold_something_else_by_now_stay_as_they_are() -> None:
    insert(events(make_delivery(), 4))
    keys = list(Event.objects.order_by("position").values_list("pk", flat=True))
    Event.objects.filter(pk__in=keys[:2]).update(waits=1)
    update_each(
        Event,
        keys,
        {"detail": ["a", "b", "c", "d"]},
        unchanged={"waits": [1, 0, 1, 0]},
        where="TRUE",
        values={},
    )
    stored = Event.objects.order_by("position").values_list("detail", flat=True)
    assert list(stored) == ["a", "", "", "d"]


def test_a_value_that_is_too_long_is_not_cut() -> None:
    event = make_event()
    with pytest.raises(Unstorable, match=r"^detail$"):
        update_each(Event, [event.pk], {"detail": ["x" * 201]}, where="TRUE", values={})


def test_values_are_found_by_their_names_whatever_their_order() -> None:
    first, second = make_event(message_id="wamid.1"), make_event(message_id="wamid.2")
    values = {
        "message_id__second": "wamid.2",
        "state": tuple(State),
        "id": (first.pk, second.pk),
        "message_id__first": "wamid.1",
    }
    where = (
        "id IN %(id)s AND state IN %(state)s AND "
        "(message_id = %(message_id__first)s OR message_id = %(message_id__second)s) "
        "AND message_id <> %(message_id__first)s"
    )
    assert select(Event, ("id",), where=where, values=values) == [second]


@pytest.mark.parametrize("values", [{}, {"names": "text"}], ids=["missing", "no field's"])
def test_a_wrong_name_is_not_sent(
    values: Values, django_assert_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    with django_assert_num_queries(0), pytest.raises(KeyError):
        select(Event, ("id",), where="name = %(name)s", values=values)
