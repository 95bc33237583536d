"""What an address asks for and a list leaves out is told."""

import pytest
from django.http import QueryDict

from eventlog.questions.filters import query_string, read_filter
from eventlog.questions.misread import ENDS_FIRST, SPAN_COUNTS, misread

LENGTH = "is no length of time such as 90s, 10m, 2h or 1d and was left out."
MOMENT = (
    "is no moment such as 2026-06-01T10:14, of the years 1970 to 2999 in UTC, and was left out."
)


def told(query: str) -> list[str]:
    """What is told of an address."""
    return list(misread(QueryDict(query), {}))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=unknown", "“unknown” is no state and was left out."),
        ("state=failed&state=lost", "“lost” is no state and was left out."),
        ("reason=x", "“x” is no reason and was left out."),
        ("kind=x", "“x” is no kind of events and was left out."),
        ("word=447700900102", "“••••” is no word of Meta’s and was left out."),
        ("code=abc", "“abc” is no error code, of up to seven digits, and was left out."),
        ("span=year", "“year” is no span of time and was left out."),
        ("span=today&zone=Mars/Base", "“Mars/Base” is no time zone and was left out."),
        ("took=soon", f"“soon” {LENGTH}"),
        ("open=0s", f"“0s” {LENGTH}"),
        ("tries=many", "“many” is no number of tries and was left out."),
        ("driver_of=x", "“x” is no number of an event and was left out."),
        ("delivery=7", "“7” is no id of a delivery and was left out."),
        ("from=yesterday", f"“yesterday” {MOMENT}"),
        ("to=3000-01-01", f"“3000-01-01” {MOMENT}"),
        ("from=1970-01-01T00:00&zone=Asia/Tokyo", f"“1970-01-01T00:00” {MOMENT}"),
        ("from=1969-12-31T15:00%2B00:00", f"“1969-12-31T15:00+00:00” {MOMENT}"),
        ("to=2999-12-31T23:59-05:00", f"“2999-12-31T23:59-05:00” {MOMENT}"),
        ("from=2026-06-02&to=2026-06-01", ENDS_FIRST),
        ("from=2026-06-02&to=2026-06-02", ENDS_FIRST),
        ("span=1h&from=2026-06-02", SPAN_COUNTS),
        ("took=1s&took=2s", "The address says “took” 2 times: the last one counts."),
        ("status=failed", "“status” is nothing that this page can be asked for, and was left out."),
        (
            "&".join(f"word=w{place}" for place in range(31)),
            "The address says “word” 31 times: the first 30 count.",
        ),
        ("state=" + "x" * 99, f"“{'x' * 40}…” is no state and was left out."),
    ],
)
def test_what_is_left_out_is_told(query: str, words: str) -> None:
    assert told(query) == [words]
    understood = query_string(read_filter(QueryDict(query)))
    assert [each for each in told(understood) if each not in (ENDS_FIRST, SPAN_COUNTS)] == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "state=failed&state=skipped&reason=no_person&kind=text&word=failed&word=read&code=0&code=7",
        "from=1970-01-01T09:00&zone=Asia/Tokyo&to=",
        "span=today&zone=Europe/Amsterdam&unseen=1&took=90s&open=10m&tries=2&driver_of=3",
        "state=failed&state=failed&_changelist_filters=x",
    ],
)
def test_of_what_is_understood_nothing_is_told(query: str) -> None:
    assert told(query) == []
