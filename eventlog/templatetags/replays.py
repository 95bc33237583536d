"""What the pages of the log ask about replays."""

from django import template

from webhooks.models import Event
from webhooks.outcomes import REOPENABLE

register = template.Library()


@register.filter
def replayable(event: Event) -> bool:
    """Whether the event can be opened again."""
    return event.state in REOPENABLE and event.erased_at is None
