"""The pages of replays: who may, what is asked first, and that a click counts once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from eventlog.models import ReplayedEvent, ReplayJob
from sandbox.emulators import Emulators, Fault, FaultKind
from sandbox.samples import DRIVER_NUMBER, OUTBOUND_ID, image, status, text, wamid
from tests.eventlog.admin.staff import PART
from tests.platform import Platform
from webhooks import clock
from webhooks.models import Event

NEW = "/admin/replays/new/"


@pytest.fixture(params=["ours"])
def firestore_host(stand_ins: Emulators) -> Iterator[str]:
    yield stand_ins.firestore_host
    stand_ins.faults.clear()


@pytest.fixture
def served(platform: Platform, settings: Settings) -> Platform:
    """Five skipped texts in two deliveries and an ignored photo; the settings name the queue."""
    settings.TASKS_EMULATOR_HOST = platform.emulators.tasks_host
    settings.GOOGLE_CLOUD_PROJECT = settings.TASKS_LOCATION = "local"
    platform.now = datetime.now(UTC) - timedelta(minutes=30)
    platform.deliver(*(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(3)))
    platform.deliver(
        *(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(3, 5)),
        image(message_id="wamid.photo"),
    )
    return platform


def member(client: Client, group: str) -> Client:
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


@pytest.fixture
def on_call(client: Client, db: None) -> Client:
    return member(client, "On-call")


@pytest.fixture
def support(client: Client, db: None) -> Client:
    return member(client, "Support")


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def confirmation(html: str) -> tuple[str, dict[str, list[str]]]:
    """Where the form that starts a replay leads, and what it sends."""
    form = re.search(r'<form class="card confirm".*?</form>', html, re.DOTALL)
    assert form, "the page asks for confirmation"
    action = re.search(r'action="([^"]*)"', form.group())
    assert action
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', form.group()):
        fields.setdefault(name, []).append(value)
    return action.group(1).replace("&amp;", "&"), fields


def confirm(client: Client, url: str, **fields: str) -> ReplayJob:
    """Asks for a preview and confirms it."""
    action, sent = confirmation(page(client, url))
    answer = client.post(action, sent | fields)
    assert answer.status_code == 303
    job_id = answer["Location"].rstrip("/").rpartition("/")[2]
    return ReplayJob.objects.get(pk=job_id)


def run_tasks(platform: Platform) -> None:
    platform.now = datetime.now(UTC)
    for task, _ in platform.scheduled():
        platform.run(task.delivery, events=task.events)


def test_a_filter_is_previewed_confirmed_and_its_result_shown(
    served: Platform, on_call: Client
) -> None:
    preview = page(on_call, f"{NEW}?state=skipped&span=1h")
    assert "<strong>5</strong> events would be opened again" in preview
    assert Event.objects.filter(state="skipped").count() == 5
    served.track("e1")
    job = confirm(on_call, f"{NEW}?state=skipped&span=1h", name="Tracking was late")
    assert (job.name, job.event_count, job.asked_by_name) == ("Tracking was late", 5, "On-call")
    assert re.fullmatch(r"skipped, received from [\d :-]{19} to [\d :-]{19} UTC", job.choice)
    run_tasks(served)
    shown = page(on_call, f"/admin/replays/{job.pk}/")
    assert "Finished: <strong>5</strong> of 5 have another outcome now" in shown
    assert served.unread("e1") == 5


def test_a_confirmation_that_is_posted_twice_is_one_replay_and_noted_once(
    served: Platform, on_call: Client
) -> None:
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped&span=1h"))
    first, again = (on_call.post(action, fields).headers["Location"] for _ in range(2))
    assert first == again
    assert LogEntry.objects.count() == 1


def test_what_comes_after_the_preview_is_not_replayed(served: Platform, on_call: Client) -> None:
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped"))
    served.now = datetime.now(UTC) + timedelta(seconds=1)
    served.deliver(text(message_id="wamid.later"))
    on_call.post(action, fields)
    later = Event.objects.get(message_id="wamid.later")
    assert (later.state, ReplayedEvent.objects.filter(event=later).count()) == ("skipped", 0)
    assert ReplayedEvent.objects.count() == 5


def test_a_window_that_was_not_chosen_is_told(on_call: Client) -> None:
    assert "No window was chosen: the last 24 hours" in page(on_call, f"{NEW}?state=skipped")
    before = page(on_call, f"{NEW}?to=2026-03-02T10:00")
    assert "No beginning was chosen: the 24 hours before the end" in before
    for query in ("span=today", "from=2026-03-02T10:00", f"delivery={uuid4()}", "event=1"):
        assert "was chosen" not in page(on_call, f"{NEW}?{query}")


def test_the_window_as_it_stands_drops_no_event(served: Platform, on_call: Client) -> None:
    received = datetime.now(UTC).replace(microsecond=700_000) - timedelta(minutes=3)
    Event.objects.update(received_at=received)
    window = {"start": received, "end": received + timedelta(microseconds=1)}
    query = urlencode({"from": window["start"].isoformat(), "to": window["end"].isoformat()})
    shown = on_call.get(f"{NEW}?{query}").context
    assert shown["preview"].replayable == 6
    again = {"from": shown["window_start"], "to": shown["window_end"]}
    assert on_call.get(NEW, again).context["preview"].replayable == 6


def test_whoever_thinks_better_of_it_comes_back_to_his_list(
    served: Platform, on_call: Client
) -> None:
    events = "/admin/webhooks/event/"
    first = on_call.get(f"{NEW}?state=skipped").context
    assert first["back"] == f"{events}?state=skipped"
    changed = {"state": "skipped", "list": first["listed"], "from": "2026-03-02T10:00"}
    assert on_call.get(NEW, changed).context["back"] == f"{events}?state=skipped"
    one = Event.objects.earliest("pk")
    assert on_call.get(f"{NEW}?event={one.pk}").context["back"] == f"{events}{one.pk}/change/"
    ticked = {"action": "replay_selected", "_selected_action": [one.pk]}
    posted = on_call.post(f"{events}?state=skipped", ticked)
    assert posted.context["back"] == f"{events}?state=skipped"


def test_one_event(served: Platform, on_call: Client) -> None:
    event = Event.objects.filter(state="skipped").earliest("pk")
    job = confirm(on_call, f"{NEW}?event={event.pk}")
    assert (job.choice, job.event_count) == (f"event {event.pk}", 1)
    assert Event.objects.get(pk=event.pk).state == "queued"


def test_a_delivery(served: Platform, on_call: Client) -> None:
    delivery = Event.objects.latest("pk").delivery
    job = confirm(on_call, f"{NEW}?delivery={delivery.pk}")
    assert (job.choice, job.event_count) == (f"delivery {delivery.pk}", 3)


def test_several_events_that_were_picked(served: Platform, on_call: Client) -> None:
    picked = list(Event.objects.filter(state="skipped").values_list("pk", flat=True)[:2])
    job = confirm(on_call, f"{NEW}?event={picked[0]}&event={picked[1]}")
    assert job.choice == "2 events picked by hand"
    assert set(job.events.values_list("event", flat=True)) == set(picked)


def test_a_second_click_finds_the_first_job(served: Platform, on_call: Client) -> None:
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped"))
    first, second = on_call.post(action, fields), on_call.post(action, fields)
    assert first["Location"] == second["Location"]
    assert ReplayJob.objects.count() == 1
    assert len(served.scheduled()) == 2


def test_what_cannot_be_replayed_says_why_and_has_no_button(
    served: Platform, on_call: Client
) -> None:
    Event.objects.update(state="processed", reason="applied")
    preview = page(on_call, f"{NEW}?span=1h")
    assert "doing it again would change nothing" in preview
    assert "only skipped, failed and ignored events can" in preview
    assert 'class="card confirm"' not in preview


def test_too_many_are_refused_before_and_after(
    served: Platform, on_call: Client, settings: Settings
) -> None:
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped"))
    settings.REPLAY_MAX_EVENTS = 4
    assert "at most 4 events" in page(on_call, f"{NEW}?state=skipped")
    answer = on_call.post(action, fields, follow=True)
    assert "too many events" in answer.content.decode()
    assert not ReplayJob.objects.exists()


def test_nothing_is_left_to_replay(served: Platform, on_call: Client) -> None:
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped"))
    Event.objects.update(state="processed", reason="applied")
    answer = on_call.post(action, fields, follow=True)
    assert "nothing left to replay" in answer.content.decode()


def test_support_sees_replays_but_starts_none(served: Platform, support: Client) -> None:
    job = ReplayJob.objects.create(name="Of yesterday", asked_at=served.now, asked_by_name="ada")
    assert "Of yesterday" in page(support, "/admin/replays/")
    assert "Of yesterday" in page(support, f"/admin/replays/{job.pk}/")
    assert support.get(NEW).status_code == 403
    assert support.post(f"{NEW}?state=skipped", {"job": str(uuid4())}).status_code == 403
    assert support.post(f"/admin/replays/{job.pk}/progress/").status_code == 403
    assert Event.objects.filter(state="queued").count() == 0


def test_a_stranger_sees_nothing(client: Client, db: None) -> None:
    job = uuid4()
    for path in ("", "new/", f"{job}/", f"{job}/progress/"):
        assert client.get(f"/admin/replays/{path}").status_code == 302


def test_it_cannot_be_started_from_another_site(served: Platform) -> None:
    client = member(Client(enforce_csrf_checks=True), "On-call")
    answer = client.post(f"{NEW}?state=skipped", {"job": str(uuid4()), "name": "x"})
    assert answer.status_code == 403
    assert not ReplayJob.objects.exists()


def test_looking_starts_nothing(served: Platform, on_call: Client) -> None:
    on_call.get(f"{NEW}?state=skipped&job={uuid4()}&name=x")
    assert not ReplayJob.objects.exists()


@pytest.mark.parametrize("job", ["", "x", "../../", "0" * 32 + "1"])
def test_an_odd_job_id_is_not_found(served: Platform, on_call: Client, job: str) -> None:
    assert on_call.post(f"{NEW}?state=skipped", {"job": job}).status_code == 404


@pytest.mark.parametrize("event", ["x", "-1", "1.5", "٣", "9" * 30, "999999"])
def test_odd_event_ids_do_no_harm(served: Platform, on_call: Client, event: str) -> None:
    assert on_call.get(NEW, {"event": event}).status_code == 200


def test_a_job_that_is_not_known_is_not_found(on_call: Client) -> None:
    assert on_call.get(f"/admin/replays/{uuid4()}/").status_code == 404
    assert on_call.get(f"/admin/replays/{uuid4()}/progress/", headers=PART).status_code == 404


def test_the_page_goes_on_with_a_job_whose_process_died(served: Platform, on_call: Client) -> None:
    job = ReplayJob.objects.create(name="x", asked_at=served.now, event_count=5)
    events = Event.objects.filter(state="skipped")
    ReplayedEvent.objects.bulk_create(ReplayedEvent(job=job, event=event) for event in events)
    progress = f"/admin/replays/{job.pk}/progress/"
    assert 'data-state="opening"' in on_call.get(progress, headers=PART).content.decode()
    assert served.scheduled() == []
    assert 'data-state="running"' in on_call.post(progress, headers=PART).content.decode()
    assert len(served.scheduled()) == 2


def test_a_message_that_failed_looks_like_one_in_a_replay(
    served: Platform, on_call: Client
) -> None:
    served.track("e1")
    served.sends("e1", OUTBOUND_ID, status="sent")
    served.deliver(statuses=[status(word="failed")])
    event = Event.objects.get(kind="status")
    job = ReplayJob.objects.create(name="x", asked_at=served.now, event_count=1)
    outcome = {"state_before": event.state, "reason_before": event.reason}
    ReplayedEvent.objects.create(job=job, event=event, **outcome)
    row = page(on_call, f"/admin/replays/{job.pk}/").split(f'id="replayed-{event.pk}"')[1]
    row = row.split("</tr>")[0]
    assert "#icon-failed" in row.split("</th>")[0]
    assert ("Not delivered" in row, "chip-processed" in row) == (True, False)


def test_who_goes_on_without_scripts_stays_on_the_page(served: Platform, on_call: Client) -> None:
    job = ReplayJob.objects.create(name="x", asked_at=served.now, event_count=5)
    events = Event.objects.filter(state="skipped")
    ReplayedEvent.objects.bulk_create(ReplayedEvent(job=job, event=event) for event in events)
    answer = on_call.post(f"/admin/replays/{job.pk}/progress/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/replays/{job.pk}/")
    assert 'data-state="running"' in page(on_call, answer.headers["Location"])


def test_it_says_when_the_queue_is_out_of_reach(served: Platform, on_call: Client) -> None:
    served.emulators.faults.add(
        Fault(kind=FaultKind.PERMISSION_DENIED, service="tasks", method="CreateTask", times=9)
    )
    action, fields = confirmation(page(on_call, f"{NEW}?state=skipped"))
    answer = on_call.post(action, fields, follow=True)
    assert "The queue cannot be reached. The replay goes on by itself" in answer.content.decode()
    assert Event.objects.filter(state="received", check_at__lte=clock.now()).count() == 5
    later = page(on_call, answer.request["PATH_INFO"])
    assert "<strong>5</strong> without a task" in later
    assert "<strong>0</strong> in the queue" in later
    assert "The queue has not taken 5 of them." in later


def test_the_history_of_the_user_names_the_replay(served: Platform, on_call: Client) -> None:
    confirm(on_call, f"{NEW}?state=skipped", name="After the outage")
    entry = LogEntry.objects.get()
    assert entry.object_repr == "After the outage"
    assert entry.get_change_message().startswith("Replay of 5 events: skipped, received from")


def test_pages_hold_no_personal_data(served: Platform, on_call: Client) -> None:
    event = Event.objects.filter(state="skipped").earliest("pk")
    urls = [f"{NEW}?driver_of={event.pk}", f"{NEW}?event={event.pk}"]
    job = confirm(on_call, urls[0])
    urls += ["/admin/replays/", f"/admin/replays/{job.pk}/"]
    for url in urls:
        html = page(on_call, url)
        for secret in (DRIVER_NUMBER, event.message_id, "Sheena"):
            assert secret not in html


def test_a_hostile_name_is_shown_as_text(served: Platform, on_call: Client) -> None:
    name = '<script>alert("x")</script>\N{RIGHT-TO-LEFT OVERRIDE}'
    job = confirm(on_call, f"{NEW}?state=skipped", name=name)
    for url in ("/admin/replays/", f"/admin/replays/{job.pk}/"):
        html = page(on_call, url)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


def test_a_long_name_is_cut_and_none_is_made_up(served: Platform, on_call: Client) -> None:
    assert len(confirm(on_call, f"{NEW}?state=skipped", name="n" * 500).name) == 100
    Event.objects.update(state="skipped", reason="no_person")
    ReplayedEvent.objects.update(closed_at=served.now)
    assert confirm(on_call, f"{NEW}?state=skipped", name="  ").name.startswith("skipped, received")


def test_the_pages_take_a_fixed_number_of_queries(served: Platform, on_call: Client) -> None:
    job = confirm(on_call, f"{NEW}?state=skipped")

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(on_call, url)
        return len(captured)

    urls = ("/admin/replays/", f"/admin/replays/{job.pk}/", f"{NEW}?state=skipped")
    served.deliver(text(message_id=wamid(DRIVER_NUMBER, 99)))
    before = [queries(url) for url in urls]
    served.deliver(*(text(message_id=wamid(DRIVER_NUMBER, n)) for n in range(100, 140)))
    for event in Event.objects.filter(state="skipped"):
        ReplayedEvent.objects.create(
            job=job,
            event=event,
            state_before="skipped",
            reason_before="no_person",
            reopened_at=served.now,
        )
    ReplayJob.objects.create(name="y", asked_at=served.now)
    assert [queries(url) for url in urls] == before


def test_events_ticked_in_their_list_are_previewed(served: Platform, on_call: Client) -> None:
    skipped = Event.objects.filter(state="skipped").order_by("pk")
    ticked = list(skipped.values_list("pk", flat=True)[:2])
    sent = {"action": "replay_selected", "index": "0", "_selected_action": ticked}
    answer = on_call.post("/admin/webhooks/event/?state=skipped", sent)
    action, fields = confirmation(answer.content.decode())
    assert fields["event"] == [str(event) for event in ticked]
    assert on_call.post(action, fields).status_code == 303
    job = ReplayJob.objects.get()
    assert (job.event_count, job.choice) == (2, "2 events picked by hand")


def test_support_has_no_such_action(served: Platform, support: Client) -> None:
    listed = page(support, "/admin/webhooks/event/")
    assert "replay_selected" not in listed
    assert "Replay these" not in listed
    assert "Export CSV" in listed
