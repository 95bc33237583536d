"""What all that was looked at comes to, and that a look that fails stops no other."""

from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.auth.exceptions import RefreshError

from operations.doctor import firestore, queue
from operations.doctor.examinations import EXAMINATIONS, Examination, examine, finding
from operations.doctor.refusals import seen_of
from operations.doctor.seen import Asked, Health, Seen, cannot_tell, not_looked, well, wrong
from visn_whatsapp.findings import Finding
from visn_whatsapp.google.kept import Unobtainable

WELL, WRONG = well("It is there."), wrong("It is not there.", "Make it.")
UNKNOWN, ELSEWHERE = cannot_tell("It does not answer.", "Wait."), not_looked("It is elsewhere.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], Finding.CANNOT_TELL),
        ([ELSEWHERE], Finding.CANNOT_TELL),
        ([UNKNOWN], Finding.CANNOT_TELL),
        ([WELL, UNKNOWN], Finding.CANNOT_TELL),
        ([WELL, ELSEWHERE], Finding.WELL),
        ([WELL, UNKNOWN, WRONG], Finding.WRONG),
    ],
)
def test_what_it_comes_to(found: list[Seen], expected: Finding) -> None:
    assert finding(found) == expected


def test_a_look_that_breaks_off_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_: Asked) -> Iterator[Seen]:
        yield WELL
        raise KeyError("447700900123")

    looks = [
        Examination(subject="first", look=breaks),
        Examination(subject="second", look=lambda _: [WELL]),
    ]
    seen = [*examine(Asked(), looks)]
    assert [(subject, each.health) for subject, each in seen] == [
        ("first", Health.WELL),
        ("first", Health.CANNOT_TELL),
        ("second", Health.WELL),
    ]
    assert "KeyError" in seen[1][1].words
    assert "447700900123" not in "".join(each.words + each.remedy for _, each in seen)
    assert caplog.messages == ["An examination broke off."]


def test_each_subject_is_one_word_that_fits_its_column() -> None:
    subjects = [each.subject for each in EXAMINATIONS]
    assert len(set(subjects)) == len(subjects)
    assert [subject for subject in subjects if len(subject) > 9 or " " in subject] == []


@pytest.mark.parametrize(
    ("error", "health", "words", "remedy"),
    [
        (exceptions.NotFound("x"), Health.WRONG, "It: NotFound.", "Make the queue, "),
        (exceptions.PermissionDenied("x"), Health.WRONG, "It: PermissionDenied.", "Enable "),
        (exceptions.InvalidArgument("x"), Health.WRONG, "It: InvalidArgument.", "Look at TASKS_"),
        (exceptions.Unauthenticated("x"), Health.WRONG, "It: there are no ", "Look at the service"),
        (RefreshError("x"), Health.WRONG, "It: there are no credentials", "Look at the service"),
        (Unobtainable("x"), Health.WRONG, "It: there are no credentials", "Look at the service"),
        (exceptions.ServiceUnavailable("x"), Health.CANNOT_TELL, "It cannot be ", "Look at the st"),
        (None, Health.CANNOT_TELL, "It cannot be reached (NoneType).", "Look at the status"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_error_of_googles_means(
    error: Exception | None, health: Health, words: str, remedy: str
) -> None:
    seen = seen_of(error, "It", queue.REMEDIES)
    assert seen.health == health
    assert seen.words.startswith(words)
    assert seen.remedy.startswith(remedy)


def test_an_index_that_is_missing_is_told() -> None:
    seen = seen_of(exceptions.FailedPrecondition("x"), "Messages", firestore.REMEDIES)
    assert (seen.health, seen.remedy) == (
        Health.WRONG,
        "Make the index (docs/deployment.md, Firestore).",
    )
