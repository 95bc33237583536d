"""The list of events: what it shows, and how it is narrowed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sandbox import samples
from tests.eventlog.admin.staff import on_call, support
from tests.rows import NOON, add_events, make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

LIST = "/admin/webhooks/event/"


def listed(query: str) -> list[int]:
    """The events that the list shows for an address."""
    return [event.pk for event in support().get(f"{LIST}?{query}").context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("state=skipped", {"state": State.SKIPPED, "reason": Reason.NO_PERSON}),
        ("reason=no_person", {"state": State.SKIPPED, "reason": Reason.NO_PERSON}),
        ("kind=error", {"kind": Kind.ERROR}),
        ("span=1h", {"received_at": timezone.now()}),
        ("from=2030-01-01T00:00", {"received_at": datetime(2030, 2, 1, tzinfo=UTC)}),
    ],
)
def test_the_address_narrows_the_list(db: None, query: str, fields: dict[str, Any]) -> None:
    make_event()
    meant = make_event(**fields)
    assert listed(query) == [meant.pk]


def test_a_list_of_one_driver_names_him_by_a_row(db: None) -> None:
    mine = make_event()
    make_event(person_number="447700900123", person_user_id="")
    page = support().get(f"{LIST}?driver_of={mine.pk}")
    assert [event.pk for event in page.context["cl"].result_list] == [mine.pk]
    [tag] = page.context["bar"].tags
    assert (tag.title, tag.value, tag.url) == ("driver", "••••••••234", "?")


def test_a_list_leads_to_each_chat_of_its_events(db: None) -> None:
    other = make_event(lease_id="southgate", enquiry_id="ENQ-2")
    older = make_event(lease_id="northfleet", enquiry_id="ENQ-1")
    make_event(lease_id="northfleet", enquiry_id="ENQ-2")
    newest = make_event(lease_id="northfleet", enquiry_id="ENQ-2")
    lost = make_event()
    bars = {
        same: support().get(f"{LIST}?{same}_of={lost.pk}").context["bar"]
        for same in ("driver", "message", "lease_number")
    }
    chats = [
        ("northfleet", "ENQ-2", f"/admin/chat/{newest.pk}/#message"),
        ("northfleet", "ENQ-1", f"/admin/chat/{older.pk}/#message"),
        ("southgate", "ENQ-2", f"/admin/chat/{other.pk}/#message"),
    ]
    assert {
        same: [(chat.lease_id, chat.enquiry_id, url) for chat, url in bar.chats]
        for same, bar in bars.items()
    } == {
        "driver": chats,
        "message": chats,
        "lease_number": [],
    }
    page = support().get(f"{LIST}?driver_of={lost.pk}").content.decode()
    assert "The chat of <bdi>ENQ-2</bdi> (<bdi>southgate</bdi>) as it looks now" in page


def test_the_bar_offers_metas_words_and_codes(db: None) -> None:
    page = support().get(f"{LIST}?kind=message&span=1h")
    bar = page.context["bar"]
    urls = {choice.label: choice.url for choices in bar.words.values() for choice in choices}
    assert list(bar.words) == ["Status word", "Type", "Field"]
    assert urls["image"] == "?word=image&span=1h"
    assert urls["deleted"] == "?word=deleted&span=1h"
    assert urls["account_update"] == "?word=account_update&span=1h"
    assert bar.switches[1].url == "?kind=message&unseen=1&span=1h"
    html = page.content.decode()
    assert '<option value="131049">Held back as too much marketing</option>' in html


def test_what_was_chosen_of_metas_words_can_be_taken_away(db: None) -> None:
    bar = support().get(f"{LIST}?word=image&code=131049&unseen=1").context["bar"]
    [chosen] = [each for choices in bar.words.values() for each in choices if each.chosen]
    assert (chosen.label, chosen.url) == ("image", "?code=131049&unseen=1")
    assert (bar.switches[1].chosen, bar.switches[1].url) == (True, "?word=image&code=131049")
    assert [(tag.title, tag.value, tag.url) for tag in bar.tags] == [
        ("seen", "unseen by customers", "?word=image&code=131049"),
        ("Meta's word", "image", "?code=131049&unseen=1"),
        ("error", "131049 Held back as too much marketing", "?word=image&unseen=1"),
    ]
    [code] = [each for each in bar.codes if each.chosen]
    assert (code.label, code.url) == ("131049", "?word=image&unseen=1")
    assert bar.kept_beside_code == [("word", "image"), ("code", "131049"), ("unseen", "1")]
    [tag] = support().get(f"{LIST}?word=131031").context["bar"].tags
    assert (tag.title, tag.value) == ("Meta's word", "131031 Account locked")
    [tag] = support().get(f"{LIST}?word=new_in_2027").context["bar"].tags
    assert (tag.title, tag.value, tag.url) == ("Meta's word", "new_in_2027", "?")


def test_several_words_and_codes_are_chosen_and_taken_away_one_by_one(db: None) -> None:
    failed, read, late = (
        make_event(kind="status", name=name, error_code=code)
        for name, code in (("failed", 131049), ("read", None), ("failed", 7))
    )
    make_event(kind="status", name="sent")
    assert listed("word=read&word=failed") == [late.pk, read.pk, failed.pk]
    assert listed("code=131049&code=7&code=131026") == [late.pk, failed.pk]
    bar = support().get(f"{LIST}?word=read&word=failed&code=7&code=131049").context["bar"]
    assert [(tag.value.partition(" ")[0], tag.url) for tag in bar.tags] == [
        ("read", "?word=failed&code=7&code=131049"),
        ("failed", "?word=read&code=7&code=131049"),
        ("7", "?word=read&word=failed&code=131049"),
        ("131049", "?word=read&word=failed&code=7"),
    ]
    statuses = {choice.label: choice for choice in bar.words["Status word"]}
    assert (statuses["sent"].chosen, statuses["failed"].chosen) == (False, True)
    assert statuses["sent"].url == "?word=failed&word=read&word=sent&code=7&code=131049"
    assert statuses["failed"].url == "?word=read&code=7&code=131049"
    codes = {choice.label: choice for choice in bar.codes}
    assert codes["131026"].url == "?word=read&word=failed&code=7&code=131026&code=131049"
    assert codes["7"].more == "Unknown code"


def test_a_list_without_a_chat_leads_to_none(db: None) -> None:
    event = make_event()
    assert support().get(f"{LIST}?driver_of={event.pk}").context["bar"].chats == []


def test_choices_keep_what_is_chosen_elsewhere(db: None) -> None:
    event = make_event()
    bar = support().get(f"{LIST}?driver_of={event.pk}&state=failed&kind=text").context["bar"]
    urls = {choice.label: choice.url for choice in (*bar.spans, *bar.states, *bar.kinds)}
    assert urls["Today"] == f"?state=failed&kind=text&span=today&driver_of={event.pk}"
    assert urls["Skipped"] == f"?state=skipped&state=failed&kind=text&driver_of={event.pk}"
    assert urls["Failed"] == f"?kind=text&driver_of={event.pk}"
    assert [choice.label for choice in bar.states if choice.chosen] == ["Failed"]
    assert [choice.label for choice in bar.reasons] == [
        "Malformed",
        "Too large",
        "Refused",
        "Rule raised",
        "Gave up",
    ]


def test_a_window_that_was_typed_in_stays_in_its_form(db: None) -> None:
    bar = support().get(f"{LIST}?state=failed&from=2026-03-02T10:14").context["bar"]
    assert (bar.start, bar.end, bar.kept) == ("2026-03-02T10:14:00", "", [("state", "failed")])
    assert [(tag.title, tag.value) for tag in bar.tags] == [
        ("state", "failed"),
        ("received", "02 Mar 2026 10:14:00 – …"),
    ]


def test_a_replayed_event_took_as_long_as_since_it_was_opened_again(db: None) -> None:
    settled_at = NOON + timedelta(hours=3, milliseconds=60)
    event = make_event(settled_at=settled_at)
    staff, delivery = support(), f"/admin/webhooks/delivery/{event.delivery_id}/change/"
    assert ">3 h<" in staff.get(LIST).content.decode()
    Event.objects.update(reopenings=2, reopened_at=NOON + timedelta(hours=3))
    for address in (LIST, delivery):
        html = staff.get(address).content.decode()
        assert (">60 ms <" in html, ">3 h<" in html) == (True, False)
    page = staff.get(f"{LIST}{event.pk}/change/").content.decode()
    assert "60 ms after it was opened again" in page


def test_the_list_names_the_enquiry_of_an_event(db: None) -> None:
    make_event(enquiry_id="4k9ZqJ0fWm2XbTn8sRvC")
    html = support().get(LIST).content.decode()
    assert '<bdi title="4k9ZqJ0fWm2XbTn8sRvC">4k9ZqJ0fWm2…</bdi>' in html


def test_the_list_is_masked_for_everybody(db: None) -> None:
    make_event(target_id=samples.OUTBOUND_ID)
    for staff in (support(), on_call()):
        html = staff.get(LIST).content.decode()
        for personal in (samples.DRIVER_NUMBER, samples.DRIVER_USER_ID, samples.TEXT_ID):
            assert personal not in html
        assert ">•••234<" in html


def test_a_row_says_why_it_ended_so_where_that_tells_more(db: None) -> None:
    make_event()
    make_event(state="failed", reason="malformed", detail="no id", error_code=131026)
    html = support().get(LIST).content.decode()
    remarks = re.findall(r'class="why" title="([^"]*)"', html)
    assert remarks == [
        "Malformed \N{MIDDLE DOT} no id \N{MIDDLE DOT} 131026 Undeliverable to this number",
        "",
    ]


def test_a_fingerprint_says_what_it_is(db: None) -> None:
    event = make_event()
    for address in (LIST, f"{LIST}{event.pk}/change/"):
        assert re.search(
            r'title="A fingerprint: [^"]*">#\w{6}<', support().get(address).content.decode()
        )


def test_a_filtered_list_costs_a_fixed_number_of_queries(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_events(make_delivery(), count=80, enquiry_id="ENQ-7")
    staff, event = support(), Event.objects.latest("pk")
    address = f"{LIST}?driver_of={event.pk}&enquiry_of={event.pk}&state=failed&from=2026-01-01"
    the_time = 1 if connection.vendor == "postgresql" else 0
    with django_assert_num_queries(13 + the_time):
        staff.get(address)


def test_an_empty_log_says_so(db: None) -> None:
    assert "Nothing is here yet" in support().get(LIST).content.decode()
    assert "No event matches" in support().get(f"{LIST}?state=failed").content.decode()
