"""The real flow gives the model's documents, whatever order, repetition and trouble it meets."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.convergence.accounts import check_every_item, check_fates
from tests.convergence.course import Course, course
from tests.convergence.model import documents, told_late
from tests.convergence.stored import read_record, record_fields
from tests.convergence.streams import (
    CHANCES,
    DRIVERS,
    FLO,
    Batch,
    Stream,
    of_several_names,
    streams,
)
from tests.convergence.world import Named, Photo, Record, Text, digits, spelled
from tests.examples import examples

# Of steps between two deliveries.
MOST_STEPS = 4
PHOTO = "wamid.PAGAIN"


@examples(90)
@given(stream=streams(aliases=True), random=CHANCES, rate=st.sampled_from([0.0, 0.1, 0.3]))
@pytest.mark.django_db
def test_on_our_stand_in(
    stream: Stream, random: Random, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any order and grouping, tasks twice, crashes and refusals everywhere."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    check(stream, random, rate)


@examples(40)
@given(stream=of_several_names(), random=CHANCES, rate=st.sampled_from([0.0, 0.0, 0.1]))
@pytest.mark.django_db
def test_people_of_several_names(
    stream: Stream, random: Random, rate: float, firestore: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have one reaction each, wherever it comes that their names are one person's."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore)
    check(stream, random, rate)


@pytest.mark.needs("firestore-emulator")
@examples(25)
@given(
    stream=streams(aliases=True) | of_several_names(),
    random=CHANCES,
    rate=st.sampled_from([0.0, 0.2]),
)
@pytest.mark.django_db
def test_on_the_official_emulator(
    stream: Stream,
    random: Random,
    rate: float,
    official_emulator: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same against Google's own."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", official_emulator)
    check(stream, random, rate)


def check(stream: Stream, random: Random, rate: float) -> None:
    """Sends a stream through the flow; compares documents and ledger with the model."""
    hurried = any_text_quotes_another(stream)
    quoted = {item.reply_to for item in stream.items if isinstance(item, Text)}
    with course(stream.world, random, rate=rate, losses=not hurried, prompt=quoted) as running:
        for batch in stream.deliveries:
            running.deliver(batch)
            for _ in range(random.randrange(MOST_STEPS)):
                step(running, seconds=0.2 if hurried else 60)
        running.finish()
        for batch in (more := again(stream)):
            running.deliver(batch)
        running.finish()
        for batch in stream.afterwards:
            running.deliver(batch)
        running.finish()
        assert running.documents() == documents(stream.world, stream.items)
        check_records(running)
    stream = replace(stream, deliveries=(*stream.deliveries, *more, *stream.afterwards))
    check_every_item(stream)
    check_fates(stream)


def again(stream: Stream) -> list[Batch]:
    """Reactions once more, beside which Meta may have told too late that two names are one's.

    A photo is there with each, lest the bytes be those of another delivery.
    """
    if stream.told_first:
        return []
    return [
        (each, Photo(lease_number=each.lease_number, driver=each.driver, wamid=PHOTO, second=0))
        for each in told_late(stream.world, stream.items)
    ]


def check_records(running: Course) -> None:
    """Of a tracking record nothing has changed, but for a user id that an event has told."""
    for record in running.world.records:
        stored = read_record(record, ancillary=running.ancillary)
        learned = stored.get("driverUserId")
        if not record.user_id and learned is not None:
            assert record.active
            assert learned in {name.user_id for name in names_of(record)}
            del stored["driverUserId"]
        assert stored == record_fields(record)


def names_of(record: Record) -> tuple[Named, ...]:
    """How Meta names the driver of a tracking record."""
    [driver] = [
        driver for driver in (*DRIVERS, FLO) if digits(record.number) in spelled(driver.number)
    ]
    return driver.names


def step(running: Course, *, seconds: float) -> None:
    """Lets one thing happen. `seconds` is how far the clock goes at most."""
    match running.random.randrange(6):
        case 0:
            running.store_ids()
        case 1:
            running.pass_time(seconds)
        case 2:
            running.sweep()
        case _:
            running.run_any()


def any_text_quotes_another(stream: Stream) -> bool:
    """Whether a reply waits for a text, which has to come within the minute."""
    texts = {item.wamid for item in stream.items if isinstance(item, Text)}
    return any(isinstance(item, Text) and item.reply_to in texts for item in stream.items)
