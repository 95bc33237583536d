"""Compares what has happened with what must have: in the ledger, and in both databases."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sandbox.demo import ending
from sandbox.demo.outcomes import find
from sandbox.demo.platform import Platform
from sandbox.demo.scenes import Expected, Post
from webhooks.models import Delivery, Event, RefusalCount
from webhooks.outcomes import OPEN

ABSENT = "(nothing)"


def differences(
    posts: list[Post], *, platform: Platform, start: int, now: datetime
) -> Iterator[str]:
    """Yields a sentence for everything that is not as it must be."""
    for post in posts:
        yield from _outcomes(post)
    yield from _totals(posts)
    messages = platform.chat_messages()
    yield from _received_at(messages)
    yield from compare(_without_received_at(messages), ending.chat_messages(start=start, now=now))
    counts = {path: platform.read(path) for path in ending.unread_counts()}
    wanted = {
        path: {"unReadWhatsappMessageCount": count}
        for path, count in ending.unread_counts().items()
    }
    yield from compare(counts, wanted)
    learned = {
        path: {"driverUserId": platform.read_tracking(path).get("driverUserId")}
        for path in ending.learned_user_ids()
    }
    yield from compare(
        learned, {path: {"driverUserId": each} for path, each in ending.learned_user_ids().items()}
    )


def _outcomes(post: Post) -> Iterator[str]:
    found = find(post)
    if len(found) != len(post.items):
        yield f"{post.says}: {len(found)} events instead of {len(post.items)}"
    for item, event in zip(post.items, found, strict=False):
        if _wanted(item) != (event.reason, event.chat, event.document_id):
            yield (
                f"{post.says}, {item.says}: {event.reason or ABSENT} in {event.chat or ABSENT}, "
                f"document {event.document_id or ABSENT}, instead of {item.reason}"
            )


def _wanted(item: Expected) -> tuple[str, str, str]:
    chat = f"{item.enquiry.lease_id}/{item.enquiry.enquiry_id}" if item.enquiry else ""
    return (item.reason, chat, item.document_id)


def _totals(posts: list[Post]) -> Iterator[str]:
    """Nothing more than the story's deliveries is in the ledger, and nothing is open."""
    genuine = [post for post in posts if not post.forged]
    totals = {
        "deliveries": (Delivery.objects.count(), len(genuine)),
        "events": (Event.objects.count(), sum(len(post.items) for post in posts)),
        "open events": (Event.objects.filter(state__in=OPEN).count(), 0),
        "refused requests": (_refused(), len(posts) - len(genuine)),
    }
    for name, (count, wanted) in totals.items():
        if count != wanted:
            yield f"{count} {name} in the ledger instead of {wanted}"


def _refused() -> int:
    return sum(RefusalCount.objects.values_list("count", flat=True))


def _received_at(messages: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for path, fields in messages.items():
        is_ours = fields.get("source") == "driver"
        if isinstance(fields.get("receivedAt"), datetime) != is_ours:
            yield f"{path}: receivedAt is {fields.get('receivedAt', ABSENT)}"


def _without_received_at(
    messages: Mapping[str, Mapping[str, object]],
) -> dict[str, dict[str, object]]:
    return {
        path: {name: value for name, value in fields.items() if name != "receivedAt"}
        for path, fields in messages.items()
    }


def compare(
    found: Mapping[str, Mapping[str, object]], wanted: Mapping[str, Mapping[str, object]]
) -> Iterator[str]:
    """Yields a sentence for each document, and each field, in which two sets differ."""
    for path in sorted(found.keys() | wanted.keys()):
        if path not in found:
            yield f"{path} is missing"
        elif path not in wanted:
            yield f"{path} should not be there"
        else:
            yield from _fields(path, found[path], wanted[path])


def _fields(path: str, found: Mapping[str, object], wanted: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(found.keys() | wanted.keys()):
        value, right = found.get(name, ABSENT), wanted.get(name, ABSENT)
        if value != right:
            yield f"{path}: {name} is {value!r} instead of {right!r}"
