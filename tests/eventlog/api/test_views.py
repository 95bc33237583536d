"""The API for other services: who may ask, what they are told, and what they may do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4
from wsgiref.util import setup_testing_defaults

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from eventlog.figures.rollups import roll_up
from eventlog.models import ApiUse, ReplayedEvent, ReplayJob
from eventlog.problems.rounds import look_round
from tests.eventlog.api.asking import READER, REPLAYER, REVEALER, Ask
from tests.identity import IdentityProvider
from tests.rows import make_event
from visn_whatsapp.application import Request
from visn_whatsapp.services import Services
from webhooks.models import Event
from webhooks.outcomes import Reason, State

pytestmark = pytest.mark.django_db
WAMID = "wamid.HBgLMTU1NTAxMDAwMDEVAgASGBQzQTAwMDAwMDAwMDAwMDAwMDAwMQA="
NUMBER = "15550100001"
ALL = (
    *("events", "problems", "figures", "lease-numbers"),
    *("replays", "replays/preview", "openapi.json"),
)


def event(**fields: Any) -> Event:
    usual: dict[str, Any] = {
        "kind": "text",
        "state": State.SKIPPED,
        "reason": Reason.NO_ACTIVE_TRACKING,
        "person_number": NUMBER,
        "lease_number": "15550100002",
        "message_id": WAMID,
        "received_at": datetime.now(UTC),
    }
    return make_event(**(usual | fields))


def test_an_event_is_told_in_the_words_of_the_pages_and_masked(ask: Ask) -> None:
    row = event()
    status, page = ask("events")
    [told] = page["events"]
    assert (status, page["next"]) == (200, None)
    assert (told["event"], told["title"]) == (row.pk, "Text")
    assert (told["state"], told["reason"]) == ("skipped", "no_active_tracking")
    assert told["meaning"] == Reason.NO_ACTIVE_TRACKING.meaning
    assert told["driver"] == "••••••••001"
    assert [word for word in (NUMBER, "15550100002", WAMID) if word in json.dumps(page)] == []
    assert not LogEntry.objects.exists()


def test_who_may_reveals_and_it_is_noted(ask: Ask) -> None:
    row = event()
    _, page = ask("events", by=REVEALER, reveal="true")
    [told] = page["events"]
    assert (told["driver"], told["message_id"]) == (NUMBER, WAMID)
    [entry] = LogEntry.objects.all()
    assert (entry.object_id, entry.user.username) == (str(row.pk), REVEALER)
    assert entry.change_message == "Revealed to a service, by the API."
    assert not entry.user.is_active
    assert not entry.user.has_usable_password()


def test_who_may_not_reveal_sees_nothing_and_leaves_nothing(ask: Ask) -> None:
    event()
    assert ask("events", reveal="true")[0] == 403
    assert ask("messages", {"message_id": WAMID, "reveal": True}, by=REPLAYER)[0] == 403
    assert not User.objects.exists()


def test_what_became_of_a_message_is_told_by_any_of_its_ids(ask: Ask) -> None:
    row = event()
    event(message_id="wamid.other")
    status, about = ask("messages", {"message_id": WAMID})
    assert status == 200
    assert [told["event"] for told in about["events"]] == [row.pk]
    assert ask("messages", {"message_id": "wamid.none"}) == (200, {"events": [], "more": False})


def test_of_a_message_the_newest_events_are_told_and_just_these_are_noted(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.api.asked.MOST_EVENTS", 2)
    now = datetime.now(UTC)
    rows = [event(received_at=now - timedelta(minutes=ago)) for ago in (1, 3, 2)]
    newest = [rows[0].pk, rows[2].pk]
    about = ask("messages", {"message_id": WAMID, "reveal": True}, by=REVEALER)[1]
    assert ([told["event"] for told in about["events"]], about["more"]) == (newest, True)
    assert {told["message_id"] for told in about["events"]} == {WAMID}
    noted = LogEntry.objects.values_list("object_id", "change_message")
    assert {*noted} == {(str(pk), "Revealed to a service, by the API.") for pk in newest}
    assert len(noted) == len(newest)


def test_the_next_page_asks_the_same_of_the_same_window(ask: Ask) -> None:
    for count in range(2):
        event(message_id=f"wamid.{count}", error_code=131026)
    asked = {"state": "skipped", "kind": "text", "code": "131026", "limit": "1", "reveal": "true"}
    start = datetime.now(UTC) - timedelta(hours=2)
    query = ask("events", by=REVEALER, start=start.isoformat(), **asked)[1]["next"]
    told = dict(parse_qsl(query))
    assert told.pop("cursor")
    end = datetime.fromisoformat(told.pop("end"))
    assert datetime.fromisoformat(told.pop("start")) == start
    assert told == asked
    assert end <= datetime.now(UTC) < end + timedelta(minutes=1)
    event(message_id="wamid.later")
    [older] = ask("events", by=REVEALER, **dict(parse_qsl(query)))[1]["events"]
    assert older["message_id"] == "wamid.0"


def test_several_codes_are_asked_for_at_once_on_every_page(ask: Ask) -> None:
    rows = [event(message_id=f"wamid.{code}", error_code=code) for code in (0, 131026, 131047)]
    page = ask("events", code=[131047, 0], limit=1)[1]
    assert [each for each in parse_qsl(page["next"]) if each[0] == "code"] == [
        ("code", "0"),
        ("code", "131047"),
    ]
    pages = [page, ask(f"events?{page['next']}")[1]]
    shown = [told["event"] for page in pages for told in page["events"]]
    assert shown == [rows[2].pk, rows[0].pk]
    assert pages[1]["next"] is None


def test_what_is_to_come_is_in_no_window(ask: Ask) -> None:
    """Or the pages would not end where they began."""
    event()
    ahead = datetime.now(UTC) + timedelta(days=2)
    row = event(message_id="wamid.ahead", received_at=ahead)
    shown = ask("events", end=(ahead + timedelta(days=1)).isoformat())[1]["events"]
    assert row.pk not in [told["event"] for told in shown]
    assert len(shown) == 1


def test_pages_follow_each_other_and_hold_each_event_once(ask: Ask) -> None:
    """Also where many were received at one moment, as those of one delivery."""
    moment = datetime.now(UTC) - timedelta(minutes=5)
    rows = [event(message_id=f"wamid.{count}") for count in range(7)]
    Event.objects.update(received_at=moment)
    pages, query = [], "limit=3"
    while query:
        _, page = ask("events", **dict(parse_qsl(query)))
        pages.append([told["event"] for told in page["events"]])
        query = page["next"]
    newest_first = sorted((row.pk for row in rows), reverse=True)
    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]


def test_events_are_chosen_by_how_they_stand_and_when_they_came(ask: Ask) -> None:
    failed = event(state=State.FAILED, reason=Reason.GAVE_UP)
    skipped = event()
    old = event()
    Event.objects.filter(pk=old.pk).update(received_at=datetime.now(UTC) - timedelta(days=3))

    def chosen(**query: object) -> set[int]:
        return {told["event"] for told in ask("events", **query)[1]["events"]}

    since = (datetime.now(UTC) - timedelta(days=4)).isoformat()
    assert chosen() == {failed.pk, skipped.pk}
    assert chosen(state="failed") == {failed.pk}
    assert chosen(reason=["gave_up", "no_active_tracking"]) == {failed.pk, skipped.pk}
    assert chosen(start=since) == {failed.pk, skipped.pk, old.pk}
    assert chosen(delivery=str(old.delivery_id)) == {old.pk}
    assert chosen(event=old.pk) == {old.pk}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"limit": "101"},
        {"cursor": "x"},
        {"start": "2026-01-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"},
        {"start": "1066-10-14T00:00:00Z"},
        {"number": NUMBER},
    ],
)
def test_what_is_not_understood_is_refused(ask: Ask, query: dict[str, object]) -> None:
    status, answer = ask("events", **query)
    assert (status, NUMBER in answer["error"]) == (400, False)


def test_who_asks_by_an_unknown_name_is_told_which_there_are(ask: Ask) -> None:
    status, answer = ask("lease-numbers", lenght="day")
    assert (status, answer["error"]) == (
        400,
        "There are names that this does not know; it knows stretch, limit, after, reveal.",
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 5000, b'{"message_id": ""}', b"{}"])
def test_a_body_that_asks_for_nothing_is_refused(ask: Ask, body: bytes) -> None:
    assert ask("messages", body)[0] == 400
    assert ask("replays", body, by=REPLAYER)[0] == 400


def test_problems_are_those_of_the_front_page(ask: Ask) -> None:
    row = event(state=State.RECEIVED, reason=Reason.NONE)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    Event.objects.filter(pk=row.pk).update(received_at=long_ago, check_at=long_ago)
    status, before = ask("problems")
    assert (status, before) == (
        200,
        {"problems": [], "more": False, "looked_at": None, "is_late": True},
    )
    look_round(now=datetime.now(UTC))
    status, answer = ask("problems")
    assert (status, answer["is_late"]) == (200, False)
    overdue = [each for each in answer["problems"] if each["kind"] in {"queue", "overdue"}]
    assert {(each["severity"], each["state"]) for each in overdue} == {("urgent", "open")}
    assert overdue[0]["page"].startswith("/admin/")


def test_figures_count_what_came(ask: Ask) -> None:
    event()
    status, figures = ask("figures", stretch="hour")
    assert (status, figures["stretch"], len(figures["bars"])) == (200, "hour", 60)
    assert figures["total"]["states"] == {"skipped": 1}
    assert figures["total"]["events"] == 1


def counted(*numbers: str) -> None:
    """An event of each of these lease numbers, added up."""
    for number in numbers:
        event(lease_number=number, received_at=datetime.now(UTC) - timedelta(minutes=30))
    roll_up(clock=lambda: datetime.now(UTC), until=datetime.now(UTC) + timedelta(minutes=1))


def test_figures_of_each_lease_number_are_masked_and_noted_where_they_are_not(ask: Ask) -> None:
    counted("15550100002", "15550100003", "15550100003")
    status, page = ask("lease-numbers", stretch="day")
    assert (status, page["stretch"], page["next"]) == (200, "day", None)
    told = {each["lease_number"]: each["total"] for each in page["numbers"]}
    assert {number: total["states"] for number, total in told.items()} == {
        "••••••••002": {"skipped": 1},
        "••••••••003": {"skipped": 2},
    }
    assert "deliveries" not in told["••••••••002"]
    assert not LogEntry.objects.exists()
    assert ask("lease-numbers", reveal="true")[0] == 403
    _, page = ask("lease-numbers", by=REVEALER, reveal="true")
    assert [each["lease_number"] for each in page["numbers"]] == ["15550100002", "15550100003"]
    [entry] = LogEntry.objects.all()
    assert entry.change_message == "Revealed lease numbers to a service, by the API."
    assert "15550100002" not in entry.object_repr


def test_lease_numbers_come_in_pages_and_spellings_are_one(
    ask: Ask, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counted("5215550100001", "525550100001", "15550100002", "15550100003")
    with django_assert_max_num_queries(12):
        _, first = ask("lease-numbers", limit=2)
    _, second = ask("lease-numbers", limit=2, after=first["next"])
    assert [len(page["numbers"]) for page in (first, second)] == [2, 1]
    assert second["next"] is None
    totals = [each["total"]["events"] for page in (first, second) for each in page["numbers"]]
    assert sorted(totals) == [1, 1, 2]
    assert ask("lease-numbers", limit=51)[0] == 400
    assert ask("lease-numbers", after=2**63 - 1)[1]["numbers"] == []


def test_of_what_is_not_counted_nothing_is_told(ask: Ask) -> None:
    assert ask("lease-numbers")[1]["until"] is None


def test_a_replay_is_started_once_and_followed(ask: Ask) -> None:
    row = event()
    wanted = {"id": str(uuid4()), "name": "After the release", "events": [row.pk]}
    first = ask("replays", wanted, by=REPLAYER)
    assert (first[0], first[1]["total"], first[1]["state"]) == (200, 1, "opening")
    assert ask("replays", wanted, by=REPLAYER)[1]["id"] == wanted["id"]
    assert ask("replays", id=wanted["id"])[1]["to_open"] == 1
    [job] = ReplayJob.objects.all()
    assert (job.asked_by_name, job.name, job.event_count) == (REPLAYER, "After the release", 1)
    [entry] = LogEntry.objects.all()
    assert (entry.object_id, entry.user.username) == (str(job.pk), REPLAYER)


def test_what_came_of_a_replay_is_told_as_soon_as_it_did(ask: Ask) -> None:
    wanted = {"id": str(uuid4()), "events": [event().pk]}
    ask("replays", wanted, by=REPLAYER)
    ReplayJob.objects.update(state="running")
    ReplayedEvent.objects.update(reopened_at=datetime.now(UTC))
    Event.objects.update(state="processed", reason="applied")
    _, told = ask("replays", id=wanted["id"])
    assert (told["state"], told["done"], told["changed"], told["open"]) == ("finished", 1, 1, 0)


def test_a_replay_of_a_choice_has_its_words(ask: Ask) -> None:
    event()
    which = {"reason": ["no_active_tracking"]}
    status, _ = ask("replays", {"id": str(uuid4()), "which": which}, by=REPLAYER)
    assert (status, ReplayJob.objects.get().event_count) == (200, 1)
    assert "no active tracking" in ReplayJob.objects.get().choice


def test_who_may_not_replay_starts_none(ask: Ask) -> None:
    wanted = {"id": str(uuid4()), "events": [event().pk]}
    assert ask("replays", wanted)[0] == 403
    assert not ReplayJob.objects.exists()


def test_a_replay_of_nothing_is_none(ask: Ask) -> None:
    done = event(state=State.PROCESSED, reason=Reason.APPLIED)
    wanted = {"id": str(uuid4()), "events": [done.pk]}
    assert ask("replays", wanted, by=REPLAYER)[0] == 409
    assert ask("replays", id=wanted["id"])[0] == 404


@pytest.mark.parametrize("what", ALL)
def test_nobody_asks_unidentified(what: str, identity_provider: IdentityProvider) -> None:
    answer = Client().get(f"/api/v1/{what}")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("what", ALL)
def test_a_token_for_another_endpoint_is_no_token_here(
    what: str, identity_provider: IdentityProvider, settings: Settings
) -> None:
    for audience in (settings.CALLABLE_AUDIENCE, settings.CHORES_AUDIENCE):
        token = identity_provider.token(audience=audience, email=READER)
        headers = {"Authorization": f"Bearer {token}"}
        assert Client().get(f"/api/v1/{what}", headers=headers).status_code == 401


@pytest.mark.parametrize("what", ALL)
def test_another_account_is_not_let_in(what: str, ask: Ask, settings: Settings) -> None:
    """Nor one of those that may call another of our endpoints."""
    others = {settings.TASKS_SERVICE_ACCOUNT, "stranger@test.invalid"}
    others |= {*settings.CALLABLE_CALLERS, *settings.CHORES_CALLERS}
    assert {ask(what, by=each)[0] for each in others} == {403}


def test_who_asks_too_often_waits_and_others_do_not(
    ask: Ask, settings: Settings, identity_provider: IdentityProvider
) -> None:
    settings.API_CALLS_PER_MINUTE = 2
    minute = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    ApiUse.objects.create(caller=READER, minute=minute, count=1)
    assert [ask("problems")[0] for _ in range(3)] == [200, 429, 429]
    token = identity_provider.token(audience=settings.API_AUDIENCE, email=READER)
    refused = Client().get("/api/v1/problems", headers={"Authorization": f"Bearer {token}"})
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert ask("problems", by=REVEALER)[0] == 200
    ApiUse.objects.filter(caller=READER).update(minute=minute - timedelta(minutes=5))
    assert ask("problems")[0] == 200


def test_a_page_costs_few_queries(
    ask: Ask, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in range(5):
        event(message_id=f"wamid.{count}")
    ask("events")
    with django_assert_max_num_queries(6):  # the use of it in a transaction, and the events
        ask("events")


def test_without_an_audience_there_is_no_such_route(settings: Settings) -> None:
    from visn_whatsapp.urls import routes  # noqa: PLC0415

    settings.API_AUDIENCE = ""
    assert [route for route in routes(["admin"]) if "api/" in str(route.pattern)] == []


def test_the_sign_in_of_people_is_in_no_services_way(ask: Ask, settings: Settings) -> None:
    """As a server calls it: the identity-aware proxy's header is nothing here."""
    settings.IAP_AUDIENCE = "/projects/1/global/backendServices/2"
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {"PATH_INFO": "/api/v1/problems", "HTTP_HOST": "testserver"}
    said: list[str] = []
    services = Services(Request)
    services.answer(environ, lambda status, _: said.append(status), connections.all())
    assert said == ["401 Unauthorized"]
