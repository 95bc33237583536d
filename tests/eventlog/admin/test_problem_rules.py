"""Thresholds are seen by all staff, and changed by On-call."""

from datetime import timedelta

import pytest

from eventlog.models import ProblemKind, ProblemRule
from eventlog.signs.rules import make_rows, rules
from tests.eventlog.admin.staff import on_call, support

pytestmark = pytest.mark.django_db

PATH = "/admin/eventlog/problemrule/"


def test_each_kind_is_listed_with_what_opens_it() -> None:
    make_rows()
    page = support().get(PATH).content.decode()
    assert "20: events of a lease number, skipped for one reason" in page
    assert page.count("/change/") == len(ProblemKind)


def test_on_call_changes_one_and_empties_it_again() -> None:
    make_rows()
    row = ProblemRule.objects.get(kind="skipped")
    change = f"{PATH}{row.pk}/change/"
    client = on_call()
    page = client.get(change).content.decode()
    assert "at least 20 within 1 h; over after 2 h of quiet" in page
    sent = {"is_watched": "on", "at_least": "5", "within_minutes": "30", "quiet_minutes": ""}
    assert client.post(change, sent).status_code == 302
    assert rules()[ProblemKind.SKIPPED].at_least == 5
    assert rules()[ProblemKind.SKIPPED].within == timedelta(minutes=30)
    assert client.post(change, sent | {"at_least": "0"}).status_code == 200
    assert client.post(change, sent | {"at_least": ""}).status_code == 302
    assert rules()[ProblemKind.SKIPPED].at_least == 20


def test_who_may_only_look_changes_nothing() -> None:
    make_rows()
    row = ProblemRule.objects.get(kind="skipped")
    change = f"{PATH}{row.pk}/change/"
    client = support()
    assert client.get(change).status_code == 200
    assert client.post(change, {"at_least": "5"}).status_code == 403
    row.refresh_from_db()
    assert row.at_least is None
