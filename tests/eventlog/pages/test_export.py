"""The CSV of events: what is in it, what is hidden, and that no spreadsheet runs it."""

import csv
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from eventlog.pages.export import BROKEN_OFF, COMPLETE, ROWS_AT_A_TIME, lines
from eventlog.questions.cells import neutral
from eventlog.questions.filters import EventFilter
from eventlog.questions.listing import Listing, whole
from eventlog.questions.masking import MASKED
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID
from tests.eventlog.admin.staff import staff_in
from tests.eventlog.figures.ledger import make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason

pytestmark = pytest.mark.django_db
URL = "/admin/export/events.csv"


@pytest.fixture
def on_call(client: Client) -> Client:
    """Somebody who may do everything that can be done with the log."""
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="On-call"))
    client.force_login(user)
    return client


def exported(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(URL + query)
    assert answer.status_code == 200
    stream: Iterator[bytes] = answer.streaming_content  # type: ignore[attr-defined]
    *rows, last = csv.DictReader(StringIO(b"".join(stream).decode("utf-8-sig")))
    assert last == dict.fromkeys(last, "") | {"event": COMPLETE.format(len(rows))}
    return rows


def add_events(count: int) -> None:
    """Many events of one delivery, received just now."""
    now = datetime.now(UTC)
    delivery = make_delivery(now, items=count)
    Event.objects.bulk_create(
        Event(
            delivery=delivery,
            position=position,
            kind="text",
            name="text",
            state="processed",
            reason="applied",
            received_at=now,
        )
        for position in range(count)
    )


def test_an_event_is_one_row_with_what_is_known_of_it(on_call: Client) -> None:
    event = make_event(Reason.NO_PERSON, at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    (row,) = exported(on_call)
    assert row["event"] == str(event.pk)
    assert row["received"] == "2026-03-02T12:00:00.000+00:00"
    assert (row["state"], row["reason"], row["kind"]) == ("skipped", "no_person", "text")
    assert row["delivery"] == str(event.delivery_id)


def test_the_readers_time_stands_beside_utc(client: Client) -> None:
    """At 02:30 of a night in which clocks show it twice, its offset tells which it is."""
    make_event(at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    (row,) = exported(staff_in("Europe/Amsterdam"))
    assert row["received"] == "2026-10-25T01:30:00.000+00:00"
    assert row["received, Europe/Amsterdam"] == "2026-10-25T02:30:00.000+01:00"
    assert not any("received," in name for name in exported(staff_in("UTC"))[0])


def test_people_and_messages_are_masked_for_everybody(on_call: Client) -> None:
    make_event(
        person_number=DRIVER_NUMBER,
        person_user_id=DRIVER_USER_ID,
        message_id=TEXT_ID,
        target_id=TEXT_ID,
        document_id=TEXT_ID,
    )
    (row,) = exported(on_call)
    assert row["driver number"] == MASKED.number(DRIVER_NUMBER)
    assert row["message"] == row["refers to"] == MASKED.message_id(TEXT_ID)
    everything = " ".join(row.values())
    for secret in (DRIVER_NUMBER, DRIVER_USER_ID, TEXT_ID):
        assert secret not in everything


def test_it_holds_what_the_list_is_filtered_by_newest_first(on_call: Client) -> None:
    now = datetime.now(UTC)
    old, *skipped = [
        make_event(Reason.NO_PERSON, at=now - timedelta(hours=hours)) for hours in (30, 2, 1)
    ]
    make_event(at=now - timedelta(hours=1))
    rows = exported(on_call, f"?state=skipped&driver_of={old.pk}")
    assert rows == []
    Event.objects.update(person_number=DRIVER_NUMBER)
    recent = (now - timedelta(hours=24)).isoformat().replace("+", "%2B")
    rows = exported(on_call, f"?state=skipped&driver_of={old.pk}&from={recent}")
    assert [row["event"] for row in rows] == [str(event.pk) for event in reversed(skipped)]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\N{NO-BREAK SPACE}=1",
        "\N{FULLWIDTH EQUALS SIGN}1",
        '=HYPERLINK("https://evil.example","x")',
    ],
)
def test_formulas_become_text(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "text", "1=1", "447700900123", "a\tb", "’=", "•••123"])
def test_other_text_stays(text: str) -> None:
    assert neutral(text) == text


def test_numbers_stay_numbers() -> None:
    assert neutral(-1) == -1


def test_hostile_fields_do_not_break_out_of_their_cell(on_call: Client) -> None:
    hostile = '=cmd|" /C calc"!A0,"\r\nx'
    make_event(name=hostile, detail='","\n=1')
    (row,) = exported(on_call)
    assert row["name"] == f"'{hostile}".replace("\r\n", "\n") or row["name"] == f"'{hostile}"
    assert row["detail"] == '","\n=1'


def test_it_is_a_file_for_a_spreadsheet_that_nobody_keeps(on_call: Client) -> None:
    answer = on_call.get(URL)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="events-')
    assert "no-store" in answer["Cache-Control"]


def everything() -> Listing:
    """A list of all that there is."""
    return whole(EventFilter(), now=datetime.now(UTC))


def test_what_has_one_of_several_words_and_codes_is_in_one_order(on_call: Client) -> None:
    made = [
        make_event(name=name, error_code=code, at=datetime(2026, 3, 2, 12, minute, tzinfo=UTC))
        for minute, (name, code) in enumerate(
            [("failed", 131049), ("read", None), ("failed", 131026), ("failed", 131049)]
        )
    ]
    assert [row["event"] for row in exported(on_call, "?word=read&word=failed&word=x")] == [
        str(event.pk) for event in reversed(made)
    ]
    assert [row["event"] for row in exported(on_call, "?code=131026&code=131049&code=7")] == [
        str(made[place].pk) for place in (3, 2, 0)
    ]


def test_it_reads_in_pages_by_key_and_never_counts() -> None:
    add_events(ROWS_AT_A_TIME + 1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        rows = list(lines(everything(), sight=MASKED))
    assert len(rows) == 4
    assert len(queries) == 3
    assert [query["sql"] for query in queries if "COUNT" in query["sql"]] == []


@pytest.mark.django_db(transaction=True)
def test_where_the_database_fails_the_last_line_says_so() -> None:
    add_events(ROWS_AT_A_TIME + 1)
    parts = lines(everything(), sight=MASKED)
    head, page = next(parts), next(parts)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE webhooks_event RENAME TO gone")
        try:
            *others, last = parts
        finally:
            cursor.execute("ALTER TABLE gone RENAME TO webhooks_event")
    assert (head.count("\n"), page.count("\n"), others) == (1, ROWS_AT_A_TIME, [])
    assert last.startswith(f'"{BROKEN_OFF.format(ROWS_AT_A_TIME)}",')


def test_an_empty_file_is_complete() -> None:
    *_, last = lines(everything(), sight=MASKED)
    assert last.startswith(f"{COMPLETE.format(0)},")


def test_it_takes_no_more_memory_for_more_rows() -> None:
    def peak() -> int:
        tracemalloc.start()
        for _ in lines(everything(), sight=MASKED):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    add_events(ROWS_AT_A_TIME * 2)
    few = peak()
    add_events(ROWS_AT_A_TIME * 4)
    assert peak() < few * 1.3


def test_who_may_not_see_events_gets_none(client: Client) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    assert client.get(URL).status_code == 403
    client.logout()
    assert client.get(URL).status_code == 302
