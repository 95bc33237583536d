"""The filters of `deploy/monitoring/`, run against lines that our code logs and prints."""

import json
import logging
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from eventlog.figures.rhythm import WEEK
from eventlog.figures.rollups import roll_up
from eventlog.watching import tell_the_log
from tests.deploy.log_filter import Term, matches, parse
from tests.deploy.monitoring import METRICS, alert, log_filters, metric
from tests.eventlog.figures.ledger import MINUTE, NOON, SECOND, make_delivery, make_event
from tests.test_log_lines import calls
from visn_whatsapp.commands import told
from visn_whatsapp.findings import Finding
from visn_whatsapp.logs import JsonFormatter
from webhooks import chores
from webhooks.authentication import Cause, sign
from webhooks.chores import Chore
from webhooks.outcomes import Reason

FILTERS = log_filters()
NOW = NOON + 2 * MINUTE + SECOND
# Of a line of JSON, these become fields of the entry itself, and the rest its jsonPayload.
# https://cloud.google.com/logging/docs/structured-logging
TAKEN_OUT = {"severity", "time"}
PRINTED = {"finding"}  # by commands, whose JSON is no line of a logger


def entry(kind: str, name: str, line: dict[str, Any]) -> dict[str, Any]:
    """A line as Cloud Logging holds it, of a job or a service."""
    label = "job_name" if kind == "cloud_run_job" else "service_name"
    payload = {key: value for key, value in line.items() if key not in TAKEN_OUT}
    return {"resource": {"type": kind, "labels": {label: name}}, "jsonPayload": payload}


def taken_by(found: dict[str, Any]) -> set[str]:
    """The filters that take an entry."""
    return {name for name, words in FILTERS.items() if matches(words, found)}


def lines(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonFormatter().format(record)) for record in log.records]


def messages(terms: list[Term]) -> frozenset[str]:
    """The sentences that a filter names."""
    return next((each.values for each in terms if each.field[1:] == ("message",)), frozenset())


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_names_sentences_and_fields_that_the_code_writes(name: str) -> None:
    terms = parse(FILTERS[name])
    fields = {each.field[1] for each in terms if each.field[0] == "jsonPayload"} - {"message"}
    if name.startswith("metrics/"):
        made = metric(name.partition("/")[2])
        extractors = [made.get("valueExtractor", ""), *made.get("labelExtractors", {}).values()]
        fields |= {field for each in extractors for field in re.findall(r"Payload\.(\w+)", each)}
    written = {call.sentence(): call.fields() or set() for call in calls()}
    sentences = messages(terms)
    assert sentences <= written.keys()
    assert sentences or fields <= PRINTED
    for sentence in sentences:
        assert fields <= written[sentence]


@pytest.mark.parametrize("words", ["", 'severity="ERROR"', 'a.b="x" OR a.c="y"', "a.b=7", "a.b>1"])
def test_what_is_not_understood_is_refused(words: str) -> None:
    if not words:
        assert parse(words) == []
        return
    with pytest.raises(ValueError, match="not understood"):
        parse(words)


@pytest.mark.django_db
def test_a_minute_in_which_all_is_well_is_counted_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "eventlog.watching")
    tell_the_log(now=NOW)
    [line] = lines(caplog)
    well = {"metrics/ledger_standing", "metrics/oldest_event_seconds"}
    assert taken_by(entry("cloud_run_revision", "queue-services", line)) == well
    assert taken_by(entry("cloud_run_job", "manage", line)) == set()


@pytest.mark.django_db
def test_a_minute_in_which_nothing_is_well_is_seen_by_all(caplog: pytest.LogCaptureFixture) -> None:
    for week in (1, 2, 3):
        for minute in range(30):
            make_event(at=NOON - week * WEEK + minute * MINUTE, lease_number="15550000001")
    late = NOON + timedelta(hours=1)
    roll_up(clock=lambda: late, until=NOON + WEEK)
    make_event(Reason.NONE, late - 16 * MINUTE, lease_number="15550000002")
    make_event(at=late - 2 * MINUTE, lease_number="15550000002")
    chores.note(Chore.SWEEPER, now=late - 6 * MINUTE)
    caplog.set_level(logging.INFO, "eventlog.watching")
    tell_the_log(now=late)
    seen = [taken_by(entry("cloud_run_revision", "queue-services", line)) for line in lines(caplog)]
    assert set().union(*seen) == {
        *("metrics/ledger_standing", "metrics/oldest_event_seconds", "metrics/document_seconds"),
        *("metrics/overdue_minutes", "metrics/oldest_event_minutes"),
        *("metrics/silent_number_minutes", "alerts/chore-late"),
    }


@pytest.mark.django_db
def test_a_ledger_that_does_not_add_up_is_seen() -> None:
    make_delivery(items=2)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("accounted", "--json", stdout=out)
    printed = json.loads(out.getvalue())
    assert taken_by(entry("cloud_run_job", "accounted", printed)) == {
        "alerts/ledger-does-not-add-up"
    }


@pytest.mark.parametrize("finding", Finding)
def test_chats_that_lack_something_are_seen(finding: Finding) -> None:
    seen = taken_by(entry("cloud_run_job", "reconcile", told(finding)))
    assert seen == ({"alerts/chats-lack-something"} if finding == Finding.WRONG else set())


@pytest.mark.django_db
@pytest.mark.parametrize("signature", [{}, {"X-Hub-Signature-256": sign(b"{}", secret="another")}])
def test_a_refused_webhook_is_counted_by_its_reason(
    client: Client, caplog: pytest.LogCaptureFixture, signature: dict[str, str]
) -> None:
    client.post(
        "/v1/webhooks/whatsapp/webhook", b"{}", content_type="application/json", headers=signature
    )
    [line] = lines(caplog)
    assert taken_by(entry("cloud_run_revision", "repair-serve-api", line)) == {
        "metrics/webhooks_refused"
    }
    assert line["reason"] == (Cause.MISMATCH if signature else Cause.MISSING)


def test_the_alert_is_about_those_that_were_signed_with_another_secret() -> None:
    [condition] = alert("webhooks-refused")["conditions"]
    words = condition["conditionThreshold"]["filter"]
    assert re.findall(r'metric\.labels\.reason="(\w+)"', words) == [Cause.MISMATCH]


def test_every_filter_names_a_line_or_a_finding() -> None:
    """And each of the log's metrics has one."""
    assert {f"metrics/{name}" for name in METRICS} <= FILTERS.keys()
    for words in FILTERS.values():
        fields = {each.field for each in parse(words)}
        assert fields & {("jsonPayload", "message"), ("jsonPayload", "finding")}
