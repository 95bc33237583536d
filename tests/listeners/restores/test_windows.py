"""Texts of somebody whom this ledger does not remember: looked for inside a window alone."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from eventlog.attention.restores import restore_windows
from eventlog.problems.rounds import look_round
from listeners.firestore.store import Store
from listeners.models import Placement, RestoreWindow, TaskRun
from listeners.restores.windows import begin, end
from listeners.services import Handled
from sandbox.samples import TEXT_ID, reaction, text
from tests.beside.test_runs import Interrupted
from tests.eventlog.admin.staff import on_call, support
from tests.platform import LEASE, Platform
from webhooks.models import Delivery, Event
from webhooks.whatsapp.identifiers import own_document_id

What = RestoreWindow.What
APPLIED = ("processed", "applied")
DUPLICATE = ("duplicate", "already_applied")
MINUTE = timedelta(minutes=1)


def written_before(platform: Platform, enquiry: str = "e1", document: str = "Zgateway1") -> str:
    """An older gateway has written the driver's text, and counted it. Returns its document's id."""
    platform.messages(enquiry).document(document).set(
        {"whatsappMessageId": TEXT_ID, "source": "driver", "type": "text", "message": "Hi"}
    )
    platform.enquiry(enquiry).set({"unReadWhatsappMessageCount": 1})
    return document


def open_window(
    platform: Platform, what: RestoreWindow.What = What.LEDGER, **ends: datetime | None
) -> RestoreWindow:
    until = ends.get("until", platform.now + MINUTE)
    since = None if what == What.CUT_OVER else platform.now - MINUTE
    return begin(what, since=since, until=until, now=platform.now)


def alone(platform: Platform) -> list[tuple[str, str]]:
    """The text, then a reaction to it."""
    outcomes = platform.deliver(text())
    return outcomes + platform.deliver(reaction(target_id=TEXT_ID))


def beside(platform: Platform) -> list[tuple[str, str]]:
    return platform.deliver(text(), reaction(target_id=TEXT_ID))


def after(platform: Platform) -> list[tuple[str, str]]:
    outcomes = platform.deliver(reaction(target_id=TEXT_ID))
    return platform.deliver(text()) + outcomes


GROUPINGS = pytest.mark.parametrize("deliver", [alone, beside, after])
Grouping = Callable[[Platform], list[tuple[str, str]]]


def documents(platform: Platform) -> dict[str, dict[str, Any]]:
    return {each.id: each.to_dict() for each in platform.messages("e1").stream()}


@GROUPINGS
@pytest.mark.parametrize("document", ["Zgateway1", "zgateway1"])  # before and after ours
def test_outside_a_window_it_is_written_and_counted(
    platform: Platform, deliver: Grouping, document: str
) -> None:
    platform.track("e1")
    foreign = written_before(platform, document=document)
    assert deliver(platform) == [APPLIED, APPLIED]
    assert platform.unread("e1") == 2
    both = documents(platform)
    assert both.keys() == {foreign, Event.objects.get(kind="text").document}
    assert {name for name, fields in both.items() if "reactions" in fields} == {foreign}


@GROUPINGS
@pytest.mark.parametrize("active", [True, False])
def test_what_is_about_a_text_goes_to_the_document_that_was_there_first(
    platform: Platform, deliver: Grouping, active: bool
) -> None:
    """In whichever of the driver's chats: the order in which things come makes no difference."""
    platform.track("e1", active=active)
    foreign = written_before(platform)
    platform.track("e2")
    platform.track("e3")
    assert deliver(platform) == [APPLIED, APPLIED]
    assert [platform.unread(each) for each in ("e1", "e2", "e3")] == [1, 0, 1]
    assert documents(platform).keys() == {foreign}
    assert "reactions" in documents(platform)[foreign]
    assert "reactions" not in platform.chat("e3")[TEXT_ID]


@GROUPINGS
def test_of_two_documents_with_our_id_the_older_was_there_first(
    platform: Platform, deliver: Grouping
) -> None:
    """A ledger that is lost wrote the one, and no window is open: only Firestore knows which."""
    platform.track("e1")
    platform.deliver(text())
    forget_everything()
    platform.track("e2")
    assert deliver(platform) == [APPLIED, APPLIED]
    assert [platform.unread(each) for each in ("e1", "e2")] == [1, 1]
    assert "reactions" in platform.chat("e1")[TEXT_ID]
    assert "reactions" not in platform.chat("e2")[TEXT_ID]


@pytest.mark.parametrize("order", [(TEXT_ID, "wamid.REPLY"), ("wamid.REPLY", TEXT_ID)])
def test_a_reply_to_it_goes_to_the_chat_of_that_document(
    platform: Platform, order: tuple[str, str]
) -> None:
    platform.track("e1")
    written_before(platform)
    platform.track("e2")
    texts = {TEXT_ID: text(), "wamid.REPLY": text(message_id="wamid.REPLY", reply_to=TEXT_ID)}
    assert [platform.deliver(texts[each]) for each in order] == [[APPLIED], [APPLIED]]
    assert platform.chat("e1").keys() == {TEXT_ID, "wamid.REPLY"}
    assert platform.chat("e2").keys() == {TEXT_ID}


@GROUPINGS
@pytest.mark.parametrize("what", [What.LEDGER, What.CUT_OVER])
def test_inside_a_window_it_is_found_and_neither_written_nor_counted(
    platform: Platform, deliver: Grouping, what: RestoreWindow.What
) -> None:
    platform.track("e1")
    foreign = written_before(platform)
    open_window(platform, what)
    assert deliver(platform) == [DUPLICATE, APPLIED]
    assert platform.unread("e1") == 1
    assert documents(platform).keys() == {foreign}
    event = Event.objects.get(kind="text")
    assert (event.lease_id, event.enquiry_id, event.document_id) == ("lease-1", "e1", foreign)
    assert event.detail.startswith("it was in the chat already")


def test_what_the_lost_ledger_wrote_is_found(platform: Platform) -> None:
    """Also in another chat than the driver is in by now."""
    platform.track("e1")
    platform.deliver(text())
    forget_everything()
    platform.track("e2")
    open_window(platform)
    assert platform.deliver(text()) == [DUPLICATE]
    assert (platform.unread("e1"), platform.unread("e2")) == (1, 0)
    assert Event.objects.get().enquiry_id == "e1"


def test_what_the_lost_ledger_wrote_is_found_where_no_record_leads_any_more(
    platform: Platform,
) -> None:
    """The record itself was given another enquiry."""
    platform.track("e1")
    platform.deliver(text())
    forget_everything()
    platform.track("e2")
    platform.ancillary.document(f"whatsapp/lease/{LEASE}/record-1").delete()
    open_window(platform)
    assert platform.deliver(text()) == [DUPLICATE]
    assert (platform.unread("e1"), platform.unread("e2")) == (1, 0)
    assert Event.objects.get().enquiry_id == "e1"


@pytest.mark.parametrize("lease_number", ["15550100999", None, 7])
def test_a_text_to_another_lease_number_is_another_text(
    platform: Platform, lease_number: object
) -> None:
    platform.track("e1")
    platform.messages("somebody-else").document(own_document_id(TEXT_ID)).set(
        {"whatsappMessageId": TEXT_ID, "source": "driver", "to": lease_number}
    )
    open_window(platform)
    assert platform.deliver(text()) == [APPLIED]
    assert platform.unread("e1") == 1


def forget_everything() -> None:
    for model in (Placement, TaskRun, Event, Delivery):
        model._default_manager.all().delete()


def test_what_nobody_wrote_is_written(platform: Platform) -> None:
    platform.track("e1")
    open_window(platform)
    assert platform.deliver(text()) == [APPLIED]
    assert platform.deliver(text(), text(message_id="wamid.2")) == [DUPLICATE, APPLIED]
    assert platform.unread("e1") == 2


def test_a_chat_of_somebody_else_is_not_looked_at(platform: Platform) -> None:
    platform.track("e1")
    written_before(platform, "somebody-else")
    open_window(platform)
    assert platform.deliver(text()) == [APPLIED]
    assert platform.unread("e1") == 1


def test_a_closed_candidate_s_chat_is(platform: Platform) -> None:
    platform.track("e1", active=False)
    platform.track("e2")
    written_before(platform)
    open_window(platform)
    assert platform.deliver(text()) == [DUPLICATE]
    assert platform.unread("e2") == 0


@pytest.mark.parametrize(
    ("what", "until"),
    [
        pytest.param(What.LEDGER, -MINUTE, id="the driver wrote it later"),
        pytest.param(What.FIRESTORE, MINUTE, id="it was Firestore that was set back"),
    ],
)
def test_a_window_that_it_is_not_in_changes_nothing(
    platform: Platform, what: RestoreWindow.What, until: timedelta
) -> None:
    platform.track("e1")
    written_before(platform)
    open_window(platform, what, until=platform.now + until)
    item = text(timestamp=int(platform.now.timestamp()))
    assert platform.deliver(item) == [APPLIED]
    assert platform.unread("e1") == 2


def test_a_window_without_an_end_holds_until_it_is_closed(platform: Platform) -> None:
    platform.track("e1")
    window = open_window(platform, What.CUT_OVER, until=None)
    written_before(platform)
    item = text(timestamp=int(platform.now.timestamp()))
    assert platform.deliver(item) == [DUPLICATE]
    end(window.pk, now=platform.now)
    again = text(timestamp=int(platform.now.timestamp()), body="in other bytes")
    assert platform.deliver(again) == [DUPLICATE]  # it has its placement by now
    assert platform.unread("e1") == 1


def test_a_text_with_a_place_is_not_looked_for(platform: Platform) -> None:
    platform.track("e1")
    delivery = platform.receive(text())
    own = Event.objects.get()
    Placement.objects.create(
        lease_number=own.lease_number,
        message_id=own.message_id,
        lease_id="lease-1",
        enquiry_id="e1",
        event=own,
    )
    written_before(platform)
    open_window(platform)
    platform.run(delivery)
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 2


# What meets here is in the ledger.
OURS = pytest.mark.parametrize("firestore_host", ["ours"], indirect=True)


class Committed(Interrupted):
    """Lets something happen once a run has written."""

    def load(self, **wanted: Any) -> Any:
        """Loads, and nothing happens yet."""
        return Store.load(self, **wanted)


class Searched(Interrupted):
    """Lets something happen before the search for a text."""

    def load(self, **wanted: Any) -> Any:
        if wanted["message_ids"]:
            self._happen()
        return Store.load(self, **wanted)


def run_with(platform: Platform, store: Store, delivery: UUID) -> Handled:
    return Platform(**{**vars(platform), "store": store}).run(delivery)


@OURS
def test_a_run_that_died_after_writing_does_not_take_its_text_for_somebody_else_s(
    platform: Platform,
) -> None:
    platform.track("e1")
    open_window(platform)
    delivery = platform.receive(text())

    def die() -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        run_with(platform, Committed(platform, die), delivery)
    assert platform.unread("e1") == 1
    assert platform.run(delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1


@OURS
def test_a_run_beside_that_writes_after_the_search_is_told_apart(platform: Platform) -> None:
    """Both have looked in vain; one writes, and the other finds that it exists."""
    platform.track("e1")
    open_window(platform)
    own = platform.receive(text())
    other = platform.receive(text(), text(message_id="wamid.2"))
    run_with(platform, Committed(platform, lambda: platform.run(other)), own)
    assert platform.outcomes(own) == [APPLIED]
    assert platform.outcomes(other) == [DUPLICATE, APPLIED]
    assert platform.unread("e1") == 2


@OURS
def test_of_two_that_search_at_once_the_first_to_decide_decides(
    platform: Platform,
) -> None:
    """The other finds what the first has written: by the same event, so it is no duplicate."""
    platform.track("e1")
    open_window(platform)
    delivery = platform.receive(text())
    slow = Searched(platform, lambda: platform.run(delivery))
    assert run_with(platform, slow, delivery) == Handled.DONE
    assert platform.outcomes(delivery) == [APPLIED]
    assert platform.unread("e1") == 1
    assert Placement.objects.get().document_id == ""


def command(*options: str) -> str:
    output = StringIO()
    call_command("restored", *options, stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_the_command_opens_a_window_that_ends_about_now() -> None:
    assert "Window" in command("--to", "2026-06-01T10:00+02:00")
    window = RestoreWindow.objects.get()
    assert (window.what, window.since and window.since.hour) == (What.LEDGER, 8)
    assert window.until
    assert timedelta() < window.until - timezone.now() < 6 * MINUTE
    assert command() == (
        f"Window {window.pk}: from 2026-06-01 08:00:00 UTC to "
        f"{window.until:%Y-%m-%d %H:%M:%S} UTC. The ledger was restored to an earlier time.\n"
    )
    assert command("--close", str(window.pk)) == f"Closed: {window.pk}.\n"
    assert command() == "No window is open.\n"


@pytest.mark.django_db
def test_a_cut_over_is_open_until_it_is_closed() -> None:
    command("--cut-over")
    [shown] = json.loads(command("--json"))
    assert (shown["what"], shown["since"], shown["until"]) == ("cut_over", None, None)
    command("--firestore", "--to", "2026-06-01", "--until", "2026-06-02")
    [latest, _] = json.loads(command("--json"))
    assert (latest["what"], latest["until"]) == ("firestore", "2026-06-02T00:00:00+00:00")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "2999-01-01"], "in the future"),
        (["--to", "2026-06-02", "--until", "2026-06-01"], "not before the end"),
        (["--firestore"], "--to MOMENT is missing"),
        (["--close", "7"], "no open window 7"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        command(*options)
    assert not RestoreWindow.objects.exists()


@pytest.mark.django_db
def test_the_front_page_says_that_a_window_is_open() -> None:
    command("--cut-over")
    [notice] = restore_windows(timezone.now())
    assert "manage restored --close" in notice.words
    look_round(now=timezone.now())
    assert notice.url in support().get("/admin/").content.decode()
    page = support().get(reverse("admin:listeners_restorewindow_changelist"))
    assert "Another gateway wrote to the chats before this one." in page.content.decode()


def test_the_timeline_names_the_document(platform: Platform) -> None:
    platform.track("e1")
    written_before(platform)
    open_window(platform)
    platform.deliver(text())
    page = support().get(reverse("admin:webhooks_event_change", args=[Event.objects.get().pk]))
    assert "it was in the chat already" in page.content.decode()


@pytest.mark.django_db
def test_who_may_repair_is_led_to_what_is_missing_and_nobody_else() -> None:
    now = timezone.now()
    window = begin(What.FIRESTORE, since=now - MINUTE, until=now, now=now)
    leads = f"{reverse('admin:repair-new')}?window={window.pk}"
    for address in ("changelist", "change"):
        arguments = [window.pk] if address == "change" else []
        page = reverse(f"admin:listeners_restorewindow_{address}", args=arguments)
        assert leads in on_call().get(page).text
        shown = support().get(page)
        assert (shown.status_code, leads in shown.text) == (200, False)
    assert support().get(leads).status_code == 403
