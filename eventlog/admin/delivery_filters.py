"""How the list of deliveries can be narrowed without reading the whole table."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from eventlog.questions.windows import Span, received_in, window_of
from webhooks import clock
from webhooks.models import Delivery
from webhooks.whatsapp.payload import Verdict

ODD = "odd"


class ReceivedFilter(SimpleListFilter):
    """By when it was received."""

    title = "received"
    parameter_name = "span"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The spans by name."""
        return [(span.value, span.label) for span in Span]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries of the span."""
        span = Span.known(self.value() or "")
        if span is None:
            return queryset
        return queryset.filter(received_in(window_of(span, now=timezone.localtime(clock.now()))))


class RepeatFilter(SimpleListFilter):
    """By whether the same bytes had come before."""

    title = "repeats"
    parameter_name = "repeats"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Repeats alone."""
        return [("only", "repeats only")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The repeats, or all."""
        return queryset.filter(repeat_of__isnull=False) if self.value() == "only" else queryset


class VerdictFilter(SimpleListFilter):
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
