"""Words for people."""

from datetime import timedelta

import pytest

from eventlog.kinds import DISPLAYS
from eventlog.questions.advice import advice
from eventlog.questions.wording import (
    cause,
    duration,
    meaning,
    meaning_of,
    reason_word,
    title,
    word_meaning,
)
from eventlog.templatetags.event_log import kind_icon, outcome
from webhooks.models import Event
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(), "at once"),
        (timedelta(milliseconds=240), "240 ms"),
        (timedelta(milliseconds=999.6), "1.0 s"),
        (timedelta(seconds=1.24), "1.2 s"),
        (timedelta(seconds=9.96), "10 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(seconds=12), "12 s"),
        (timedelta(minutes=3, seconds=5), "3 min 5 s"),
        (timedelta(hours=2, minutes=4, seconds=50), "2 h 4 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(seconds=-2), "2.0 s"),
    ],
)
def test_a_duration_has_the_unit_that_suits_it(span: timedelta, words: str) -> None:
    assert duration(span) == words


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (Kind.TEXT, "text", "Text"),
        (Kind.REACTION, "reaction", "Reaction"),
        (Kind.STATUS, "delivered", "Status delivered"),
        (Kind.MESSAGE, "image", "Message image"),
        (Kind.MESSAGE, "", "Message"),
        (Kind.STATUS, "\u202eweird\u2066", "Status weird"),
        (Kind.CONTAINER, "entry", "Unreadable entry"),
        (Kind.ERROR, "130429", "Error notice 130429"),
        (Kind.ERROR, "447700900102", "Error notice ••••"),
        (Kind.MESSAGE, "+44 (0) 7700-900102", "Message +••••"),
        (Kind.CHANGE, "of 447700900102", "Change of ••••"),
    ],
)
def test_an_event_is_named_by_kind_and_metas_word(kind: Kind, name: str, words: str) -> None:
    assert title(Event(kind=kind, name=name)) == words


def test_a_reason_says_more_than_its_state() -> None:
    assert reason_word(Reason.NO_ACTIVE_TRACKING) == "No active tracking"
    assert reason_word(Reason.NOT_WHATSAPP) == "Not WhatsApp"
    assert reason_word("of_another_release") == "Of another release"
    assert meaning("skipped", "no_person") == Reason.NO_PERSON.meaning
    assert meaning("queued", "") == State.QUEUED.meaning


@pytest.mark.parametrize("reason", list(Reason))
def test_there_is_advice_for_every_outcome(reason: Reason) -> None:
    assert advice(Event(state=reason.state, reason=reason)).endswith(".")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Reason.APPLIED, True),
        (Reason.ALREADY_APPLIED, True),
        (Reason.FAILED_AFTER_DELIVERY, False),
        (Reason.MESSAGE_NOT_FOUND, False),
    ],
)
def test_a_message_that_failed_is_bad_news_though_it_was_processed(
    reason: Reason, told: bool
) -> None:
    failed = Event(kind=Kind.STATUS, name="failed", state=reason.state, reason=reason)
    shown = outcome(failed, failed.state, failed.reason)
    assert ("Not delivered" in shown, "chip-processed" in shown) == (
        told,
        not told and reason.state == State.PROCESSED,
    )
    assert ("did not get the message" in advice(failed)) is told
    delivered = Event(kind=Kind.STATUS, name="delivered", state=reason.state, reason=reason)
    assert "Not delivered" not in outcome(delivered, delivered.state, delivered.reason)


@pytest.mark.parametrize(
    ("word", "symbol"),
    [("sent", "tick"), ("delivered", "ticks"), ("failed", "failed"), ("deleted", "phone")],
)
def test_a_status_wears_the_tick_that_it_sets(word: str, symbol: str) -> None:
    assert f"#icon-{symbol}" in kind_icon(Event(kind=Kind.STATUS, name=word))


@pytest.mark.parametrize("name", ["system", "edit", "revoke", "request_welcome"])
def test_who_wrote_nothing_is_not_asked_to_write_it_as_text(name: str) -> None:
    event = Event(kind=Kind.MESSAGE, name=name, state=State.IGNORED, reason=Reason.UNSUPPORTED_TYPE)
    assert "as text" not in advice(event)
    assert "as text" in advice(Event(kind=event.kind, name="image", reason=event.reason))


TABLES = {
    (kind, reason): DISPLAYS[kind].words
    for kind, reason in {
        Kind.MESSAGE: Reason.UNSUPPORTED_TYPE,
        Kind.STATUS: Reason.UNSUPPORTED_STATUS,
        Kind.CHANGE: Reason.UNSUPPORTED_FIELD,
    }.items()
}
# What facts of Meta's format name: types of messages that are not processed, statuses, fields.
NAMED = {
    Kind.MESSAGE: "image video audio document sticker location contacts interactive button order "
    "system unsupported request_welcome edit revoke media_placeholder",
    Kind.STATUS: "deleted warning accepted held paused captured pending failed",
    Kind.CHANGE: "account_alerts account_review_update account_settings_update account_update "
    "automatic_events business_capability_update business_username_updates calls flows "
    "group_lifecycle_update group_participants_update group_settings_update group_status_update "
    "history message_template_components_update message_template_quality_update "
    "message_template_status_update messaging_handovers partner_solutions "
    "payment_configuration_update phone_number_name_update phone_number_quality_update security "
    "smb_app_state_sync smb_message_echoes standby template_category_update user_id_update "
    "user_preferences",
}


@pytest.mark.parametrize(
    ("kind", "reason", "name"),
    [(kind, reason, name) for (kind, reason), table in TABLES.items() for name in table],
)
def test_what_is_not_processed_says_what_it_is(kind: Kind, reason: Reason, name: str) -> None:
    event = Event(kind=kind, name=name, state=State.IGNORED, reason=reason)
    said = DISPLAYS[kind].words[name]
    assert (meaning_of(event), cause(event), advice(event)) == (said.did, said.did, said.advice)
    assert said.label
    assert (said.did[-1], said.advice[-1]) == (".", ".")


@pytest.mark.parametrize(("kind", "reason"), list(TABLES))
def test_every_word_that_is_known_of_meta_stands_in_a_table(kind: Kind, reason: Reason) -> None:
    assert set(NAMED[kind].split()) <= set(TABLES[kind, reason])


@pytest.mark.parametrize(("kind", "reason"), list(TABLES))
@pytest.mark.parametrize("name", ["", "new_in_2027", "447700900102"])
def test_an_unknown_word_says_that_it_is_unknown(kind: Kind, reason: Reason, name: str) -> None:
    event = Event(kind=kind, name=name, state=State.IGNORED, reason=reason)
    assert "does not know" in meaning_of(event)


def test_an_unsupported_message_says_what_it_would_be() -> None:
    reason = Reason.UNSUPPORTED_TYPE
    event = Event(kind=Kind.MESSAGE, name="unsupported", state=reason.state, reason=reason)
    assert "does not hand over to businesses" in cause(event)
    event.detail = "its own type is poll_creation"
    assert "sent a poll" in cause(event)
    event.detail = "its own type is new_in_2027"
    assert "does not hand over to businesses" in cause(event)


@pytest.mark.parametrize(
    ("reason", "name", "words"),
    [
        (Reason.GROUP, "image", "group chat"),
        (Reason.MALFORMED, "image", "cannot be understood"),
        (Reason.WITHOUT_ITEMS, "user_actions", "clicked"),
        (Reason.WITHOUT_ITEMS, "something, else", "neither messages nor statuses nor errors"),
    ],
)
def test_another_reason_says_more_than_the_word(reason: Reason, name: str, words: str) -> None:
    kind = Kind.CHANGE if reason == Reason.WITHOUT_ITEMS else Kind.MESSAGE
    assert words in meaning_of(Event(kind=kind, name=name, state=reason.state, reason=reason))


def test_a_failure_is_told_by_its_code() -> None:
    event = Event(kind=Kind.STATUS, name="failed", state=State.PROCESSED, reason=Reason.APPLIED)
    assert cause(event) == ""
    event.error_code = 131026
    assert cause(event) == "131026 Undeliverable to this number"
    event.error_code = 424242
    assert cause(event) == "424242 Unknown code"


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_advice_of_its_own_or_for_each_of_its_reasons(state: State) -> None:
    reasons = [reason.value for reason in Reason if reason.state == state] or [""]
    assert [reason for reason in reasons if not advice(Event(state=state, reason=reason))] == []


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("image", "Photo"),
        ("account_update", "Account update"),
        ("131031", "Account locked"),
        ("131098", "Unknown code"),
        ("new_in_2027", ""),
        ("16505551234", ""),
    ],
)
def test_a_word_of_metas_says_what_it_is_and_the_code_of_a_notice_what_it_means(
    word: str, meaning: str
) -> None:
    assert word_meaning(word) == meaning
