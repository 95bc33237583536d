"""What is told of an event: enough to find it, and nothing of people."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eventlog.tail.lines import HEAD, data, line
from sandbox import samples
from tests.rows import NOON, make_delivery, make_event
from webhooks.models import Event

pytestmark = pytest.mark.django_db

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
COLUMNS_AT_MOST = 100
NUMBER, USER_ID = "447700900123", "GB.13491208655302741918"
TARGET = samples.wamid("447700900456", 9)


def event(**fields: Any) -> Event:
    """One of everybody whom an event may name."""
    usual = {
        "lease_number": "15550001111",
        "person_number": NUMBER,
        "person_user_id": USER_ID,
        "message_id": samples.wamid(NUMBER, 7),
        "target_id": TARGET,
        "settled_at": NOON + timedelta(seconds=1),
    }
    return make_event(make_delivery(), **(usual | fields))


def test_a_line_is_read_at_a_glance() -> None:
    made = event(pk=4711, kind="status", name="delivered", reason="failed_after_delivery")
    assert line(made) == (
        "03-02 12:00:01 processed failed_after_delivery Status delivered    "
        "•••••••••123 ••••••••111  4711"
    )
    assert len(line(made)) <= COLUMNS_AT_MOST
    assert line(made).index("4711") == HEAD.index("event")


def test_why_a_message_failed_stands_at_the_end() -> None:
    made = event(kind="status", name="failed", error_code=131049)
    assert line(made).endswith(f"{made.pk} 131049 Held back as too much marketing")


def test_whoever_has_no_number_is_told_by_the_end_of_their_user_id() -> None:
    made = event(person_number="")
    assert " GB.•••••918 " in line(made)
    assert data(made)["driver"] == "GB.•••••918"


@pytest.mark.parametrize("tell", [line, lambda event: json.dumps(data(event), ensure_ascii=False)])
def test_nothing_of_people_is_told(tell: Any) -> None:
    made = event(name=f"new {NUMBER}", kind="message")
    words = tell(made)
    assert "••••" in words
    for secret in (NUMBER, USER_ID, "15550001111", "447700900456", made.message_id, TARGET):
        assert secret not in words
        assert secret[-6:] not in words


def test_no_word_of_metas_commands_the_terminal() -> None:
    made = event(kind="message", name="\x1b[2Jim\u202eage\n", detail="a\rb\x07")
    assert "Message ?[2Jimage? " in line(made)
    assert line(made).endswith("a?b?")


def test_the_runbook_says_what_each_key_of_json_means() -> None:
    [section] = re.findall(
        r"^## Watching.*?(?=^## )", RUNBOOK.read_text(), re.MULTILINE | re.DOTALL
    )
    explained = re.findall(
        r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))
    )
    assert explained == list(data(event()))


def test_json_tells_moments_to_the_millisecond() -> None:
    told = data(
        event(state="waiting", settled_at=None, started_at=NOON + timedelta(milliseconds=5))
    )
    assert told["since"] == "2026-03-02T12:00:00.005+00:00"
    assert told["received_at"] == "2026-03-02T12:00:00.000+00:00"
