"""Tallies: what is counted, and that parts make a whole."""

from datetime import timedelta

from eventlog.figures.tally import MAX_NAMES, OTHER_NAMES, Tally, count, decode, encode
from webhooks.outcomes import State
from webhooks.stages import Stage


def make_tally() -> Tally:
    tally = Tally(unseen=5, waited=1, retries=2, deliveries=3, repeats=1, items=4)
    count(tally.states, "processed")
    count(tally.states, "waiting")
    count(tally.reasons, "applied")
    tally.count_code(131049)
    tally.measure(Stage.WHOLE, timedelta(seconds=1))
    return tally


def test_a_tally_is_read_as_it_was_written() -> None:
    assert decode(encode(make_tally())) == make_tally()


def test_adding_adds_everything() -> None:
    tally = make_tally()
    tally.add(make_tally())
    assert tally == Tally(
        states={"processed": 2, "waiting": 2},
        reasons={"applied": 2},
        codes={"131049": 2},
        latencies={"whole": {39: 2}},
        unseen=10,
        waited=2,
        retries=4,
        deliveries=6,
        repeats=2,
        items=8,
    )


def test_adding_leaves_the_other_alone() -> None:
    total, part = Tally(), make_tally()
    total.add(part)
    total.add(part)
    assert part == make_tally()


def test_open_and_settled_make_all() -> None:
    tally = make_tally()
    assert (tally.events, tally.open, tally.settled) == (2, 1, 1)
    assert tally.count_of(State.WAITING) == 1
    assert tally.count_of(State.FAILED) == 0


def test_names_that_anybody_may_invent_do_not_grow_without_end() -> None:
    tally = Tally()
    for serial in range(MAX_NAMES + 5):
        tally.count_ignored(f"unsupported_type {serial}")
    tally.count_ignored("unsupported_type 0")
    assert len(tally.ignored) == MAX_NAMES + 1
    assert tally.ignored[OTHER_NAMES] == 5
    assert tally.ignored["unsupported_type 0"] == 2
    for code in range(MAX_NAMES + 5):
        tally.count_code(code)
    assert (len(tally.codes), tally.codes[OTHER_NAMES]) == (MAX_NAMES + 1, 5)
