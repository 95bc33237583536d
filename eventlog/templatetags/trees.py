"""How a tree of JSON is written: in colours, each list and object to fold, a line a value.

The words of the page are JSON of two spaces a level, as far as nothing is left out: what is counted
or marked beside it is drawn by the style sheet.
"""

from collections.abc import Iterator

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from eventlog.questions.tree import Leaf, Sort, Tree

register = template.Library()

OWN_ID = "item"


@register.simple_tag
def tree_lines(tree: Tree) -> SafeString:
    """All lines of a tree."""
    return _joined(_lines(tree, depth=0, comma=""))


@register.filter
def exactly(text: str) -> SafeString:
    """A text of which a browser keeps each character, also the returns before its line feeds."""
    return mark_safe(conditional_escape(text).replace("\r", "&#13;"))  # noqa: S308 - escaped


def _joined(parts: Iterator[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _lines(tree: Tree, *, depth: int, comma: str) -> Iterator[SafeString]:
    if isinstance(tree, Leaf):
        yield _leaf(tree, depth=depth, comma=comma)
        return
    opening, closing = tree.brackets[0], tree.brackets[1]
    last = len(tree.members) - 1
    within = _joined(
        line
        for place, each in enumerate(tree.members)
        for line in _lines(each, depth=depth + 1, comma="," if place < last else "")
    )
    yield format_html(
        '<details class="json-fold{}"{}{}><summary data-size="{}"{}{}>{}{}{}'
        '<span class="pad">\n</span></summary>'
        '<div class="within">{}</div><div class="line">{}{}{}\n</div></details>',
        " own" if tree.own else "",
        mark_safe(f' id="{OWN_ID}"') if tree.own else "",  # noqa: S308 - a constant
        mark_safe(" open") if tree.unfolded else "",
        f"{tree.size:,}" if tree.is_counted else f"over {tree.size - 1:,}",
        format_html(' data-closing="{}"', closing + comma),
        format_html(' data-item="{}"', tree.item + 1) if tree.item is not None else "",
        _pad(depth),
        _name(tree.name),
        opening,
        within,
        _pad(depth),
        closing,
        comma,
    )


def _leaf(leaf: Leaf, *, depth: int, comma: str) -> SafeString:
    return format_html(
        '<div class="line{}"{}>{}{}<bdi class="json-{}">{}</bdi>{}{}\n</div>',
        " own" if leaf.own else "",
        mark_safe(f' id="{OWN_ID}"') if leaf.own else "",  # noqa: S308 - a constant
        _pad(depth),
        _name(leaf.name),
        leaf.sort.value,
        leaf.text,
        _left_out(leaf.left_out),
        "" if leaf.sort is Sort.CUT and not leaf.name else comma,
    )


def _pad(depth: int) -> SafeString:
    """For who copies it: on the page the lines are moved in by the style sheet."""
    return format_html('<span class="pad">{}</span>', "  " * depth) if depth else mark_safe("")


def _name(name: str) -> SafeString:
    return format_html('<bdi class="json-name">{}</bdi>: ', name) if name else mark_safe("")


def _left_out(count: int) -> SafeString:
    if not count:
        return mark_safe("")
    return format_html('<span class="json-cut">… {} more characters</span>', f"{count:,}")
