"""What needs attention on the front page: the worst first, and who could not look says so."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from eventlog.attention.looks import look_at_all
from eventlog.attention.notice import Look, Notice, Severity
from eventlog.models import ProblemKind
from tests.eventlog.figures.ledger import NOON, make_event
from webhooks.outcomes import Reason


def finds(severity: Severity) -> Look:
    notice = Notice(
        kind=ProblemKind.UNKNOWN,
        severity=severity,
        words=f"It is {severity}.",
        page="admin:index",
    )
    return Look(subject="things", kinds=frozenset({ProblemKind.UNKNOWN}), find=lambda _: [notice])


def fails(now: datetime) -> Sequence[Notice]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")
    return []


def test_the_worst_comes_first() -> None:
    looks = [finds(severity) for severity in reversed(Severity)]
    found = look_at_all(now=NOON, looks=looks)
    assert [notice.severity for notice in found.notices] == list(Severity)
    assert found.unseen == frozenset()


@pytest.mark.django_db(transaction=True)
def test_who_cannot_look_says_so_and_is_in_nobodys_way() -> None:
    kinds = frozenset({ProblemKind.OVERDUE})
    looks = [Look(subject="lost events", kinds=kinds, find=fails), finds(Severity.URGENT)]
    found = look_at_all(now=NOON, looks=looks)
    urgent, unknown = found.notices
    assert found.unseen == kinds
    assert urgent.words == "It is urgent."
    assert unknown.severity == Severity.UNKNOWN
    assert unknown.words.startswith("It could not be told whether there are lost events.")


@pytest.mark.django_db
def test_nothing_is_said_when_all_is_well(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_event(at=timezone.now())
    make_event(Reason.NONE, at=timezone.now())
    with django_assert_num_queries(16):
        assert look_at_all(now=timezone.now()).notices == []
