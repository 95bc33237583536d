"""What other services are told: the words of the pages, and no second ones."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from eventlog.attention.notice import Severity
from eventlog.figures.board import Board
from eventlog.figures.by_number import ByNumber
from eventlog.figures.numbers import KnownNumber
from eventlog.figures.tally import Tally
from eventlog.models import Problem as ProblemRow
from eventlog.models import ProblemKind
from eventlog.problems import said
from eventlog.problems.listing import Standing
from eventlog.questions.masking import Sight
from eventlog.questions.wording import cause, meaning_of, title
from eventlog.tail.lines import data
from webhooks.models import Event
from webhooks.outcomes import State


class Told(serializers.Serializer[Any]):
    """One event: what `tail_events --json` says of it, and what it means in words."""

    event = serializers.IntegerField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    reason = serializers.CharField(help_text="Empty as long as nothing was decided.")
    meaning = serializers.CharField()
    cause = serializers.CharField(help_text="What lies behind it, such as an error of Meta's.")
    detail = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField(help_text="Meta's own word, such as `delivered`.")
    error_code = serializers.IntegerField(allow_null=True)
    lease_number = serializers.CharField(help_text="Masked unless it is revealed, as the next.")
    driver = serializers.CharField(help_text="Their number, or else their user id.")
    message_id = serializers.CharField(help_text="Masked: `#` and six characters.")
    target_id = serializers.CharField(help_text="Of the message that it is about.")
    received_at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="How long it has stood so.")
    delivery = serializers.UUIDField()
    position = serializers.IntegerField(help_text="In its delivery, from 0.")


class Page(serializers.Serializer[Any]):
    """Events, the newest first, and where the next page begins."""

    events = Told(many=True)
    next = serializers.CharField(allow_null=True, help_text="The query of the next page.")


class About(serializers.Serializer[Any]):
    """The newest events that are this message, change it or refer to it."""

    events = Told(many=True)
    more = serializers.BooleanField(help_text="Whether there are older ones.")


class Problem(serializers.Serializer[Any]):
    """What the front page asks somebody to see to: what `watch --json` says of it."""

    problem = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[each.value for each in ProblemKind])
    severity = serializers.ChoiceField(choices=[each.value for each in Severity])
    state = serializers.ChoiceField(choices=ProblemRow.State.values)
    lease_number = serializers.CharField(help_text="Masked; empty where it is of none.")
    words = serializers.CharField()
    since = serializers.DateTimeField(help_text="When it opened this time.")
    last = serializers.DateTimeField(help_text="When it was seen last.")
    times = serializers.IntegerField(help_text="How often it has opened.")
    owner = serializers.CharField(help_text="Who has taken it up, if anybody.")
    page = serializers.CharField(help_text="The path in the event log that shows it, if any.")


class Problems(serializers.Serializer[Any]):
    """What is open or acknowledged, the worst first; none if all is well."""

    problems = Problem(many=True)
    more = serializers.BooleanField(help_text="Whether there are more than these.")
    looked_at = serializers.DateTimeField(allow_null=True, help_text="Null: never.")
    is_late = serializers.BooleanField(
        help_text="Nobody has looked for so long that nothing is known."
    )


class CountsOfNumber(serializers.Serializer[Any]):
    """What came of one lease number in a span of time."""

    events = serializers.IntegerField()
    open = serializers.IntegerField()
    states = serializers.DictField(child=serializers.IntegerField())
    reasons = serializers.DictField(child=serializers.IntegerField())
    kinds = serializers.DictField(child=serializers.IntegerField())
    codes = serializers.DictField(child=serializers.IntegerField())
    unseen = serializers.IntegerField(help_text="Sent by drivers and in no chat.")
    waited = serializers.IntegerField()
    retries = serializers.IntegerField()


class Counts(CountsOfNumber):
    """What came in a span of time. Of a delivery nobody can say of which number it is."""

    deliveries = serializers.IntegerField()
    repeats = serializers.IntegerField()
    items = serializers.IntegerField()


class Bar(serializers.Serializer[Any]):
    """One of the spans that a stretch is made of."""

    start = serializers.DateTimeField()
    states = serializers.DictField(child=serializers.IntegerField())


class Figures(serializers.Serializer[Any]):
    """The figures of the front page."""

    stretch = serializers.CharField()
    start = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="What came later is not counted yet.")
    total = Counts()
    bars = Bar(many=True)


class LeaseNumber(serializers.Serializer[Any]):
    """One lease number in all its spellings."""

    number = serializers.IntegerField(help_text="Stands for it, also in the next answer.")
    lease_number = serializers.CharField(help_text="Masked unless it is revealed.")
    first_event_at = serializers.DateTimeField()
    last_event_at = serializers.DateTimeField()
    total = CountsOfNumber()


class LeaseNumbers(serializers.Serializer[Any]):
    """The figures of lease numbers, each by itself."""

    stretch = serializers.CharField()
    start = serializers.DateTimeField()
    until = serializers.DateTimeField(
        allow_null=True, help_text="What came later is not counted yet. Null: nothing is."
    )
    numbers = LeaseNumber(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="`after` of the next page.")


class Wrong(serializers.Serializer[Any]):
    """Why nothing was done."""

    error = serializers.CharField()


def event(row: Event, sight: Sight) -> dict[str, Any]:
    """As `Told`."""
    words = {"title": title(row), "meaning": meaning_of(row), "cause": cause(row)}
    return data(row, sight) | words


def problems(found: Standing) -> dict[str, Any]:
    """As `Problems`."""
    return {
        "problems": [said.data(each.row) | {"page": each.url} for each in found.lines],
        "more": found.more,
        "looked_at": found.looked_at,
        "is_late": found.is_late,
    }


def figures(board: Board) -> dict[str, Any]:
    """As `Figures`."""
    return {
        "stretch": board.stretch,
        "start": board.start,
        "until": board.gap[0] if board.gap else board.until,
        "total": _counts(board.total, Counts),
        "bars": [{"start": bar.start, "states": bar.tally.states} for bar in board.bars],
    }


def lease_numbers(
    found: ByNumber, numbers: Sequence[KnownNumber], sight: Sight, *, more: bool
) -> dict[str, Any]:
    """As `LeaseNumbers`."""
    return {
        "stretch": found.stretch,
        "start": found.start,
        "until": found.until,
        "numbers": [
            {
                "number": each.pk,
                "lease_number": sight.number(each.number),
                "first_event_at": each.first_event_at,
                "last_event_at": each.last_event_at,
                "total": _counts(found.totals.get(each.key, Tally()), CountsOfNumber),
            }
            for each in numbers
        ],
        "next": numbers[-1].pk if more else None,
    }


def _counts(tally: Tally, told: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    names = map(str, told().fields)
    return {name: getattr(tally, name) for name in names}
