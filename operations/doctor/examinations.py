"""Everything that is looked at, and what it comes to. A new examination is a line here."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import Error

from operations.doctor import (
    chores,
    event_log,
    firestore,
    forwarding,
    ledger,
    meta,
    process,
    queue,
    webhook,
)
from operations.doctor.seen import Asked, Health, Seen, cannot_tell
from visn_whatsapp.findings import Finding

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """A look at one thing; it may raise whatever keeps it from looking."""

    subject: str
    look: Callable[[Asked], Iterable[Seen]]


EXAMINATIONS: Sequence[Examination] = (
    Examination(subject="settings", look=process.look),
    Examination(subject="ledger", look=ledger.look),
    Examination(subject="chores", look=chores.look),
    Examination(subject="attention", look=chores.look_at_attention),
    Examination(subject="firestore", look=firestore.look),
    Examination(subject="queue", look=queue.look),
    Examination(subject="callable", look=forwarding.look),
    Examination(subject="webhook", look=webhook.look),
    Examination(subject="admin", look=event_log.look),
    Examination(subject="meta", look=meta.look),
)


def examine(
    asked: Asked, examinations: Iterable[Examination] = EXAMINATIONS
) -> Iterator[tuple[str, Seen]]:
    """Yields what is seen, with its subject, as soon as it is; a look that fails stops no other."""
    for each in examinations:
        try:
            for seen in each.look(asked):
                yield each.subject, seen
        except Error as error:
            yield (
                each.subject,
                cannot_tell(
                    f"The database cannot be reached ({type(error).__name__}).",
                    "Look at the instance of Cloud SQL, at DATABASE_URL, at who may connect, and "
                    "at who holds a lock.",
                ),
            )
        except Exception as error:
            logger.exception("An examination broke off.")
            words = f"The look broke off ({type(error).__name__})."
            yield each.subject, cannot_tell(words, "The log of this process says where.")


def finding(found: Collection[Seen]) -> Finding:
    """What all of it comes to: nothing that was looked at is not well."""
    healths = {seen.health for seen in found}
    if Health.WRONG in healths:
        return Finding.WRONG
    well = Health.WELL in healths and Health.CANNOT_TELL not in healths
    return Finding.WELL if well else Finding.CANNOT_TELL
