"""The lists of the log as pages by key: no list counts a table, however deep one reads."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, QueryDict

from eventlog.admin.choice_filter import ChoiceFilter
from eventlog.moments import read_moment
from eventlog.questions.misread import Field, left_out
from eventlog.questions.windows import (
    MOMENT,
    NEWER,
    NEWEST_FIRST,
    OLDER,
    newer_than,
    older_than,
)
from eventlog.zones.names import own_zone
from eventlog.zones.wall import twin_of

TURNS = (OLDER, NEWER, MOMENT)
ABOVE = 10  # rows that came after the moment at which a list is opened
Key = tuple[datetime | None, Any]  # of a row: when it was received, for rows that are; its key


class LogChangeList(ChangeList):
    """A list by key: each page begins where the last one ended, however deep one reads."""

    newer_query = ""  # the address of the newer page, empty on the newest
    older_query = ""
    moment: datetime | None = None  # at which it is opened
    place: Any = None  # the key of the first row that came by then
    above: int | None = None  # how many rows came after it
    twin: datetime | None = None  # at which clocks show the same
    twin_query = ""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """What the filters of the list are asked for, and nothing else that an address says.

        Django takes any field: `previous_number__startswith=447` would tell what the list masks.
        """
        asked = {
            each.parameter_name
            for each in self.list_filter
            if isinstance(each, type) and issubclass(each, SimpleListFilter)
        }
        given = super().get_filters_params(params)
        return {name: value for name, value in given.items() if name in asked}

    def get_filters(self, request: HttpRequest) -> Any:
        """The filters; a list is narrowed only by what they understand."""
        specs, found, left, may_repeat, _ = super().get_filters(request)
        chosen = any(isinstance(each, ChoiceFilter) and each.value() for each in specs)
        return specs, found, left, may_repeat, chosen

    def misread(self, query: QueryDict) -> Iterator[str]:
        """What the address asks for and the list does not go by, in sentences."""
        fields = dict(self.places)
        for each in self.filter_specs:
            if isinstance(each, ChoiceFilter):
                fields |= each.fields()
        yield from left_out(query, fields)

    @property
    def places(self) -> Mapping[str, Field]:
        """What an address says of the place in the list that its page shows."""
        places = dict.fromkeys((OLDER, NEWER), Field(read=self._key, what="place in this list"))
        if self.has_moments:
            places[MOMENT] = Field(read=read_moment, what="moment")
        return places

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = str(self.opts.verbose_name_plural).capitalize()

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str | Combinable]:
        """Newest first: by receipt where a row has one, otherwise by the key."""
        return list(NEWEST_FIRST) if self._is_received else ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """Reads one page, and says whether there are others."""
        self.moment = read_moment(request.GET.get(MOMENT)) if self.has_moments else None
        found, newer, older = self._around(self.moment) if self.moment else self._page(request)
        self._turn(found, newer=newer, older=older)
        self.result_list = found
        self.result_count = self.full_result_count = len(found)
        self.show_full_result_count = self.show_admin_actions = bool(found)
        self.can_show_all = self.multi_page = False
        self.paginator = Paginator(found, self.list_per_page)

    def _page(self, request: HttpRequest) -> tuple[list[Any], bool, bool]:
        """One page, by one row more than it has; whether there is a newer and an older one."""
        older, newer = (self._key(request.GET.get(word, "")) for word in (OLDER, NEWER))
        cut, backwards = Q(), newer is not None and older is None
        if newer is not None and backwards:
            cut = self._after(newer)
        elif older is not None:
            cut = self._before(older)
        found = self.read(cut, limit=self.list_per_page + 1, backwards=backwards)
        more, found = len(found) > self.list_per_page, found[: self.list_per_page]
        if backwards:
            found.reverse()
        return found, more if backwards else older is not None, backwards or more

    def _around(self, moment: datetime) -> tuple[list[Any], bool, bool]:
        """Some rows that came after a moment, and the rest of a page of those that came by then."""
        many = self.list_per_page - ABOVE
        since, until = self.cut_at(moment)
        after = self.read(since, limit=ABOVE + 1, backwards=True)
        by_then = self.read(until, limit=many + 1, backwards=False)
        self.above = len(after[:ABOVE])
        self.place = by_then[0].pk if by_then else None
        self.twin = twin_of(moment, own_zone())
        if self.twin is not None:
            self.twin_query = self.get_query_string({MOMENT: self.twin.isoformat()}, [*TURNS])
        found = [*reversed(after[:ABOVE]), *by_then[:many]]
        return found, len(after) > ABOVE, len(by_then) > many

    @property
    def has_moments(self) -> bool:
        """Whether it can be opened at a moment."""
        return self._is_received

    def cut_at(self, moment: datetime) -> tuple[Q, Q]:
        """What leaves the rows that came after a moment, and those that came by then."""
        return Q(received_at__gt=moment), Q(received_at__lte=moment)

    @property
    def jump_query(self) -> str:
        """The query of the list as it is narrowed, from its newest row on."""
        return self.get_query_string(remove=[*TURNS]).removeprefix("?")

    def read(self, cut: Q, *, limit: int, backwards: bool) -> list[Any]:
        """The first so many of the rows that `cut` leaves: the newest, or the oldest, first."""
        rows = self.queryset.filter(cut)
        return list((rows.reverse() if backwards else rows)[:limit])

    def _turn(self, found: Sequence[Model], *, newer: bool, older: bool) -> None:
        if found and newer:
            self.newer_query = self.get_query_string({NEWER: self._name(found[0])}, [*TURNS])
        if found and older:
            self.older_query = self.get_query_string({OLDER: self._name(found[-1])}, [*TURNS])

    @property
    def _is_received(self) -> bool:
        return any(field.name == "received_at" for field in self.lookup_opts.concrete_fields)

    def _before(self, key: Key) -> Q:
        moment, pk = key
        return older_than(moment, pk) if moment else Q(pk__lt=pk)

    def _after(self, key: Key) -> Q:
        moment, pk = key
        return newer_than(moment, pk) if moment else Q(pk__gt=pk)

    def _name(self, row: Any) -> str:
        """How an address names the row at which a page begins or ends."""
        return f"{row.received_at.isoformat()}_{row.pk}" if self._is_received else str(row.pk)

    def _key(self, place: str) -> Key | None:
        words, _, name = place.rpartition("_")
        moment = read_moment(words)
        if self._is_received != (moment is not None):
            return None
        try:
            return moment, self.lookup_opts.pk.to_python(name)
        except (ValueError, ValidationError):
            return None
