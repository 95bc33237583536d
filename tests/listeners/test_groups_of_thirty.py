"""Thirty deliveries that come together, one of which is odd: the others do not notice it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import Error, connection

from listeners import handlers
from listeners.firestore import store
from listeners.models import TaskRun
from listeners.services import Handled
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import status, text
from tests.company import Answers, Company, at_once, one_task
from tests.ledger_tasks import task_for
from tests.platform import Platform
from tests.webhooks.databases import execute
from webhooks.models import Event
from webhooks.tasks import Task
from webhooks.whatsapp.items import Item
from webhooks.whatsapp.payload import Payload
from webhooks.whatsapp.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

APPLIED = [("processed", "applied")]
RECEIVED = [("received", "")]
MANY = 30
ODD = 17
WAYS = pytest.mark.parametrize("company", [one_task, at_once])


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    """Our stand-in alone: it is what goes wrong on demand."""
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@dataclass(frozen=True, kw_only=True)
class Thirty:
    """Deliveries of a text each, of as many drivers, each with a chat of their own."""

    platform: Platform
    mark: str
    deliveries: list[UUID]

    @property
    def odd(self) -> UUID:
        """The delivery with which something is wrong."""
        return self.deliveries[ODD]

    @property
    def odd_id(self) -> str:
        """The id of its text, which no other's begins with."""
        return message_id(self.mark, ODD)

    def outcomes(self) -> list[list[tuple[str, str]]]:
        """Of each delivery."""
        return [self.platform.outcomes(each) for each in self.deliveries]

    def unread(self) -> list[object]:
        """Of each chat."""
        return [self.platform.unread(f"e{serial}") for serial in range(MANY)]

    def handled(self, company: Company, **options: Any) -> Answers:
        """Handles all in company."""
        return company(self.platform, [task_for(each) for each in self.deliveries], **options)

    def check(self, answers: Answers, odd: list[tuple[str, str]], *, again: bool) -> None:
        """All others are applied; of the odd one this became, and it shall come again or not."""
        expected = [APPLIED] * MANY
        expected[ODD] = odd
        assert self.outcomes() == expected
        scheduled = [task for task, _ in self.platform.scheduled()]
        if len(set(map(str, answers))) == 1:  # as one task, which is done
            assert answers == [Handled.DONE] * MANY
            assert scheduled == [task_for(self.odd)] * again
        else:
            assert [each for each in answers if each != Handled.DONE] == [answers[ODD]]
            assert (again, scheduled) == (True, [])

    def settle(self) -> None:
        """What was odd is over: the next attempt finds all as it must be, once."""
        self.platform.emulators.faults.clear()
        assert one_task(self.platform, [task_for(self.odd)]) == [Handled.DONE]
        assert self.outcomes() == [APPLIED] * MANY
        assert self.unread() == [1] * MANY


def message_id(mark: str, serial: int) -> str:
    return f"wamid.{mark}.{serial:03d}"


def number(serial: int) -> str:
    return f"4477009{serial:05d}"


@pytest.fixture
def thirty(platform: Platform) -> Thirty:
    """All received, none handled."""
    mark = uuid4().hex
    for serial in range(MANY):
        platform.track(f"e{serial}", driverMobileNumber=number(serial))
    deliveries = [
        platform.receive(
            text(message_id=message_id(mark, serial), number=number(serial), user_id="")
        )
        for serial in range(MANY)
    ]
    return Thirty(platform=platform, mark=mark, deliveries=deliveries)


def fails(thirty: Thirty, kind: FaultKind, method: str, containing: str) -> None:
    """Firestore refuses every such call that names the odd one."""
    fault = Fault(
        kind=kind, service="firestore", method=method, containing=containing, times=10_000
    )
    thirty.platform.emulators.faults.add(fault)


@WAYS
def test_of_thirty_each_is_applied_once(thirty: Thirty, company: Company) -> None:
    assert thirty.handled(company) == [Handled.DONE] * MANY
    assert thirty.outcomes() == [APPLIED] * MANY
    assert thirty.unread() == [1] * MANY
    runs = TaskRun.objects.values_list("delivery", "task_name", "result")
    assert sorted(runs) == sorted((each, "of-several", "done") for each in thirty.deliveries)
    assert [[*run.outcomes] for run in TaskRun.objects.all()] == [["applied"]] * MANY
    events = dict(Event.objects.values_list("delivery", "pk"))
    found = {run.delivery_id: run.outcomes["applied"] for run in TaskRun.objects.all()}
    assert found == {delivery: [event] for delivery, event in events.items()}


@WAYS
@pytest.mark.parametrize(
    "kind", [FaultKind.PERMISSION_DENIED, FaultKind.ABORTED, FaultKind.UNAVAILABLE]
)
def test_one_that_cannot_be_written_now(
    thirty: Thirty, company: Company, kind: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "COMMIT_SECONDS", 2.0)  # of a commit that is tried again and again
    fails(thirty, kind, "Commit", thirty.odd_id)
    thirty.check(thirty.handled(company), RECEIVED, again=True)
    thirty.settle()


@WAYS
def test_one_whose_records_cannot_be_read_now(thirty: Thirty, company: Company) -> None:
    fails(thirty, FaultKind.PERMISSION_DENIED, "RunQuery", number(ODD))
    thirty.check(thirty.handled(company), RECEIVED, again=True)
    thirty.settle()


@WAYS
def test_one_that_is_written_though_we_do_not_hear_of_it(thirty: Thirty, company: Company) -> None:
    fault = Fault(
        kind=FaultKind.DEADLINE_AFTER_APPLYING,
        service="firestore",
        method="Commit",
        containing=thirty.odd_id,
    )
    thirty.platform.emulators.faults.add(fault)
    answers = thirty.handled(company)
    left = [
        each
        for each, came in zip(thirty.deliveries, thirty.outcomes(), strict=True)
        if came != APPLIED
    ]
    assert set(map(str, answers)) <= {"done", "try_again"}
    for each in left:
        assert one_task(thirty.platform, [task_for(each)]) == [Handled.DONE]
    assert thirty.outcomes() == [APPLIED] * MANY
    assert thirty.unread() == [1] * MANY


@WAYS
def test_one_that_is_refused(thirty: Thirty, company: Company) -> None:
    fails(thirty, FaultKind.INVALID_ARGUMENT, "Commit", thirty.odd_id)
    thirty.check(thirty.handled(company), [("failed", "refused")], again=False)


@WAYS
def test_one_whose_enquiry_is_missing(thirty: Thirty, company: Company) -> None:
    thirty.platform.enquiry(f"e{ODD}").delete()
    thirty.check(thirty.handled(company), [("skipped", "enquiry_not_found")], again=False)


@WAYS
def test_one_for_which_a_rule_raises(
    thirty: Thirty, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = handlers.apply

    def raises_for_one(item: Any, **words: Any) -> Any:
        if item.message_id == thirty.odd_id:
            raise ZeroDivisionError
        return apply(item, **words)

    monkeypatch.setattr(handlers, "apply", raises_for_one)
    thirty.check(thirty.handled(company), [("failed", "rule_raised")], again=False)


@WAYS
def test_one_whose_bytes_cannot_be_read_here(
    thirty: Thirty, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:

    def raises_for_one(payload: Payload) -> tuple[Item, ...]:
        items = read(payload)
        if any(item.message_id == thirty.odd_id for item in items):
            raise Error
        return items

    monkeypatch.setattr("listeners.runs.read", raises_for_one)
    thirty.handled(company)
    assert thirty.outcomes() == [RECEIVED if n == ODD else APPLIED for n in range(MANY)]


@contextmanager
def one_run_alone(thirty: Thirty) -> Iterator[None]:
    """The ledger takes no second run of a delivery, and the odd one has had one."""
    fails(thirty, FaultKind.PERMISSION_DENIED, "RunQuery", number(ODD))
    one_task(thirty.platform, [task_for(thirty.odd)])
    thirty.platform.emulators.faults.clear()
    execute("CREATE UNIQUE INDEX one_run ON listeners_taskrun (delivery_id)")
    try:
        yield
    finally:
        execute("DROP INDEX one_run")


@contextmanager
def no_placement(thirty: Thirty) -> Iterator[None]:
    """The ledger takes no placement of the odd one's text."""
    with refusing("INSERT", "listeners_placement", f"NEW.message_id = '{thirty.odd_id}'"):
        yield


@contextmanager
def no_verdict(thirty: Thirty) -> Iterator[None]:
    """The ledger takes no change of the odd one's event."""
    key = Event.objects.get(delivery=thirty.odd).pk
    with refusing("UPDATE", "webhooks_event", f"NEW.id = {key}"):
        yield


@contextmanager
def refusing(what: str, table: str, condition: str) -> Iterator[None]:
    """A trigger refuses one row."""
    begin = f"CREATE TRIGGER odd BEFORE {what} ON {table} FOR EACH ROW WHEN ({condition}) "
    if connection.vendor == "sqlite":
        execute(f"{begin} BEGIN SELECT RAISE(ABORT, 'odd'); END")
    else:
        execute(
            "CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE integrity_constraint_violation; END $$"
        )
        execute(f"{begin} EXECUTE FUNCTION odd()")
    try:
        yield
    finally:
        if connection.vendor == "sqlite":
            execute("DROP TRIGGER odd")
        else:
            execute(f"DROP TRIGGER odd ON {table}")
            execute("DROP FUNCTION odd()")


@WAYS
@pytest.mark.parametrize("refuses", [one_run_alone, no_placement, no_verdict])
def test_one_whose_row_the_ledger_refuses(
    thirty: Thirty,
    company: Company,
    refuses: Callable[[Thirty], AbstractContextManager[None]],
) -> None:
    with refuses(thirty):
        answers = thirty.handled(company)
    thirty.check(answers, RECEIVED, again=True)
    thirty.settle()


@WAYS
def test_one_that_is_in_no_ledger(thirty: Thirty, company: Company) -> None:
    tasks = [task_for(each) for each in thirty.deliveries]
    tasks[ODD] = Task(delivery=uuid4(), digest="0a" * 32)
    answers = company(thirty.platform, tasks)
    expected = [APPLIED] * MANY
    expected[ODD] = RECEIVED
    assert thirty.outcomes() == expected
    assert {answers[place] for place in range(MANY) if place != ODD} == {Handled.DONE}
    assert answers[ODD] == (Handled.DONE if company is one_task else Handled.UNKNOWN_DELIVERY)
    [(again, _)] = thirty.platform.scheduled()
    assert (again.delivery, again.looks) == (tasks[ODD].delivery, 1)


@WAYS
def test_one_that_waits_has_a_task_of_its_own_for_it(platform: Platform, company: Company) -> None:
    platform.track("e1")
    texts = [platform.receive(text(message_id=f"wamid.{serial}")) for serial in range(MANY - 1)]
    late = platform.receive(statuses=[status(message_id="wamid.LATE")])
    deliveries = [*texts[:ODD], late, *texts[ODD:]]
    assert company(platform, [task_for(each) for each in deliveries]) == [Handled.DONE] * MANY
    assert platform.outcomes(late) == [("waiting", "waiting_for_message")]
    event = Event.objects.get(delivery=late)
    assert [task for task, _ in platform.scheduled()] == [task_for(late, events=[event.pk])]
    assert platform.unread("e1") == MANY - 1
