"""Saved views are kept, changed and deleted: whose they are, who may, and how many there may be."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from eventlog.models import SavedView
from eventlog.models.saved_views import NAME_LENGTH
from eventlog.questions.masking import IDENTITY
from eventlog.saved_views.held import Held
from eventlog.saved_views.lists import List

MANAGE = "eventlog.manage_savedview"
VIEWS_AT_MOST = 30  # of one person, or shared with one group, in one list

GONE = "That view is not there any more, or not yours to change."


class ViewRefused(ValueError):
    """The view cannot be kept so; says why, in a sentence for people."""


def views_for(user: User, page: List) -> QuerySet[SavedView]:
    """The views of a list that somebody sees: their own, and those of their groups."""
    seen = Q(owner=user) | Q(group__in=user.groups.all())
    return SavedView.objects.filter(seen, page=page)


def views_to_change(user: User) -> QuerySet[SavedView]:
    """The views that somebody may change: their own; who manages what is shared, that as well."""
    own = Q(owner=user)
    managed = own | Q(group__isnull=False) if user.has_perm(MANAGE) else own
    return SavedView.objects.filter(managed)


def may_change(user: User, view: SavedView) -> bool:
    """Whether a view is one of `views_to_change`."""
    return view.owner_id == user.pk or (view.group_id is not None and user.has_perm(MANAGE))


def groups_to_share_with(user: User) -> QuerySet[Group]:
    """Their own; who manages what is shared may choose any."""
    return Group.objects.all() if user.has_perm(MANAGE) else user.groups.all()


def group_to_share_with(user: User, key: int | None) -> Group | None:
    """The group of that row, or nobody. Raises ViewRefused."""
    if key is None:
        return None
    group = groups_to_share_with(user).filter(pk=key).first()
    if group is None:
        raise ViewRefused("You share views with groups that you are in.")
    return group


def save(
    held: Held, *, owner: User, page: List, name: str, group: Group | None, now: datetime
) -> SavedView:
    """Keeps filters under a name. Raises ViewRefused."""
    view = SavedView(owner=owner, page=page.value, name=_name(name), group=group, saved_at=now)
    _hold(view, held)
    with _in_turn(view):
        view.save(force_insert=True)
    return view


def overwrite(view: SavedView, held: Held, *, now: datetime) -> None:
    """Puts other filters under the name of a view. Raises ViewRefused."""
    _hold(view, held)
    view.saved_at = now
    _write(view, "query", "lease_number", "lease_id", "saved_at")


def change(view: SavedView, *, name: str, group: Group | None) -> None:
    """Gives a view another name, or shares it with others. Raises ViewRefused."""
    view.name, view.group = _name(name), group
    with _in_turn(view):
        _write(view, "name", "group")


def _write(view: SavedView, *columns: str) -> None:
    """Changes what is there still. Raises ViewRefused."""
    values = {column: getattr(view, column) for column in columns}
    if not SavedView.objects.filter(pk=view.pk).update(**values):
        raise ViewRefused(GONE)


def _hold(view: SavedView, held: Held) -> None:
    view.query, view.lease_number, view.lease_id = held.query, held.lease_number, held.lease_id


def _name(words: str) -> str:
    """The name as it is kept. Raises ViewRefused; names of people nobody can tell from words."""
    name = " ".join("".join(each if each.isprintable() else " " for each in words).split())
    if not name:
        raise ViewRefused("A saved view needs a name.")
    if len(name) > NAME_LENGTH:
        raise ViewRefused(f"A name has {NAME_LENGTH} characters at most; this one has {len(name)}.")
    if IDENTITY.search(name):
        raise ViewRefused(
            "The name of a view holds no number of seven or more digits, and no id: others read it."
        )
    return name


@contextmanager
def _in_turn(view: SavedView) -> Iterator[None]:
    """Lets one view of a person and of a group be written at a time. Raises ViewRefused.

    So no key is broken, whose values PostgreSQL's log would quote.
    """
    with transaction.atomic():
        others = SavedView.objects.filter(page=view.page).exclude(pk=view.pk)
        User.objects.select_for_update(no_key=True).get(pk=view.owner_id)
        _refuse(view, others.filter(owner=view.owner_id), among="")
        if view.group_id:
            groups = Group.objects.select_for_update(no_key=True)
            if groups.filter(pk=view.group_id).first() is None:
                raise ViewRefused("That group is not there any more.")
            _refuse(view, others.filter(group=view.group_id), among=" in this group")
        yield


def _refuse(view: SavedView, others: QuerySet[SavedView], *, among: str) -> None:
    lowered = others.annotate(lowered=Lower("name"))
    if lowered.filter(lowered=Lower(Value(view.name))).exists():
        raise ViewRefused(
            f"There is a view “{view.name}”{among} already: replace it, or choose another name."
        )
    if others.count() >= VIEWS_AT_MOST:
        raise ViewRefused(f"There are {VIEWS_AT_MOST} views{among} already: delete one first.")
