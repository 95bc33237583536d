"""The lists that Django puts together, in the form of our own: what stands above them, and rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst

NOTHING = " \N{NO-BREAK SPACE}\N{EN DASH}"  # as Django fills a cell that says nothing
IMAGE = "<img"  # yes and no

register = template.Library()


@register.simple_tag
def list_filters(changelist: ChangeList) -> Sequence[dict[str, Any]]:
    """Each filter with its title and its choices."""
    return [
        {"title": spec.title, "choices": list(spec.choices(changelist))}
        for spec in changelist.filter_specs
    ]


@register.filter
def labelled(cells: Sequence[SafeString], headers: Sequence[Mapping[str, Any]]) -> list[SafeString]:
    """The cells of a row; each that says something with the name of its column, for a phone."""
    names = (capfirst(strip_tags(header["text"])) for header in headers)
    return [_labelled(cell, name) for cell, name in zip(cells, names, strict=True)]


def _labelled(cell: SafeString, name: str) -> SafeString:
    if not name or not (IMAGE in cell or strip_tags(cell).strip(NOTHING)):
        return cell
    tag, rest = SafeString(cell[: len("<td")]), SafeString(cell[len("<td") :])  # or `<th`
    return format_html('{} data-label="{}"{}', tag, name, rest)
