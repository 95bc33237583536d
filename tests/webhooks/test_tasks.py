"""The form of a task."""

from uuid import UUID

import pytest

from webhooks import tasks
from webhooks.tasks import Member, Task, TaskUnreadable

DELIVERY = UUID("0197e0a0-0000-7000-8000-000000000001")
OTHER = UUID("0197e0a0-0000-7000-8000-000000000002")


def test_a_task_names_its_delivery() -> None:
    assert tasks.encode(DELIVERY) == (b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001"}')


def test_a_task_may_name_some_events() -> None:
    assert tasks.encode(DELIVERY, events=[7, 9]) == (
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[7,9]}'
    )


def test_a_task_may_tell_the_digest_of_the_bytes_and_how_often_it_was_looked_for_them() -> None:
    assert tasks.encode(DELIVERY, digest="0a" * 32, looks=2) == (
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001",'
        b'"digest":"%s","looks":2}' % (b"0a" * 32)
    )


@pytest.mark.parametrize("events", [(), (1,), (7, 2**63 - 1)])
def test_what_is_encoded_can_be_decoded(events: tuple[int, ...]) -> None:
    task = Task(delivery=DELIVERY, digest="0a" * 32, events=events, looks=3)
    body = tasks.encode(DELIVERY, digest="0a" * 32, events=events, looks=3)
    assert tasks.decode(body) == (task,)


def test_a_task_of_an_older_release_has_no_digest() -> None:
    body = b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[7]}'
    assert tasks.decode(body) == (Task(delivery=DELIVERY, digest="", events=(7,), looks=0),)


def test_unknown_fields_are_passed_over() -> None:
    body = b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","queue":"another"}'
    assert tasks.decode(body) == (Task(delivery=DELIVERY),)


def test_a_task_of_version_2_names_several_deliveries() -> None:
    body = (
        b'{"v":2,"deliveries":[{"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[7]},'
        b'{"delivery":"0197e0a0-0000-7000-8000-000000000002","digest":"%s","of":"another"}]}'
        % (b"0a" * 32)
    )
    assert tasks.decode(body) == (
        Task(delivery=DELIVERY, events=(7,)),
        Task(delivery=OTHER, digest="0a" * 32),
    )


def test_each_of_several_may_have_its_own_trace() -> None:
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    members = [Member(delivery=DELIVERY, traceparent=traceparent), Member(delivery=OTHER)]
    assert tasks.decode(tasks.encode_for(members)) == (
        Task(delivery=DELIVERY, traceparent=traceparent),
        Task(delivery=OTHER),
    )
    # One alone has its task's.
    assert tasks.encode_for(members[:1]) == tasks.encode(DELIVERY)


def test_a_task_of_no_delivery_asks_for_nothing() -> None:
    body = tasks.encode_for(())
    assert body == b'{"v":2,"deliveries":[]}'
    assert tasks.decode(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"v":2,"delivery":"0197e0a0-0000-7000-8000-000000000001"}',
        b'{"v":2,"deliveries":[{"delivery":"0197e0a0-0000-7000-8000-000000000001"},{}]}',
        b'{"v":3,"delivery":"0197e0a0-0000-7000-8000-000000000001"}',
        b'{"v":1,"delivery":"0197e0a0"}',
        b'{"v":1,"delivery":7}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","digest":"0A"}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","looks":-1}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[0]}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[1.5]}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-000000000001","events":[9223372036854775808]}',
        b'{"v":1,"delivery":"0197e0a0-0000-7000-8000-00000000000\xff"}',
    ],
)
def test_what_is_no_task_is_unreadable(body: bytes) -> None:
    with pytest.raises(TaskUnreadable, match=r"^the body is not a task of version 1 or 2$"):
        tasks.decode(body)
