"""Bytes as a page shows them: a tree where they are JSON, and their text where it is revealed."""

from dataclasses import dataclass

from eventlog.questions.effort import is_too_much
from eventlog.questions.raw import excerpt
from eventlog.questions.tree import Tree, tree_of

SHOWN_CHARACTERS = 100_000  # of the exact text; a delivery may have 3 MB


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownBytes:
    """What somebody may see of some bytes."""

    size: int
    tree: Tree | None  # None: they are no JSON, or too much
    is_too_much: bool = False  # nobody has looked whether they are JSON
    exact: str = ""  # the beginning of their text; empty where they are masked
    is_cut: bool = False  # there is more than `exact` shows
    is_exact: bool = False  # `exact` is their text, all of it and to the last character


def shown_bytes(body: bytes, *, revealed: bool, own: int | None = None) -> ShownBytes:
    """What is shown of them; `own`: the position of the item that the page is about."""
    too_much = is_too_much(body)
    tree = None if too_much else tree_of(body, revealed=revealed, own=own)
    if not revealed:
        return ShownBytes(size=len(body), tree=tree, is_too_much=too_much)
    text = body.decode(errors="replace")
    exact = excerpt(text, SHOWN_CHARACTERS)
    return ShownBytes(
        size=len(body),
        tree=tree,
        is_too_much=too_much,
        exact=exact,
        is_cut=len(text) > SHOWN_CHARACTERS,
        is_exact=exact.encode() == body,
    )
