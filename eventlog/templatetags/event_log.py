"""How states, reasons, times and personal data are written on every page of the log."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from eventlog.kinds import DISPLAYS, display_of
from eventlog.kinds.status import TICKS
from eventlog.links import short
from eventlog.questions import wording
from eventlog.questions.masking import DOT, Sight
from eventlog.questions.steps import Step, StepKind
from eventlog.zones.names import own_zone
from eventlog.zones.wall import in_utc, shown, which
from listeners.models import TaskRun
from webhooks.models import Event

register = template.Library()

WHOLE_SECONDS = frozenset({StepKind.OCCURRED, StepKind.NEXT})
STEP_ICONS = {
    StepKind.OCCURRED: "phone",
    StepKind.RECEIVED: "received",
    StepKind.REPEATED: "duplicate",
    StepKind.REPLAYED: "replay",
    StepKind.SWEPT: "sweep",
    StepKind.QUEUED: "queued",
    StepKind.RUN: "run",
    StepKind.SETTLED: "processed",
    StepKind.NEXT: "waiting",
}
DOTS = re.compile(rf"{DOT}{{4,}}")
FINGERPRINT = (
    "A fingerprint: the same one is the same message. "
    "The search box finds it among the newest events."
)

register.filter("reason_word", wording.reason_word)
register.filter("kind_word", wording.kind_word)
register.filter("name_word", wording.name_word)
register.filter("event_title", wording.title)
register.filter("remark", wording.remark)
register.filter("in_utc", in_utc)


@register.simple_tag
def chip(state: str) -> SafeString:
    """A state as icon and word, so that nothing depends on its colour."""
    return format_html(
        '<span class="chip chip-{state}">{icon}{word}</span>',
        state=state,
        icon=icon(state),
        word=state.capitalize(),
    )


@register.simple_tag
def outcome(event: Event, state: str, reason: str) -> SafeString:
    """An outcome of an event: well done may still be bad news, and then it is not green."""
    if not wording.is_undelivered(event, reason):
        return chip(state)
    return format_html(
        '<span class="chip">{}{}</span> <span class="chip chip-failed" title="{}">{}{}</span>',
        icon(state),
        state.capitalize(),
        "The message did not reach the driver, and the chat says so.",
        icon("failed"),
        "Not delivered",
    )


@register.simple_tag
def kind_icon(event: Event) -> SafeString:
    """The symbol of what an event is."""
    display = display_of(event.kind)
    return icon(display.icons.get(event.name) or display.icon or event.kind)


@register.simple_tag
def kind_symbols() -> SafeString:
    """The symbols of the kinds, for the sprite that every page has."""
    symbols = [(kind, mark_safe(each.symbol)) for kind, each in DISPLAYS.items() if each.symbol]  # noqa: S308 (ours)
    return format_html_join("\n  ", '<symbol id="icon-{}" viewBox="0 0 16 16">{}</symbol>', symbols)


@register.simple_tag
def run_chip(run: TaskRun) -> SafeString:
    """What a run came to, in a word; pointed at, in a sentence."""
    done = run.result == TaskRun.Result.DONE
    return format_html(
        '<span class="chip chip-{}" title="{}">{}{}</span>',
        "processed" if done else "failed",
        run.get_result_display(),
        icon("processed" if done else "replay"),
        wording.RUN_WORDS[run.result],
    )


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of `admin/_icons.html`, for the eye alone."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-{}"/></svg>', name
    )


@register.filter
def clock(moment: datetime | None) -> SafeString | str:
    """Date and time to the second; the year where it is another than this one."""
    if moment is None:
        return ""
    local = localtime(moment)
    date = local.strftime("%d %b" if local.year == localtime().year else "%d %b %Y")
    return _time(
        moment, format_html('<span class="date">{}</span> ', date), shown(local, "%H:%M:%S")
    )


@register.filter
def short_clock(moment: datetime | None) -> SafeString | str:
    """The time to the minute, where the day stands above."""
    return _time(moment, "", shown(localtime(moment), "%H:%M")) if moment else ""


@register.filter
def utc_beside(moment: datetime | None) -> SafeString | str:
    """The same in UTC, in small print; nothing where the pages are in UTC."""
    if moment is None or own_zone() == UTC:
        return ""
    return format_html('<span class="second">{}</span>', in_utc(moment))


@register.filter
def timeline_clock(moment: datetime, kind: StepKind) -> SafeString:
    """The time; to the millisecond, except where Meta's whole seconds are all there is."""
    local = localtime(moment)
    milliseconds = "" if kind in WHOLE_SECONDS else f".{local.microsecond // 1000:03}"
    return _time(moment, "", f"{local:%H:%M:%S}{milliseconds} {which(local)}".rstrip())


def _time(moment: datetime, date: str, time: str) -> SafeString:
    """A time of the reader's zone; pointed at, in UTC."""
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>',
        moment.astimezone(UTC).isoformat(),
        in_utc(moment),
        date,
        time,
    )


@register.simple_tag
def step_icon(step: Step) -> SafeString:
    """The symbol of a step: of its outcome where it has one."""
    undelivered = wording.is_undelivered(step.event, step.reason)
    return icon("failed" if undelivered else step.state or STEP_ICONS[step.kind])


@register.simple_tag
def tick_icon(status: str) -> SafeString:
    """The tick of a status, for the eye; its word stands beside it."""
    return icon(TICKS.get(status, "ignored"))


@register.filter
def short_id(delivery_id: UUID) -> str:
    """The end of a delivery's id, which tells it from others."""
    return short(delivery_id)


@register.filter
def amount(number: int) -> str:
    """A count that is easy to read: `12,345`."""
    return f"{number:,}"


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """How long it is from one moment to another."""
    return wording.duration(end - start) if start and end else ""


@register.filter
def after(start: datetime, end: datetime) -> str:
    """How long after one moment another was: `at once`, `after 240 ms`."""
    span = wording.duration(end - start)
    return span if span == wording.AT_ONCE else f"after {span}"


@register.filter
def opened_at(event: Event) -> datetime:
    """From when on counts how long an event takes."""
    return event.reopened_at or event.received_at


@register.filter
def took(span: timedelta | None) -> str:
    """A span in words."""
    return wording.duration(span) if span is not None else ""


@register.filter
def driver(event: Event, sight: Sight) -> str:
    """The person of an event, as far as the reader may see them."""
    return sight.number(event.person_number) or sight.user_id(event.person_user_id)


@register.filter
def briefly(masked: str) -> str:
    """What is masked with three dots, however much they stand for: for the lines of a list."""
    return DOTS.sub(DOT * 3, masked)


@register.filter
def user_id(value: str, sight: Sight) -> str:
    """A business-scoped user id, as far as the reader may see it."""
    return sight.user_id(value)


@register.filter
def message_id(value: str, sight: Sight) -> SafeString | str:
    """A message's id, as far as the reader may see it."""
    shown = sight.message_id(value)
    if sight.revealed or not value:
        return shown
    return format_html('<span title="{}">{}</span>', FINGERPRINT, shown)


@register.filter
def number(value: str, sight: Sight) -> str:
    """A phone number, as far as the reader may see it."""
    return sight.number(value)


@register.filter
def told(value: object, sight: Sight) -> str:
    """What Meta says of an error, as far as the reader may see it."""
    return wording.undirected(sight.told(value))


@register.filter
def words(value: object, sight: Sight) -> str:
    """A name, a text or an emoji, as far as the reader may see it; of Meta's details, anything."""
    return sight.words(wording.undirected(str(value)))
