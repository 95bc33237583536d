"""What is counted as it happens, and is a problem where there is much of it within a time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from eventlog.attention.ended import changed_hands, failed, refused, reported, skipped
from eventlog.attention.notice import Notice
from eventlog.figures.numbers import known_numbers
from eventlog.models import ProblemKind
from eventlog.signs.noting import Seen, seen_since
from eventlog.signs.rules import Rule, rules
from webhooks.whatsapp.numbers import canonical

# How a notice is made of a word and how often it was seen.
DESCRIBED: Mapping[ProblemKind, Callable[[str, Seen], Notice]] = {
    ProblemKind.FAILED: failed,
    ProblemKind.SKIPPED: skipped,
    ProblemKind.CODE: reported,
    ProblemKind.TAKEN_OVER: changed_hands,
    ProblemKind.REFUSED: refused,
}
COUNTED = frozenset(DESCRIBED)
# Of more lease numbers than this it is one problem, such as that nobody writes tracking records.
NUMBERS_APART = 5
# Of these a little of each number is a problem of all; of others, it is each company's affair.
OF_ALL = frozenset({ProblemKind.FAILED})


def counted(now: datetime) -> Sequence[Notice]:
    """What was seen of each kind within the time that its rule looks back."""
    chosen = rules()
    found = [notice for kind in DESCRIBED for notice in _of_kind(kind, chosen[kind], now=now)]
    return _with_numbers(found)


def _of_kind(kind: ProblemKind, rule: Rule, *, now: datetime) -> Sequence[Notice]:
    since = now - rule.within if rule.within else now
    by_word: dict[str, list[Notice]] = defaultdict(list)
    for seen in seen_since(kind, since):
        word, _, number = seen.subject.partition(" ")
        notice = DESCRIBED[kind](word, seen)
        by_word[word].append(replace(notice, subject=seen.subject, lease_number=number))
    return [notice for some in by_word.values() for notice in _together(some, rule)]


def _together(notices: Sequence[Notice], rule: Rule) -> Sequence[Notice]:
    """One of all lease numbers where too many have the same; those that are open go on besides.

    What no number has enough of may be enough of all, where the cause may lie with us.
    """
    apart = [each for each in notices if each.lease_number and each.count >= rule.at_least]
    if len(apart) > NUMBERS_APART:
        few, many = [], [*apart, *(each for each in notices if not each.lease_number)]
    elif notices[0].kind in OF_ALL:
        few, many = apart, [each for each in notices if each not in apart]
    else:
        return notices
    if len(many) <= 1:
        return notices
    kept = [each for each in notices if each.lease_number and each not in few]
    return [*few, _merged(many), *(replace(each, count=0) for each in kept)]


def _merged(notices: Sequence[Notice]) -> Notice:
    """All of these as one, of no lease number."""
    word, _, _ = notices[0].subject.partition(" ")
    seen = Seen(
        subject=word,
        count=sum(each.count for each in notices),
        first_at=min(filter(None, (each.first_at for each in notices))),
        last_at=max(filter(None, (each.last_at for each in notices))),
    )
    merged = DESCRIBED[notices[0].kind](word, seen)
    numbers = sum(bool(each.lease_number) for each in notices)
    words = f"{merged.words} That is so of {numbers} lease numbers."
    return replace(merged, subject=word, words=words)


def _with_numbers(notices: Iterable[Notice]) -> Sequence[Notice]:
    """Leads to the events of the number, which an address names by its last event."""
    known = {number.key: number for number in known_numbers()}
    found = []
    for notice in notices:
        number = known.get(canonical(notice.lease_number)) if notice.lease_number else None
        query = f"{notice.query}&lease_number_of={number.last_event}" if number else notice.query
        spelled = number.number if number else notice.lease_number
        found.append(replace(notice, lease_number=spelled, query=query))
    return found
