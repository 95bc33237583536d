"""What is said of what was counted, and when it is one problem of many numbers."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from eventlog.attention.counted import NUMBERS_APART, counted
from eventlog.attention.notice import Notice
from eventlog.models import LeaseNumber, ProblemKind, ProblemRule
from eventlog.questions.filters import matching, read_filter
from eventlog.signs.noting import SignKey, note
from tests.eventlog.figures.ledger import NOON, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind

pytestmark = pytest.mark.django_db


def see(kind: ProblemKind, subject: str, count: int = 1) -> None:
    note({SignKey(kind, subject): count}, now=NOON)


def known(event: Event) -> None:
    LeaseNumber.objects.create(
        number=event.lease_number,
        first_event_at=NOON,
        last_event_at=NOON,
        last_event=event.pk,
    )


def listed(notice: Notice) -> set[int]:
    query = QueryDict(notice.url.partition("?")[2])
    return set(matching(read_filter(query), now=NOON).values_list("pk", flat=True))


def test_it_leads_to_the_events_of_its_number_and_names_none() -> None:
    event = make_event(Reason.NO_PERSON, lease_number="15550000001")
    make_event(Reason.NO_PERSON, lease_number="15550000002")
    known(event)
    see(ProblemKind.SKIPPED, "no_person 15550000001", 3)
    [notice] = counted(NOON)
    assert (notice.count, notice.lease_number) == (3, "15550000001")
    assert notice.words.startswith("3 events were skipped: no person. Meta named neither")
    assert "1555" not in notice.words + notice.url
    assert listed(notice) == {event.pk}


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        (ProblemKind.FAILED, "gave_up", "1 event failed: gave up. Not settled after"),
        (ProblemKind.CODE, "131026", "Meta reports error 131026 (Cannot be delivered"),
        (ProblemKind.TAKEN_OVER, "standby", "On standby, once: A message went to another"),
        (ProblemKind.TAKEN_OVER, "account_update", "Account update, once: The account itself"),
        (ProblemKind.REFUSED, "mismatch", "1 requests were refused, signed with another app"),
    ],
)
def test_it_says_what_is_wrong(kind: ProblemKind, subject: str, words: str) -> None:
    see(kind, subject)
    [notice] = counted(NOON)
    assert notice.kind == kind
    assert notice.words.startswith(words.partition("(")[0])
    assert notice.url


def test_a_code_and_a_field_lead_to_their_events() -> None:
    code = make_event(error_code=131026, kind=Kind.STATUS.value, name="failed")
    field = make_event(Reason.UNSUPPORTED_FIELD, kind=Kind.CHANGE.value, name="standby")
    see(ProblemKind.CODE, "131026")
    see(ProblemKind.TAKEN_OVER, "standby")
    assert [listed(notice) for notice in counted(NOON)] == [{code.pk}, {field.pk}]


def test_what_many_numbers_have_is_one_problem() -> None:
    for number in range(NUMBERS_APART + 1):
        see(ProblemKind.SKIPPED, f"no_person 1555000{number:04}", 20)
    see(ProblemKind.SKIPPED, "no_person 15550009999", 19)
    of_many, *others = counted(NOON)
    assert (of_many.subject, of_many.lease_number) == ("no_person", "")
    assert of_many.count == 20 * (NUMBERS_APART + 1)
    assert of_many.words.endswith("That is so of 6 lease numbers.")
    assert {notice.count for notice in others} == {0}
    assert len(others) == NUMBERS_APART + 2


def test_failures_of_one_number_are_its_problem() -> None:
    see(ProblemKind.FAILED, "gave_up 15550000001", 30)
    see(ProblemKind.FAILED, "refused 15550000002", 2)
    found = {(each.subject, each.lease_number, each.count) for each in counted(NOON)}
    assert found == {
        ("gave_up 15550000001", "15550000001", 30),
        ("refused 15550000002", "15550000002", 2),
    }


def test_what_fails_for_many_numbers_is_one_problem_also_without_any() -> None:
    for number in range(NUMBERS_APART + 1):
        see(ProblemKind.FAILED, f"malformed 1555000{number:04}", 2)
    see(ProblemKind.FAILED, "malformed", 5)
    of_many, *others = counted(NOON)
    assert (of_many.subject, of_many.lease_number) == ("malformed", "")
    assert of_many.count == 2 * (NUMBERS_APART + 1) + 5
    assert [(each.count, bool(each.lease_number)) for each in others] == [(0, True)] * 6


def test_a_little_of_each_number_fails_enough_of_all_of_them() -> None:
    """With a threshold that no number reaches by itself, but one."""
    ProblemRule.objects.create(kind=ProblemKind.FAILED.value, at_least=10)
    see(ProblemKind.FAILED, "gave_up 15550000000", 12)
    for number in range(1, 5):
        see(ProblemKind.FAILED, f"gave_up 1555000000{number}", 3)
    found = {each.subject: each.count for each in counted(NOON)}
    assert found.pop("gave_up 15550000000") == 12
    assert found.pop("gave_up") == 12
    assert set(found.values()) == {0}


def test_a_little_that_each_number_skips_is_no_problem_of_all() -> None:
    for number in range(4):
        see(ProblemKind.SKIPPED, f"no_person 1555000000{number}", 19)
    assert {each.count for each in counted(NOON)} == {19}


def test_what_is_too_long_ago_is_not_seen() -> None:
    see(ProblemKind.FAILED, "gave_up")
    assert counted(NOON + timedelta(minutes=19))
    assert counted(NOON + timedelta(minutes=20)) == []
