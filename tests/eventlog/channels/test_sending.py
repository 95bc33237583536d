"""What each service is sent, met at a server of this machine in its place.

Slack, Google Chat, Teams and PagerDuty have addresses of their own, so a proxy answers that has a
certificate for them. What PagerDuty takes is what it publishes; of the others the form is that of
their pages.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from eventlog.attention.notice import Severity
from eventlog.channels.letters import Letter
from eventlog.channels.sending import NotSent, send
from tests.deploy.certificate import certify
from tests.deploy.recorder import Asked, Recorder, recording
from tests.eventlog.channels.receivers import mail_server, web_server

URL = "https://admin.test/admin/problems/7/"
TITLE = "Opened: Overdue events (problem 7, urgent)"
OPENED = Letter(
    key="0123456789abcdef" * 2,
    notifications=(11,),
    title=TITLE,
    body=f"It is a.\n{URL}",
    is_bad=True,
    is_over=False,
    severity=Severity.URGENT,
    problem=7,
)
WARNED = replace(OPENED, severity=Severity.WARNING)
RESOLVED = replace(OPENED, title="Resolved: …", is_bad=False, is_over=True)
TEST = replace(OPENED, title="A test", is_bad=False, problem=None)
LONG = replace(OPENED, body="It is long. " * 5000)

SLACK = "slack://TAAAAAAAA/BAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAAAA/%23ops"
CHAT = "gchat://WORKSPACE/KEY/TOKEN"
TEAMS = "workflows://prod-01.westeurope.logic.azure.com/WORKFLOW/SIGNATURE"
PAGER = f"pagerduty://{'a' * 32}@{'b' * 20}/visn-whatsapp"
# What each says to what it has taken.
TAKEN = {
    "hooks.slack.com": (200, b"ok"),
    "chat.googleapis.com": (200, {"name": "spaces/WORKSPACE/messages/1"}),
    "prod-01.westeurope.logic.azure.com": (202, b""),
    "events.pagerduty.com": (202, {"status": "success", "dedup_key": "x"}),
}
# What its API says of a body (PagerDuty's own description of its Events API v2, of August 2026).
TAKEN_BY_PAGERDUTY = {
    "type": "object",
    "required": ["routing_key", "event_action"],
    "properties": {
        "routing_key": {"type": "string"},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "maxLength": 255},
        "client": {"type": "string"},
        "payload": {
            "type": "object",
            "required": ["summary", "severity", "source"],
            "properties": {
                "summary": {"type": "string", "maxLength": 1024},
                "severity": {"enum": ["critical", "warning", "error", "info"]},
                "source": {"type": "string"},
                "component": {"type": "string"},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """Whoever is asked takes it."""
    with recording(tmp_path, lambda asked: TAKEN[asked.host]) as recorder:
        for name, value in recorder.environment().items():
            monkeypatch.setenv(name, value)
        yield recorder


def sent(services: Recorder, address: str, letter: Letter = OPENED) -> Asked:
    send(address, letter)
    return services.asked[-1]


def test_slack_takes_an_attachment(services: Recorder) -> None:
    asked = sent(services, SLACK)
    assert asked.path == "/services/TAAAAAAAA/BAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAAAA"
    [attachment] = asked.body.pop("attachments")
    assert asked.body == {"mrkdwn": False, "channel": "#ops"}
    assert attachment.pop("ts") > 0
    red = attachment.pop("color")
    assert attachment == {"title": TITLE, "text": OPENED.body, "footer": "visn-whatsapp"}
    others = [sent(services, SLACK, each).body["attachments"][0] for each in (WARNED, RESOLVED)]
    assert len({red, *(each["color"] for each in others)}) == 3


def test_google_chat_takes_a_text(services: Recorder) -> None:
    asked = sent(services, CHAT)
    assert asked.path == "/v1/spaces/WORKSPACE/messages"
    assert asked.query == {"key": ["KEY"], "token": ["TOKEN"]}
    assert asked.body == {"text": f"*{TITLE}*\n{OPENED.body}"}
    assert 3000 < len(sent(services, CHAT, LONG).body["text"]) <= 4096


def test_teams_takes_an_adaptive_card(services: Recorder) -> None:
    asked = sent(services, TEAMS)
    assert asked.path == "/workflows/WORKFLOW/triggers/manual/paths/invoke"
    assert asked.query["sig"] == ["SIGNATURE"]
    [attachment] = asked.body["attachments"]
    assert asked.body["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    title, text = card["body"]
    assert {title["type"], text["type"]} == {"TextBlock"}
    assert title["text"] == TITLE
    assert text["text"].replace("\\", "") == OPENED.body  # which is Markdown there


def test_pagerduty_has_an_incident_for_each_problem_which_ends_with_it(services: Recorder) -> None:
    asked = [sent(services, PAGER, each) for each in (OPENED, WARNED, RESOLVED)]
    bodies = [each.body for each in asked]
    for each in bodies:
        jsonschema.validate(each, TAKEN_BY_PAGERDUTY)
    assert [each["event_action"] for each in bodies] == ["trigger", "trigger", "resolve"]
    assert {each["dedup_key"] for each in bodies} == {"visn-whatsapp-problem-7"}
    severities = [each["payload"]["severity"] for each in bodies[:2]]
    assert severities == ["critical", "warning"]
    assert bodies[0]["payload"]["source"] == bodies[0]["client"] == "visn-whatsapp"
    assert bodies[0]["payload"]["summary"].split() == f"{TITLE} {OPENED.body}".split()


def test_pagerduty_has_one_incident_for_tests_and_takes_what_is_long(services: Recorder) -> None:
    for letter in (TEST, LONG):
        jsonschema.validate(sent(services, PAGER, letter).body, TAKEN_BY_PAGERDUTY)
    assert services.asked[0].body["dedup_key"] == "visn-whatsapp-test"


@pytest.mark.parametrize("address", [SLACK, CHAT, TEAMS, PAGER])
def test_what_a_service_refuses_is_not_sent(
    services: Recorder, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(services, "answer", lambda _: (403, b"no_service"))
    with pytest.raises(NotSent, match="it did not take it"):
        send(address, OPENED)
    assert len(services.asked) == 1


@pytest.mark.parametrize("address", [SLACK, CHAT, TEAMS, PAGER])
def test_nothing_leads_elsewhere(services: Recorder, address: str) -> None:
    """No picture and no name of the library's: who reads would ask whoever has them."""
    words = str(sent(services, address).body)
    assert "apprise" not in words.lower()
    assert "github" not in words


def test_a_letter_has_one_id_in_a_webhook_however_often_it_comes() -> None:
    with web_server() as received:
        address = f"signed://secret@127.0.0.1:{received.port}/hook"
        for _ in range(2):
            send(address, OPENED)
        send(f"json://127.0.0.1:{received.port}/hook", OPENED)
    assert [each["X-Notification-Id"] for each in received.headers] == [OPENED.key] * 3
    assert received.bodies[0] == received.bodies[1]
    assert f'"id": "{OPENED.key}"'.encode() in received.bodies[0]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    files = certify(tmp_path, ["localhost"])
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    return files


def test_a_mail_goes_encrypted_and_by_name(certificate: tuple[Path, Path]) -> None:
    with mail_server(certificate) as received:
        address = address_of(received.port)
        send(address("log:s3cret"), OPENED)
        send(address("log:s3cret"), OPENED)
        with pytest.raises(NotSent):
            send(address("log:another"), OPENED)
    first, second = received.mails
    assert (first["Subject"], first["To"]) == (TITLE, "on-call@example.com")
    assert first["X-Notification-Id"] == second["X-Notification-Id"] == OPENED.key
    assert first["Message-ID"] != second["Message-ID"]  # which is the library's to choose


def address_of(port: int) -> Callable[[str], str]:
    def address(user: str) -> str:
        more: Any = "from=log@example.com&to=on-call@example.com&mode=starttls"
        return f"mailtos://{user}@localhost:{port}?{more}"

    return address


def test_a_server_that_nobody_vouches_for_gets_no_password(tmp_path: Path) -> None:
    with mail_server(certify(tmp_path, ["localhost"])) as received, pytest.raises(NotSent):
        send(address_of(received.port)("log:s3cret"), OPENED)
    assert received.mails == []
