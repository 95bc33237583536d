"""What people do with a problem is kept, with who did it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from eventlog.models import ProblemChange
from eventlog.problems.handling import By, acknowledge, ignore, note_down, resolve
from tests.eventlog.figures.ledger import MINUTE, NOON
from tests.eventlog.problems.looking import notice, only, rounds

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def by() -> By:
    rounds(notice())
    return By(user=User.objects.create_user("grace"), now=NOON + MINUTE)


def last() -> tuple[str, str]:
    change = ProblemChange.objects.order_by("-pk")[0]
    return change.what, change.by_name


def test_it_has_an_owner_who_another_may_follow(by: By) -> None:
    acknowledge(only().pk, by=by)
    assert (only().state, only().owner, last()) == (
        "acknowledged",
        by.user,
        ("acknowledged", "grace"),
    )
    ada = By(user=User.objects.create_user("ada"), now=by.now)
    acknowledge(only().pk, by=ada)
    assert only().owner_name == "ada"


def test_it_is_resolved_once(by: By) -> None:
    assert resolve(only().pk, by=by)
    assert (only().state, only().resolved_at, last()) == ("resolved", by.now, ("resolved", "grace"))
    resolve(only().pk, by=by)
    acknowledge(only().pk, by=by)
    ignore(only().pk, until=by.now + HOUR, by=by)
    assert only().state == "resolved"
    assert ProblemChange.objects.count() == 2


def test_it_is_ignored_until_then(by: By) -> None:
    ignore(only().pk, until=by.now, by=by)
    assert only().state == "open"
    ignore(only().pk, until=by.now + HOUR, by=by)
    assert (only().state, only().ignored_until) == ("ignored", by.now + HOUR)
    acknowledge(only().pk, by=by)
    assert (only().state, only().ignored_until) == ("acknowledged", None)


def test_the_same_note_is_no_change(by: By) -> None:
    note_down(only().pk, "Meta is down.", by=by)
    note_down(only().pk, "Meta is down.", by=by)
    assert only().note == "Meta is down."
    assert last() == ("noted", "grace")
    assert ProblemChange.objects.count() == 2


def test_there_may_be_no_such_problem(by: By) -> None:
    assert acknowledge(0, by=by) is None
