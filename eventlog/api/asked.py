"""What other services ask for. What is not understood is refused, not passed over as in an address.

No field that stands in an address holds personal data: a message's id is asked for in a body.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rest_framework import serializers

from eventlog.figures.board import Stretch
from eventlog.questions.filters import AT_ONCE, EventFilter
from eventlog.questions.matches import LONGEST_WORD
from eventlog.questions.windows import Window
from eventlog.replay.fates import Fate
from eventlog.replay.sealed import Unsealable, unseal
from webhooks.outcomes import Reason, State
from webhooks.whatsapp.items import Kind

DEFAULT_WINDOW = timedelta(hours=24)
LONGEST_WINDOW = timedelta(days=31)
MOST_EVENTS = 100  # in one answer
MOST_NUMBERS = 50  # in one answer
MOST_REPLAYED = 1000  # that are named one by one
LARGEST_ID = 2**63 - 1
LARGEST_CODE = 2**31 - 1
SEVERAL = ("state", "reason", "kind", "code")  # of which any may be, each by itself
CURSOR = r"^[0-9]{1,17}-[0-9]{1,18}$"  # microseconds since 1970 of an event, and its id
EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)  # before WhatsApp
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

Given = Mapping[str, Any]


def _one_of(words: Any) -> serializers.MultipleChoiceField:
    return serializers.MultipleChoiceField(
        choices=[word.value for word in words if word], required=False
    )


class Which(serializers.Serializer[Any]):
    """Events, by how they stand, what they are, and when they came."""

    state = _one_of(State)
    reason = _one_of(Reason)
    kind = _one_of(Kind)
    code = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=LARGEST_CODE),
        max_length=AT_ONCE,
        required=False,
        help_text="Meta’s error codes.",
    )
    delivery = serializers.UUIDField(format="hex_verbose", required=False)
    start = serializers.DateTimeField(required=False, help_text="24 hours before `end` by itself.")
    end = serializers.DateTimeField(required=False, help_text="Now by itself.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuses moments that no clock shows."""
        given = [attrs[name] for name in ("start", "end") if name in attrs]
        if not all(EARLIEST <= moment <= LATEST for moment in given):
            raise serializers.ValidationError("start and end must be moments of this age.")
        return attrs


class Events(Which):
    """A page of events, the newest first."""

    event = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_EVENTS, default=MOST_EVENTS)
    cursor = serializers.RegexField(CURSOR, required=False, help_text="As in `next` of a page.")
    reveal = serializers.BooleanField(default=False)


class Message(serializers.Serializer[Any]):
    """One message, by Meta's id of it."""

    message_id = serializers.CharField(max_length=LONGEST_WORD)
    reveal = serializers.BooleanField(default=False)


class Figures(serializers.Serializer[Any]):
    """A stretch of time that ends now."""

    stretch = serializers.ChoiceField(
        choices=[stretch.value for stretch in Stretch], default=Stretch.DAY.value
    )


class LeaseNumbers(Figures):
    """A page of lease numbers, in the order in which they were first seen."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_NUMBERS, default=MOST_NUMBERS)
    after = serializers.IntegerField(
        min_value=0, max_value=LARGEST_ID, default=0, help_text="The last `number` of a page."
    )
    reveal = serializers.BooleanField(default=False)


class Replayed(serializers.Serializer[Any]):
    """A replay that was asked for."""

    id = serializers.UUIDField(format="hex_verbose")


class Choice(Replayed):
    """A replay to be looked at: of events of a choice, or named one by one."""

    name = serializers.CharField(max_length=100, required=False)
    events = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        min_length=1,
        max_length=MOST_REPLAYED,
        required=False,
    )
    which = Which(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuses what names no events, or names them in two ways."""
        if ("events" in attrs) == ("which" in attrs):
            raise serializers.ValidationError("Either events or which.")
        return attrs


class Replay(Choice):
    """The same, to be begun."""

    foreseen = serializers.CharField(
        required=False, help_text="What its preview has shown, as it gave it: good for a day."
    )

    def validate_foreseen(self, word: str) -> Mapping[int, Fate]:
        """By event. Refuses what no preview has given, or none of today."""
        try:
            return unseal(word)
        except Unsealable as error:
            raise serializers.ValidationError("Of no preview, or of one too old.") from error


def filter_of(given: Given, *, now: datetime) -> EventFilter:
    """The filter that the pages of the event log have for the same, in a window with two ends.

    The events of a delivery cannot become more, so they need none. Raises ValidationError for a
    window that is too long to look through.
    """
    end = min(given.get("end", now), now)
    start = given.get("start", end - DEFAULT_WINDOW)
    if end - start > LONGEST_WINDOW:
        raise serializers.ValidationError("end must be after start by 31 days at most.")
    return EventFilter(
        states=tuple(State.of(word) for word in sorted(given.get("state", ()))),
        reasons=tuple(Reason.of(word) for word in sorted(given.get("reason", ()))),
        kinds=tuple(Kind.of(word) for word in sorted(given.get("kind", ()))),
        codes=tuple(sorted(set(given.get("code", ())))),
        delivery=given.get("delivery"),
        window=Window() if "delivery" in given else Window(start=start, end=end),
    )


def closed(given: Given, wanted: EventFilter) -> dict[str, Any]:
    """The same question with its window as it was now, whenever it is asked."""
    ends = {"start": wanted.window.start, "end": wanted.window.end}
    return {
        **{name: sorted(given[name]) for name in SEVERAL if name in given},
        **({"delivery": given["delivery"]} if "delivery" in given else {}),
        **{name: moment.isoformat() for name, moment in ends.items() if moment},
    }
