"""How the list of deliveries can be narrowed without reading the whole table."""

from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.questions.misread import Field
from eventlog.questions.windows import Span, received_in, window_of
from eventlog.zones.names import own_zone, zone_named
from webhooks import clock
from webhooks.models import Delivery
from webhooks.whatsapp.payload import Verdict

ODD = "odd"
ZONE = "zone"  # whose days the address means


class ReceivedFilter(ChoiceFilter):
    """By when it was received."""

    title = "received"
    parameter_name = "span"

    zone: tzinfo = UTC  # whose days the address means

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The spans by name."""
        self.zone = zone_named(request.GET.get(ZONE, "")) or UTC
        return [(span.value, span.label) for span in Span]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Each with the zone of its days, which is the reader's, or the one that was sent."""
        for choice, span in zip(super().choices(changelist), (None, *Span), strict=True):
            is_day = span is not None and span.is_day
            zone = own_zone() if is_day else UTC
            named = {ZONE: None if zone == UTC else str(zone)}
            if span is not None:
                choice["query_string"] = changelist.get_query_string(named | {"span": span.value})
            if choice["selected"] and is_day and self.zone != zone:
                choice["display"] = f"{choice['display']} in {self.zone}"
            yield choice

    def fields(self) -> Mapping[str, Field]:
        """The span, and the zone of its days."""
        return {**super().fields(), ZONE: Field(read=zone_named, what="time zone")}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries of the span."""
        span = Span.known(self.value() or "")
        if span is None:
            return queryset
        return queryset.filter(received_in(window_of(span, now=clock.now(), zone=self.zone)))


class RepeatFilter(ChoiceFilter):
    """By whether the same bytes had come before."""

    title = "repeats"
    parameter_name = "repeats"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Repeats alone."""
        return [("only", "repeats only")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The repeats, or all."""
        return queryset.filter(repeat_of__isnull=False) if self.value() == "only" else queryset


class VerdictFilter(ChoiceFilter):
    """By whether it could be read."""

    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All verdicts, and everything that is not readable."""
        words = [(verdict.value, verdict.phrase) for verdict in Verdict]
        return [(ODD, "anything odd"), *words]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries of one verdict. The index holds the odd ones alone."""
        odd = ~Q(verdict=Verdict.READABLE.value)
        if self.value() == ODD:
            return queryset.filter(odd)
        if self.value() == Verdict.READABLE.value:
            return queryset.filter(verdict=self.value())
        return queryset.filter(odd, verdict=self.value()) if self.value() else queryset
