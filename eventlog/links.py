"""Links between the rows of the log."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.questions.wording import title
from listeners.models import TaskRun, UnreadableTask
from webhooks.models import Delivery, Event

EVENT_LIST = "admin:webhooks_event_changelist"  # the name of its route
ITEM = "item"  # which of a delivery's items its page is opened for, from 1 on
LIST = "list"  # of an event's page, what the list shows that one came from: state%3Dfailed
OLDER, NEWER = "older", "newer"  # beyond which message the page of a chat goes on


def named(row: Event | Delivery | UnreadableTask) -> str:
    """What every page calls a row: `Status failed 26`, `Delivery 1742fce2`."""
    if isinstance(row, UnreadableTask):
        return f"Unreadable task {row.digest[:8]}"
    return f"{title(row)} {row.pk}" if isinstance(row, Event) else f"Delivery {short(row.pk)}"


def event_url(event_id: int) -> str:
    """The timeline of an event."""
    return reverse("admin:webhooks_event_change", args=[event_id])


def delivery_url(delivery_id: UUID) -> str:
    """The page of a delivery."""
    return reverse("admin:webhooks_delivery_change", args=[delivery_id])


def item_url(event: Event) -> str:
    """The page of an event's delivery, at its item."""
    place = {ITEM: str(event.position + 1)}
    return with_query(f"{delivery_url(event.delivery_id)}#item", place)


def chat_url(event_id: int) -> str:
    """The chat that an event belongs to, at the event's message."""
    return f"{reverse('admin:chat', args=[event_id])}#message"


def task_run_url(run_id: int) -> str:
    """The page of a run."""
    return reverse("admin:listeners_taskrun_change", args=[run_id])


def unreadable_url(row_id: int) -> str:
    """The page of a task that nobody could read."""
    return reverse("admin:listeners_unreadabletask_change", args=[row_id])


def events_url(query: str) -> str:
    """The list of events for a query of `filters.query_string`."""
    return f"{reverse(EVENT_LIST)}?{query}"


def short(delivery_id: UUID) -> str:
    """The end of a delivery's id: its beginning is the time, which many share."""
    return delivery_id.hex[-8:]


def link(row: Event | Delivery | TaskRun) -> SafeString:
    """A link that names a row in a few words."""
    if isinstance(row, Event):
        return _anchor(event_url(row.pk), named(row))
    if isinstance(row, Delivery):
        return _anchor(delivery_url(row.pk), short(row.pk))
    return _anchor(task_run_url(row.pk), f"run {row.pk}")


def with_query(url: str, given: Mapping[str, str]) -> str:
    """An address with these parameters, before the part of the page that it names."""
    page, hash_sign, part = url.partition("#")
    query = f"?{urlencode(given)}" if given else ""
    return f"{page}{query}{hash_sign}{part}"


def isolated(words: str) -> SafeString:
    """Words of somebody else, which keep their direction of writing to themselves."""
    return format_html("<bdi>{}</bdi>", words)


def _anchor(url: str, words: str) -> SafeString:
    return format_html('<a href="{}"><bdi>{}</bdi></a>', url, words)
