"""Puts the figures onto the front page."""

from typing import Any

from django import template
from django.template.context import Context

from eventlog.attention.notice import Severity
from eventlog.kinds import display_of
from eventlog.pages.figures import figures_context

register = template.Library()

SEVERITY_ICONS = {
    Severity.URGENT: "failed",
    Severity.UNKNOWN: "ignored",
    Severity.WARNING: "waiting",
}


@register.inclusion_tag("admin/figures/_figures.html", takes_context=True)
def figures(context: Context) -> dict[str, Any]:
    """The figures that the address of the page asks for."""
    return {**figures_context(context["request"]), "perms": context["perms"]}


@register.filter
def coordinate(number: float) -> str:
    """A coordinate, short and with a point in every language."""
    return f"{number:.2f}"


@register.filter
def kind_name(kind: str) -> str:
    """A kind of events, in the plural: `Statuses`."""
    return display_of(kind).plural


@register.filter
def severity_icon(severity: Severity) -> str:
    """The symbol of a notice; its word stands beside it."""
    return SEVERITY_ICONS[severity]
