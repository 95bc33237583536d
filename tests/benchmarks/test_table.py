"""What the table says of rounds, and of another run."""

from benchmarks.figures import Figures, Measured, of_json
from benchmarks.table import changes, table


def figures(ours: list[float], other: list[float]) -> Figures:
    made = Figures()
    for mine, theirs in zip(ours, other, strict=True):
        values = {"server, µs": mine, "callers, µs": 1.0}
        made.add("ingress", Measured(load="1 text", subject="ours", values=values))
        values = {"server, µs": theirs, "callers, µs": 2.0}
        made.add("ingress", Measured(load="1 text", subject="pywa", values=values))
    return made


def test_a_ratio_is_of_the_same_rounds() -> None:
    [ratio] = figures([100, 300, 150], [200, 200, 100]).ratios()
    assert (ratio.median, ratio.least, ratio.most) == (1.5, 0.5, 1.5)
    assert ratio.key == ("ingress", "1 text", "ours", "pywa", "server, µs")


def test_the_spread_is_told() -> None:
    lines = list(table(figures([100, 300, 150], [200, 200, 100])))
    assert lines[1].split() == ["1", "text", "ours", "150", "(100-300)", "1.0", "(1-1)"]
    assert lines[3].strip() == "1 text, ours ÷ pywa: server, µs 1.50 (0.50-1.50)"


def test_what_is_saved_is_read_again() -> None:
    made = figures([100, 300], [200, 200])
    assert of_json(made.as_json()) == made


def test_a_machine_that_is_slower_changes_nothing() -> None:
    before = figures([100, 110, 105], [200, 200, 200])
    slower = figures([200, 220, 210], [400, 400, 400])
    assert list(changes(slower, before)) == []


def test_a_ratio_whose_spread_meets_the_other_no_more_is_told() -> None:
    before = figures([100, 110, 105], [200, 200, 200])
    worse = figures([120, 130, 125], [200, 200, 200])
    better = figures([80, 90, 85], [200, 200, 200])
    [told] = changes(worse, before)
    assert (
        told == "ingress · 1 text · ours · pywa · server, µs: 0.53 (0.50-0.55) → 0.62 (0.60-0.65)"
    )
    assert len(list(changes(better, before))) == 1


def test_what_only_one_run_has_measured_is_compared_with_nothing() -> None:
    before = figures([100], [200])
    assert list(changes(Figures(), before)) == list(changes(before, Figures())) == []
