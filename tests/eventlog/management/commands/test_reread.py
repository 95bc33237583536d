"""What `manage.py reread` says, to people and to programs, and how it ends."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from eventlog.questions.windows import Window
from eventlog.rereading.report import Report
from eventlog.rereading.walk import reread
from sandbox import samples
from tests.rows import NOON
from webhooks.models import Delivery, Event
from webhooks.receiving import receive

pytestmark = pytest.mark.django_db

SINCE = f"--since={NOON.isoformat()}"


def arrives(number: str = "15550001111", *, at: datetime = NOON) -> None:
    change = samples.change(
        messages=[samples.text(number=number)], statuses=[samples.status(number=number)]
    )
    body = samples.encode(samples.envelope(samples.entry(change)))
    receive(body=body, headers={}, source=Delivery.Source.META, now=at)


def run(*arguments: str) -> tuple[int, str, str, str]:
    """Returns the exit status, what was printed, on standard error, and the last words."""
    out, err = StringIO(), StringIO()
    try:
        call_command("reread", SINCE, *arguments, stdout=out, stderr=err)
    except CommandError as ended:
        return ended.returncode, out.getvalue(), err.getvalue(), str(ended)
    return 0, out.getvalue(), err.getvalue(), ""


def test_all_is_read_as_it_was() -> None:
    arrives()
    status, printed, progress, words = run()
    assert (status, progress, words) == (0, "", "")
    assert printed.splitlines() == [
        "Read again: deliveries 1, with items 2. Deliveries that differ from the ledger: 0.",
        "Not compared: 0 whose bytes are gone, 0 that repeat another one.",
    ]


def test_a_difference_is_told_without_personal_data() -> None:
    arrives("15550001111")
    Event.objects.filter(kind="status").update(
        person_number="15550002222", state="ignored", reason="unsupported_status"
    )
    delivery = Delivery.objects.get()
    status, printed, _, words = run()
    assert status == 1
    assert words == "This code reads some items otherwise than the ledger has them."
    assert printed.splitlines()[2:] == [
        "       1 read_otherwise, status: person_number, reason unsupported_status → to_be_applied",
        f"         delivery {delivery.pk}, item 1",
        "read_otherwise: The item says something else than its event.",
    ]


def test_json_says_the_same() -> None:
    arrives()
    Event.objects.filter(kind="text").update(kind="message", message_id="wamid.secret")
    delivery = Delivery.objects.get()
    status, printed, _, _ = run("--json")
    told = json.loads(printed)
    assert status == told["exit_status"] == 1
    assert told["finding"] == "wrong"
    assert (told["due"], told["compared"], told["items"], told["differing"]) == (1, 1, 2, 1)
    assert (told["emptied"], told["repeats"]) == (0, 0)
    assert told["differences"] == [
        {
            "difference": "another_item",
            "kind": "message",
            "fields": ["kind", "message_id"],
            "words": {"kind": {"was": "message", "now": "text"}},
            "count": 1,
            "first": [{"delivery": str(delivery.pk), "position": 0}],
        }
    ]
    for value in ("wamid.", samples.DRIVER_NUMBER, "15550001111", samples.LEASE_NUMBER):
        assert value not in printed


def test_nothing_compared_is_not_well() -> None:
    status, printed, _, words = run("--json")
    assert (status, words) == (2, "Could not tell: no delivery was compared.")
    assert json.loads(printed)["finding"] == "could_not_tell"


def test_it_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.management.commands.reread.PROGRESS_SECONDS", 0.0)
    arrives()
    status, _, progress, _ = run()
    assert status == 0
    first, *_ = progress.splitlines()
    assert first == (
        "1 of 1 deliveries, 0 of them read otherwise. "
        f"To go on from here: --since={NOON.isoformat()}"
    )


@pytest.mark.parametrize(
    ("strikes", "why"),
    [
        (KeyboardInterrupt, "interrupted"),
        (OperationalError, "the database cannot be reached"),
    ],
)
def test_what_breaks_it_off_leaves_a_report_and_where_to_go_on(
    monkeypatch: pytest.MonkeyPatch, strikes: type[BaseException], why: str
) -> None:
    arrives()
    Event.objects.update(person_number="")

    def strike(chosen: Window) -> Iterator[Report]:
        yield next(reread(chosen))
        raise strikes

    monkeypatch.setattr("eventlog.management.commands.reread.reread", strike)
    status, printed, _, words = run("--json")
    assert status == 2
    assert words == f"Broken off, {why}. To go on from here: --since={NOON.isoformat()}"
    told = json.loads(printed)
    assert (told["finding"], told["compared"], told["differing"]) == ("could_not_tell", 1, 1)


def test_where_it_broke_off_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.rereading.walk.DELIVERIES_AT_A_TIME", 2)
    for minute in range(5):
        arrives(str(15550001000 + minute), at=NOON + timedelta(minutes=minute))
    odd = Event.objects.filter(received_at__gte=NOON + timedelta(minutes=3))
    odd.update(person_number="")

    def strike(chosen: Window) -> Iterator[Report]:
        yield next(reread(chosen))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("eventlog.management.commands.reread.reread", strike)
        status, printed, _, words = run("--json")
    first = json.loads(printed)
    assert (status, first["compared"], first["differing"]) == (2, 2, 0)

    goes_on = words.rpartition(" ")[2]
    status, printed, _, _ = run("--json", goes_on)
    rest = json.loads(printed)
    # The last of the one before once more: others may have come in its moment.
    assert (status, rest["compared"], rest["differing"]) == (1, 4, 2)


def test_it_takes_the_last_before_an_end() -> None:
    for hours in (1, 3):
        arrives(f"1555000{hours}111", at=NOON - timedelta(hours=hours))
    out = StringIO()
    call_command("reread", "--last=2h", f"--until={NOON.isoformat()}", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["compared"] == 1
    assert datetime.fromisoformat(told["since"]) == NOON - timedelta(hours=2)


def test_it_needs_to_know_since_when() -> None:
    with pytest.raises(CommandError, match="--since"):
        call_command("reread")
