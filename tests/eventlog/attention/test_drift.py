"""New departures from Meta's documents are told for a day, known ones never."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from eventlog.attention.drift import PLACES_APART, new_drift
from eventlog.attention.notice import Severity
from eventlog.models import DriftCount
from tests.rows import NOON

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def departs(
    path: str, *, first: int, departure: str = "unknown_key", shape: str = "string"
) -> None:
    """A departure that was first seen so many hours ago and is seen still."""
    DriftCount.objects.create(
        departure=departure,
        path=path,
        shape=shape,
        count=9,
        first_at=NOON - first * HOUR,
        last_at=NOON,
        delivery_id=uuid4(),
    )


def subjects(now: datetime = NOON) -> dict[str, int]:
    return {notice.subject: notice.count for notice in new_drift(now)}


def test_what_is_new_is_told_for_a_day_once_for_each_field() -> None:
    departs("messages[].poll", first=1)
    departs("messages[].poll", first=1, shape="object")
    departs("messages[].quiz", first=23)
    departs("messages[].gif", first=25)
    assert subjects() == {
        "unknown_key messages[].quiz": 1,
        "unknown_key messages[].poll": 1,
    }
    quiz, _ = new_drift(NOON)
    assert (quiz.severity, quiz.first_at) == (Severity.WARNING, NOON - 23 * HOUR)
    since = "01 Mar 2026 13:00:00 UTC"
    assert quiz.words.startswith(f"New in messages[] since {since}: Nothing of this name")
    assert quiz.url == "/admin/eventlog/driftcount/?departure=unknown_key"
    assert subjects(NOON + 2 * HOUR) == {"unknown_key messages[].poll": 1}


def test_each_word_of_metas_is_one_and_each_form_of_a_field_is_not() -> None:
    for shape in ("hologram", "smell"):
        departs("messages[].type", first=1, departure="unknown_word", shape=shape)
    for shape in ("number", "list"):
        departs("messages[].id", first=1, departure="other_type", shape=shape)
    assert subjects() == {
        "unknown_word messages[].type hologram": 1,
        "unknown_word messages[].type smell": 1,
        "other_type messages[].id": 1,
    }


def test_a_key_that_nobody_knows_is_in_no_words() -> None:
    departs("messages[].sheena_nelson", first=1)
    departs("sheena_nelson", first=1)
    assert [notice.subject for notice in new_drift(NOON) if "sheena" in notice.words] == []
    assert len(new_drift(NOON)) == 2


def test_much_at_once_is_one_problem_and_what_is_open_goes_on_besides() -> None:
    for place in range(PLACES_APART + 1):
        departs(f"messages[].key_{place}", first=1)
    found = subjects()
    assert found.pop("payloads") == PLACES_APART + 1
    assert list(found.values()) == [0] * (PLACES_APART + 1)
    (of_all, *_) = new_drift(NOON)
    assert "Meta sends 6 things that it does not document" in of_all.words


def test_much_at_once_is_not_told_one_by_one_as_the_first_of_it_grows_old() -> None:
    for place in range(PLACES_APART + 1):
        departs(f"messages[].key_{place}", first=23 - place)
    assert subjects()["payloads"] == PLACES_APART + 1
    for hours in range(2, PLACES_APART + 2):
        found = subjects(NOON + hours * HOUR)
        assert found.pop("payloads") == PLACES_APART + 2 - hours
        assert set(found.values()) == {0}
    (of_all, *_) = new_drift(NOON + (PLACES_APART + 1) * HOUR)
    assert "Meta sends one thing that" in of_all.words
    departs("messages[].alone", first=-hours)
    assert subjects(NOON + (PLACES_APART + 2) * HOUR) == {"unknown_key messages[].alone": 1}


def test_a_departure_of_a_later_release_is_told_as_well() -> None:
    departs("messages[].id", first=1, departure="of_tomorrow")
    assert subjects() == {"of_tomorrow messages[].id": 1}


def test_what_is_known_is_not() -> None:
    departs("gif", first=25)
    assert new_drift(NOON) == []
