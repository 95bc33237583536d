"""Saved views as links: above a list, and on the page where they are managed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import Group, User
from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Lower

from eventlog.models import SavedView
from eventlog.questions.same import Same
from eventlog.questions.windows import NEWEST_FIRST
from eventlog.saved_views.held import Held
from eventlog.saved_views.keeping import groups_to_share_with, may_change, views_for
from eventlog.saved_views.lists import List
from webhooks.models import Event

NO_EVENT = 0  # where the log has none of the number or company any more: the list is empty


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A saved view as a link."""

    view: SavedView
    page: List
    url: str
    active: bool  # the list shows just this
    changeable: bool  # by whoever looks
    whose: str  # for whoever looks: `me`, or a name


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedViews:
    """What stands above a list."""

    lines: Sequence[Line]
    filtered: bool  # the list shows less than there is
    not_held: str  # why these filters cannot be saved; empty if they can
    groups: Iterable[Group]  # with whom a new view can be shared

    @property
    def changeable(self) -> Sequence[Line]:
        """Those into which these filters can be put."""
        return [line for line in self.lines if line.changeable and not line.active]


def saved_views(user: User, page: List, held: Held | None, *, not_held: str = "") -> SavedViews:
    """What stands above a list that is filtered so; None with the reason why it is not held."""
    return SavedViews(
        lines=lines(views_for(user, page), user=user, active=held),
        filtered=held != Held(),
        not_held=not_held,
        groups=groups_to_share_with(user),
    )


def lines(views: QuerySet[SavedView], *, user: User, active: Held | None = None) -> list[Line]:
    """Views as links, by list and name. One query; lists that this release lacks are left out."""
    newest = Event.objects.order_by(*NEWEST_FIRST).values("pk")
    of_number = newest.filter(lease_number=OuterRef("lease_number"))
    of_company = newest.filter(~Q(lease_id=""), lease_id=OuterRef("lease_id"))
    rows = views.select_related("owner", "group").annotate(
        number_event=Case(When(~Q(lease_number=""), then=Subquery(of_number[:1]))),
        company_event=Case(When(~Q(lease_id=""), then=Subquery(of_company[:1]))),
    )
    return [
        Line(
            view=row,
            page=page,
            url=page.url(_query(row, row.number_event, row.company_event)),
            active=active is not None and _held(row).key == active.key,
            changeable=may_change(user, row),
            whose="me" if row.owner == user else row.owner.get_username(),
        )
        for row in rows.order_by("page", Lower("name"), "pk")
        if (page := List.known(row.page)) is not None
    ]


def _query(view: SavedView, number_event: int | None, company_event: int | None) -> str:
    """The address's query, which names a number and a company by the newest event of each."""
    named = [
        *([(Same.LEASE_NUMBER.value, number_event or NO_EVENT)] if view.lease_number else []),
        *([(Same.COMPANY.value, company_event or NO_EVENT)] if view.lease_id else []),
    ]
    return "&".join(filter(None, (view.query, urlencode(named))))


def _held(view: SavedView) -> Held:
    return Held(query=view.query, lease_number=view.lease_number, lease_id=view.lease_id)
