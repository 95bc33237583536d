"""What needs attention on the front page: the worst first, and who could not look says so."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from eventlog.attention.looks import notices
from eventlog.attention.notice import Look, Notice, Severity
from tests.eventlog.admin.staff import PART
from tests.eventlog.figures.ledger import NOON, make_event
from webhooks.outcomes import Reason


def found(severity: Severity) -> Look:
    notice = Notice(severity=severity, words=f"It is {severity}.", page="admin:index")
    return Look(subject="things", find=lambda _: [notice])


def fails(now: datetime) -> Sequence[Notice]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM no_such_table")
    return []


def test_the_worst_comes_first() -> None:
    looks = [found(severity) for severity in reversed(Severity)]
    assert [notice.severity for notice in notices(now=NOON, looks=looks)] == list(Severity)


@pytest.mark.django_db(transaction=True)
def test_who_cannot_look_says_so_and_is_in_nobodys_way() -> None:
    looks = [Look(subject="lost events", find=fails), found(Severity.URGENT)]
    urgent, unknown = notices(now=NOON, looks=looks)
    assert urgent.words == "It is urgent."
    assert unknown.severity == Severity.UNKNOWN
    assert unknown.words.startswith("It could not be told whether there are lost events.")


@pytest.mark.django_db
def test_nothing_is_said_when_all_is_well(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_event(at=timezone.now())
    make_event(Reason.NONE, at=timezone.now())
    with django_assert_num_queries(5):
        assert notices(now=timezone.now()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/", "/admin/figures/"])
def test_the_front_page_shows_it(client: Client, path: str) -> None:
    user = User.objects.create_user("grace", is_staff=True)
    user.groups.add(Group.objects.get(name="Support"))
    client.force_login(user)
    assert "Needs attention</h3>" not in client.get(path, headers=PART).content.decode()
    make_event(Reason.NONE, at=NOON)
    page = client.get(path, headers=PART).content.decode()
    assert "Needs attention</h3>" in page
    assert "The queue takes nothing: 1 event should have had a task since" in page
