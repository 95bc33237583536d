"""What is still to be told: written with the ledger, taken by one, tried until it went."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from eventlog.attention.notice import Severity
from eventlog.channels.configured import PAGERS, Configured
from eventlog.models import Channel, Notification, ProblemChange
from visn_whatsapp.hours import Due
from webhooks.inserting import insert_new

What = ProblemChange.What

TOLD = frozenset(What) - {What.NOTED}
CALLED_FOR = frozenset({What.OPENED, What.OPENED_AGAIN, What.RESOLVED})
CHANGES_AT_A_TIME = 500
TAKEN_AT_A_TIME = 50
# Who takes some has so long to say what came of it, before another takes them.
CLAIM = timedelta(minutes=10)
PAUSES = tuple(timedelta(minutes=each) for each in (1, 2, 4, 8, 15, 30))  # and so on
KEPT = timedelta(days=35)


def note_channels(found: Sequence[Configured]) -> Sequence[Channel]:
    """Keeps which channels there are, without their addresses."""
    insert_new([Channel(name=each.name, scheme=each.scheme) for each in found], unless="(name)")
    rows = {row.name: row for row in Channel.objects.all()}
    schemes = {each.name: each.scheme for each in found}
    for name, row in rows.items():
        now_so = (name in schemes, schemes.get(name, row.scheme))
        if (row.is_configured, row.scheme) != now_so:
            row.is_configured, row.scheme = now_so
            row.save(update_fields=["is_configured", "scheme"])
    return [rows[each.name] for each in found]


def hand_over(channels: Sequence[Channel], *, now: datetime) -> None:
    """Writes for each channel what has become of problems since. A changed note is nobody's news.

    Without a channel nobody is told, and one that comes later hears nothing of what was before.
    """
    with transaction.atomic():
        untold = ProblemChange.objects.filter(told_at=None).order_by("pk").select_for_update()
        changes = list(untold[:CHANGES_AT_A_TIME])
        Notification.objects.bulk_create(
            Notification(channel=channel, change=change, created_at=now, due_at=now)
            for change in changes
            for channel in channels
            if What(change.what) in (CALLED_FOR if channel.scheme in PAGERS else TOLD)
        )
        keys = [change.pk for change in changes]
        ProblemChange.objects.filter(pk__in=keys).update(told_at=now)
    Notification.objects.filter(sent_at__lt=now - KEPT).delete()


def ask_for_digests(channels: Sequence[Channel], due: Due, *, now: datetime) -> None:
    """Has each channel told of the day that has come, once, however many ask, and of no other one.

    What was not told of an earlier day is in this one.
    """
    told = [each for each in channels if each.scheme not in PAGERS]
    digests = Notification.objects.filter(channel__in=told)
    there = set(digests.filter(digest_on__gte=due.day).values_list("channel", flat=True))
    rows = [
        Notification(
            channel=each, digest_on=due.day, digest_until=due.at, created_at=now, due_at=now
        )
        for each in told
        if each.pk not in there
    ]
    if rows:
        insert_new(rows, unless="(channel_id, digest_on)")
        digests.filter(digest_on__lt=due.day, sent_at=None).delete()


def ask_for_test(channel: Channel, *, now: datetime) -> None:
    """Has the next round send a test."""
    Notification.objects.create(channel=channel, created_at=now, due_at=now)


def take(channel: Channel, *, quiet: bool, now: datetime) -> Sequence[Notification]:
    """Takes what is due, the oldest first; nobody else does so for a while.

    In quiet hours only what is urgent, and tests.
    """
    with transaction.atomic():
        rows = to_send(channel).filter(due_at__lte=now).order_by("pk")
        if quiet:
            urgent = Q(change__problem__severity=Severity.URGENT.value)
            rows = rows.filter(urgent | Q(change=None, digest_on=None))
        keys = list(
            rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[
                :TAKEN_AT_A_TIME
            ]
        )
        Notification.objects.filter(pk__in=keys).update(due_at=now + CLAIM, tries=F("tries") + 1)
    taken = Notification.objects.filter(pk__in=keys).order_by("pk")
    return list(taken.select_related("change__problem"))


def to_send(channel: Channel) -> QuerySet[Notification]:
    """What a channel has not taken yet."""
    return Notification.objects.filter(channel=channel, sent_at=None)


def note_sent(channel: Channel, keys: Sequence[int], *, now: datetime) -> None:
    """The channel took these, and so it is well."""
    Notification.objects.filter(pk__in=keys).update(sent_at=now)
    Channel.objects.filter(pk=channel.pk).update(
        sent_at=now, failures=0, failing_since=None, error=""
    )


def note_failed(channel: Channel, keys: Sequence[int], error: str, *, now: datetime) -> None:
    """The channel did not take these: they are tried again, each time after a longer pause."""
    for tries, key in Notification.objects.filter(pk__in=keys).values_list("tries", "pk"):
        pause = PAUSES[min(tries, len(PAUSES)) - 1]
        Notification.objects.filter(pk=key).update(due_at=now + pause)
    row = Channel.objects.get(pk=channel.pk)
    Channel.objects.filter(pk=channel.pk).update(
        failures=F("failures") + 1,
        failing_since=row.failing_since or now,
        error=error[:100],
    )
