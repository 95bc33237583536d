"""Puts the figures onto the front page."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from eventlog.attention.notice import Severity
from eventlog.models import Problem
from eventlog.pages.figures import figures_context
from eventlog.pages.problems import attention_context
from eventlog.problems.listing import Line
from eventlog.templatetags.event_log import icon

register = template.Library()

SEVERITY_ICONS = {
    Severity.URGENT: "failed",
    Severity.UNKNOWN: "ignored",
    Severity.WARNING: "waiting",
}
STATE_ICONS = {
    Problem.State.ACKNOWLEDGED: "driver",
    Problem.State.IGNORED: "ignored",
    Problem.State.RESOLVED: "processed",
}


@register.inclusion_tag("admin/figures/_figures.html", takes_context=True)
def figures(context: Context) -> dict[str, Any]:
    """The figures that the address of the page asks for."""
    return {**figures_context(context["request"]), "perms": context["perms"]}


@register.inclusion_tag("admin/figures/_attention_live.html", takes_context=True)
def attention(context: Context) -> dict[str, Any]:
    """What needs attention, at the top of the front page."""
    return {**attention_context(), "perms": context["perms"]}


@register.filter
def beside(names: Sequence[str], counts: Sequence[int]) -> Sequence[tuple[str, int]]:
    """Each count with its name."""
    return list(zip(names, counts, strict=True))


@register.filter
def coordinate(number: float) -> str:
    """A coordinate, short and with a point in every language."""
    return f"{number:.2f}"


@register.simple_tag
def problem_chip(line: Line) -> SafeString:
    """How a problem stands, as icon and word; only what is open has the colour of trouble."""
    state = Problem.State(line.row.state)
    colour = line.severity.value if state == Problem.State.OPEN else state.value
    return format_html(
        '<span class="chip chip-{}" title="{}">{}{}</span>',
        colour,
        line.severity.meaning,
        icon(STATE_ICONS.get(state) or SEVERITY_ICONS[line.severity]),
        state.label,
    )


@register.filter
def severity_icon(severity: Severity) -> str:
    """The symbol of a notice; its word stands beside it."""
    return SEVERITY_ICONS[severity]
