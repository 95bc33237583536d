"""What columns do not take is found before the database is asked."""

import pytest
from django.db import models

from listeners.models import TaskRun
from webhooks.models import Delivery, Event
from webhooks.storable import Unstorable, check

NAME, POSITION, HEADERS, OUTCOMES, WAITS, BODY = (
    model._meta.get_field(name)
    for model, name in (
        (Event, "name"),
        (Event, "position"),
        (Delivery, "headers"),
        (TaskRun, "outcomes"),
        (Event, "waits"),
        (Delivery, "body"),
    )
)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (NAME, ["", "text", "é" * 64, "\U0001f44d" * 64]),
        (POSITION, [0, 2**31 - 1]),
        (WAITS, [0, 2**15 - 1]),
        (HEADERS, [{}, {"User-Agent": "\\u0000 é", "Content-Type": "a/b"}]),
        (OUTCOMES, [{"applied": [1, 2]}, {"a": [{"b": None, "c": 0.5, "d": True}]}]),
        (BODY, [None, b"\x00\xff"]),
        (NAME, []),
    ],
)
def test_what_a_column_takes(field: "models.Field[object, object]", values: list[object]) -> None:
    check(field, values)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (NAME, "x" * 65),
        (NAME, "a\x00b"),
        (NAME, "é\x00b"),
        (NAME, "\ud800"),
        (NAME, None),
        (POSITION, -1),
        (POSITION, 2**31),
        (POSITION, None),
        (WAITS, 2**15),
        (HEADERS, {"User-Agent": "\x00"}),
        (HEADERS, {"\udfff": ""}),
        (OUTCOMES, {"a": [{"b": ["\x00"]}]}),
        (HEADERS, None),
    ],
)
def test_what_it_does_not_take(field: "models.Field[object, object]", value: object) -> None:
    """The words name the column, and nobody."""
    fine = {NAME: "text", HEADERS: {}, OUTCOMES: {}}.get(field, 1)
    with pytest.raises(Unstorable) as refused:
        check(field, [fine, value, fine])
    assert str(refused.value) == field.column
    assert refused.value.__cause__ is None
