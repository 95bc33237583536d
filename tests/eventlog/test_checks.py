"""Whether a kind of events that lacks something is told before a page needs it."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.core.checks import run_checks
from django.template.loader import render_to_string

from eventlog import kinds, reconciliation
from eventlog.kinds.display import Display
from eventlog.questions.errors import told_errors
from eventlog.questions.masking import MASKED, Sight
from listeners import handlers
from webhooks.whatsapp.items import IN_A_CHAT, Item, Kind
from webhooks.whatsapp.kinds import READ
from webhooks.whatsapp.kinds.status import Status, StatusUpdate

TEXT = kinds.DISPLAYS[Kind.TEXT]
SECRET = "447700900123"  # a number, which every mask hides

# The next Django asks the database what it supports as it checks models.
pytestmark = pytest.mark.django_db


def reported() -> list[str]:
    """What Django's checks say about kinds."""
    return [each.msg for each in run_checks() if str(each.id).startswith("eventlog.")]


def test_every_kind_has_all_that_it_needs() -> None:
    assert reported() == []


@pytest.mark.parametrize("kind", list(Kind))
def test_a_kind_that_people_cannot_see_is_told(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(kinds.DISPLAYS, kind)
    assert reported() == [
        f"The kind {kind}: eventlog/kinds/{kind}.py does not say what people see of it."
    ]


@pytest.mark.parametrize(
    ("display", "flaw"),
    [
        (replace(TEXT, plural=""), "has no words for it"),
        (replace(TEXT, symbol=""), "has no symbol for it"),
        (replace(TEXT, icon="fax"), "names an icon that is not in admin/_icons.html, fax"),
        (
            replace(TEXT, icons={"loud": "horn"}),
            "names an icon that is not in admin/_icons.html, horn",
        ),
        (replace(TEXT, template=""), "has no template for what it says"),
        (
            replace(TEXT, template="admin/kinds/none.html"),
            "names a template that is not there, admin/kinds/none.html",
        ),
    ],
)
def test_what_a_display_lacks_is_told(
    display: Display, flaw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds.DISPLAYS, Kind.TEXT, display)
    assert reported() == [f"The kind text: eventlog/kinds/text.py {flaw}."]


def test_a_kind_that_nobody_reads_or_applies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    others = [kind for kind in READ if kind != Kind.REACTION]
    monkeypatch.setattr("eventlog.checks.READ", (*others, Kind.ERROR))
    monkeypatch.delitem(handlers.CHANGES, Kind.STATUS)
    monkeypatch.delitem(reconciliation.CHANGES, Kind.REACTION)
    assert [each.partition(" ")[2] for each in reported()] == [
        f"kind reaction: {unread('reaction')}.",
        "kind reaction: eventlog/reconciliation.py does not say where its change is seen.",
        "kind status: listeners/handlers/status.py does not say how it changes a message.",
        f"kind error: {unread('error')}.",
    ]


def unread(kind: str) -> str:
    """What is said of a kind that is read without an effect, or has one and is not read."""
    return (
        f"webhooks/whatsapp/kinds/{kind}.py reads it, or webhooks/whatsapp/items.py says that it "
        "changes no chat; not both"
    )


def class_of(kind: Kind) -> type[Item]:
    """What an event of a kind is, as its own file has it."""
    module = import_module(f"webhooks.whatsapp.kinds.{kind}")
    [found] = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Item) and each.__module__ == module.__name__
    ]
    return found


@pytest.mark.parametrize("kind", IN_A_CHAT)
def test_what_an_item_says_is_masked(kind: Kind) -> None:
    event_class = class_of(kind)
    values: dict[object, object] = {
        int: 0,
        str: SECRET,
        float: float(SECRET),
        datetime: datetime(2026, 6, 1, tzinfo=UTC),
        Kind: kind,
        Status: Status.FAILED,
    }
    filled = {each.name: values[each.type] for each in fields(event_class) if each.type in values}
    if event_class is StatusUpdate:
        error = {"code": SECRET, "title": SECRET, "error_data": {"details": SECRET}}
        filled["errors"] = (error,)
    item = event_class(**filled)  # type: ignore[arg-type]
    template = kinds.DISPLAYS[kind].template
    page = {"item": item, "errors": told_errors(item.errors)}
    assert SECRET in render_to_string(template, page | {"sight": Sight(revealed=True)})
    assert SECRET not in render_to_string(template, page | {"sight": MASKED})
