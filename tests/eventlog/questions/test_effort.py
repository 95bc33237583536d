"""What a page reads of a payload, and what it had better not: by counted work."""

import json

import pytest

from eventlog.questions.effort import MOST_MARKS, is_too_much, marks_in
from eventlog.questions.shown_bytes import shown_bytes
from eventlog.questions.tree import READ_MARKS
from sandbox import samples
from webhooks.whatsapp import spans


def payload(value: object) -> bytes:
    """A text with such a value beside it."""
    message = samples.text() | {"beside": value}
    change = samples.change(messages=[message])
    return samples.encode(samples.envelope(samples.entry(change)))


def nested(value: object, depth: int) -> object:
    """The value in so many lists, one within the other."""
    for _ in range(depth):
        value = [value]
    return value


ALMOST = MOST_MARKS - 200  # beside the marks of the text
ODD = {
    "lists": [[]] * (ALMOST // 2),
    "members": {str(n): 1 for n in range(ALMOST // 2)},
    "lists deep down": nested([[]] * (ALMOST // 2), 35),
    "deep lists": [nested(1, 30)] * (ALMOST // 31),
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many marks each value had that was read to find its end."""
    found: list[int] = []
    end_of = spans.end_of

    def counted(text: str, at: int) -> int:
        end = end_of(text, at)
        found.append(marks_in(text, at, end))
        return end

    monkeypatch.setattr(spans, "end_of", counted)
    return found


@pytest.mark.parametrize("odd", ODD)
def test_whatever_the_values_are_a_page_reads_so_much_and_no_more(
    read: list[int], odd: str
) -> None:
    """Of the whole payload: it, and each of the seven levels down to an item."""
    body = payload(ODD[odd])
    assert not is_too_much(body)
    assert shown_bytes(body, revealed=True, own=0).tree is not None
    assert MOST_MARKS < sum(read) < READ_MARKS + 10 * MOST_MARKS


def test_of_more_values_nothing_is_read(read: list[int]) -> None:
    body = payload([[]] * MOST_MARKS)
    for revealed in (True, False):
        shown = shown_bytes(body, revealed=revealed, own=0)
        assert (shown.tree, shown.is_too_much, shown.size) == (None, True, len(body))
    assert read == []


def test_the_largest_deliveries_of_meta_are_not_too_much() -> None:
    contacts = [samples.contact()] * 1000
    failed = [samples.status(word="failed", errors=[samples.FAILURE])] * 1000
    texts = [samples.text(reply_to=samples.OUTBOUND_ID, body="one, two: " * 10)] * 1000
    for change in (
        samples.change(statuses=failed, contacts=contacts),
        samples.change(messages=texts, contacts=contacts),
    ):
        assert not is_too_much(samples.encode(samples.envelope(samples.entry(change))))


@pytest.mark.parametrize("value", ["[]", "[1,2,[3]]", '{"a":{"b":",:[{"}}', "[[],{},1]"])
def test_there_are_never_fewer_marks_than_values(value: str) -> None:
    def count(each: object) -> int:
        within = each.values() if isinstance(each, dict) else each
        return 1 + sum(map(count, within)) if isinstance(within, list | type({}.values())) else 1

    assert marks_in(value) == marks_in(value.encode())
    assert marks_in(value) + 1 >= count(json.loads(value))
