"""How states, reasons, times and personal data are written on every page of the log."""

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from listeners.log import wording
from listeners.log.masking import Sight
from webhooks.models import Event

register = template.Library()

register.filter("reason_word", wording.reason_word)
register.filter("kind_word", wording.kind_word)
register.filter("name_word", wording.name_word)
register.filter("event_title", wording.title)


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
    return format_html(
        '<time datetime="{}"><span class="date">{}</span> {}</time>',
        moment.isoformat(),
        date,
        local.strftime("%H:%M:%S"),
    )


@register.filter
def fine_clock(moment: datetime | None) -> SafeString | str:
    """The time to the millisecond, without the date."""
    if moment is None:
        return ""
    words = f"{localtime(moment):%H:%M:%S}.{moment.microsecond // 1000:03}"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words)


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """How long it is from one moment to another."""
    return wording.duration(end - start) if start and end else ""


@register.filter
def took(span: timedelta | None) -> str:
    """A span in words."""
    return wording.duration(span) if span is not None else ""


@register.filter
def driver(event: Event, sight: Sight) -> str:
    """The person of an event, as far as the reader may see him."""
    return sight.number(event.person_number) or sight.user_id(event.person_user_id)


@register.filter
def message_id(value: str, sight: Sight) -> str:
    """A message's id, as far as the reader may see it."""
    return sight.message_id(value)


@register.filter
def number(value: str, sight: Sight) -> str:
    """A phone number, as far as the reader may see it."""
    return sight.number(value)


@register.filter
def words(value: str, sight: Sight) -> str:
    """A name, a text or an emoji, as far as the reader may see it."""
    return sight.words(value)
