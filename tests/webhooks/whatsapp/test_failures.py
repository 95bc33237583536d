"""The errors of a failed message, in a form that Firestore can hold."""

import math

import pytest

from webhooks.whatsapp.failures import MAX_DEPTH, code_of, kept


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (None, ()),
        ([], ()),
        (
            [{"code": 1, "new": {"field": [True, None, 2.5, "x"]}}],
            ({"code": 1, "new": {"field": [True, None, 2.5, "x"]}},),
        ),
        ({"code": 1}, ({"code": 1},)),
        ("words", ({"value": "words"},)),
        ([7, [1, [2]], None], ({"value": 7}, {"value": [1, "[2]"]}, {"value": None})),
    ],
)
def test_what_is_kept(errors: object, expected: object) -> None:
    """Every field of every error, also unknown ones."""
    assert kept(errors) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([[1, 2], [{"a": None}]], ["[1, 2]", '[{"a": null}]']),
        ([{"a": [["ö"]]}], [{"a": ['["ö"]']}]),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (2**63, "9223372036854775808"),
        (-(2**63) - 1, "-9223372036854775809"),
        (math.inf, "Infinity"),
        (math.nan, "NaN"),
        ({"": 1}, '{"": 1}'),
        ({"__name__": 1}, '{"__name__": 1}'),
        ({"__": 1, "_a_": 2}, {"__": 1, "_a_": 2}),
        ({"k" * 1500: 1}, {"k" * 1500: 1}),
        ({"é" * 751: 1}, '{"' + "é" * 751 + '": 1}'),
        ({}, {}),
    ],
)
def test_what_firestore_refuses_is_kept_as_text(value: object, expected: object) -> None:
    """Everything else stays as it is."""
    assert kept([{"field": value}]) == ({"field": expected},)


def test_an_error_with_a_key_that_firestore_refuses() -> None:
    """The whole error becomes text."""
    assert kept([{"": 1}]) == ({"value": '{"": 1}'},)


def test_depth_is_limited() -> None:
    """The list itself is the first level."""

    def nested(levels: int, core: object) -> object:
        return {"in": nested(levels - 1, core)} if levels else core

    assert kept([nested(MAX_DEPTH + 3, 1)]) == (nested(MAX_DEPTH - 1, None),)
    assert kept([nested(MAX_DEPTH - 1, 1)]) == (nested(MAX_DEPTH - 1, 1),)


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"code": 131049}, {"code": 1}], 131049),
        ([{"code": "131049"}], 131049),
        ([{"code": 0}], 0),
        ([{"code": 9_999_999}], 9_999_999),
        ([{"code": 10_000_000}], None),
        ([{"code": "447700900102"}], None),
        ([{"code": -1}], None),
        ([{"code": True}], None),
        ([{"code": 131049.0}], None),
        ([{"code": "131049 "}], None),
        ([{"title": "x"}, {"code": 1}], None),
        (["x"], None),
        ([], None),
    ],
)
def test_the_code_is_that_of_the_first_error(errors: list[object], code: int | None) -> None:
    """Whatever Meta sends in its place is none: a column holds it, and it is no phone number."""
    assert code_of(kept(errors)) == code
