"""The metrics that there are, as the documents have them, and what gauges show."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from listeners.counted import FAILED
from listeners.services import Handled
from visn_whatsapp.telemetry import metrics
from visn_whatsapp.telemetry.metrics import METRICS, OLDEST, SILENT
from webhooks.outcomes import SETTLED
from webhooks.stages import Stage
from webhooks.whatsapp.payload import Verdict

DOCUMENT = Path(__file__).parents[3] / "docs" / "deployment.md"
VALUES = {
    "visn.verdict": [*Verdict],
    "visn.repeat": [],
    "visn.kind": ["webhooks/whatsapp/items.py", metrics.OTHER],
    "visn.state": sorted(SETTLED, key=[*type(min(SETTLED))].index),
    "visn.reason": ["webhooks/outcomes.py"],
    "visn.stage": [*Stage],
    "visn.result": [*Handled, FAILED],
    "visn.retry": [],
    "error.type": ["django.db.utils.OperationalError"],
}


def table(first: str) -> Iterator[list[str]]:
    """The rows of the table whose first column is headed so."""
    rows = DOCUMENT.read_text().partition(f"\n| {first} |")[2].split("\n")[2:]
    for row in rows:
        if not row.startswith("|"):
            return
        yield [cell.strip() for cell in row.strip("|").split("|")]


def quoted(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


def test_the_document_names_all_of_them() -> None:
    written = [
        (*quoted(name), sort, *quoted(unit), *quoted(attributes))
        for name, sort, unit, _, attributes in table("metric")
    ]
    assert written == [
        (each.name, each.sort.name.lower(), each.unit, *each.attributes) for each in METRICS
    ]


def test_the_document_names_all_values_of_attributes() -> None:
    written = {quoted(name)[0]: quoted(values) for name, values in table("attribute")}
    words = {
        name: [str(each.value if isinstance(each, Enum) else each) for each in values]
        for name, values in VALUES.items()
    }
    assert written == words
    assert {*written} == {name for metric in METRICS for name in metric.attributes}


@pytest.fixture
def exported() -> Iterator[None]:
    metrics.record_with(lambda *_: None)
    yield
    metrics.record_with(None)
    metrics._told.clear()


@pytest.mark.usefixtures("exported")
def test_a_gauge_shows_what_it_was_told_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.tell(OLDEST, 7.5)
    assert (metrics.shown(OLDEST), metrics.shown(SILENT)) == (7.5, None)
    monkeypatch.setattr(metrics, "HOLDS_SECONDS", 0.0)
    assert metrics.shown(OLDEST) is None


def test_where_nothing_is_exported_nothing_is_kept() -> None:
    metrics.tell(OLDEST, 7.5)
    assert not metrics._told
