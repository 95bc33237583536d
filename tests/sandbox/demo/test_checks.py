"""A difference is told, by the document and the field that it is in."""

from sandbox.demo.checks import compare


def test_equal_documents_have_no_difference() -> None:
    assert list(compare({"a/1": {"x": 1, "y": [2]}}, {"a/1": {"x": 1, "y": [2]}})) == []


def test_each_way_to_differ_is_told() -> None:
    found = {"a/1": {"x": 1, "more": "?"}, "a/2": {}}
    wanted = {"a/1": {"x": 2, "less": [1]}, "a/3": {}}
    assert list(compare(found, wanted)) == [
        "a/1: less is '(nothing)' instead of [1]",
        "a/1: more is '?' instead of '(nothing)'",
        "a/1: x is 1 instead of 2",
        "a/2 should not be there",
        "a/3 is missing",
    ]
