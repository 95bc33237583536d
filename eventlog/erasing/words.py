"""Words that people have written beside the events, and bytes that came as tasks: without names."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet

from eventlog.models import Problem, ReplayJob
from listeners.models import UnreadableTask
from webhooks.whatsapp.names import Names

IN_PLACE = "(erased)"
# Of each table the columns in which somebody may have written whatever they liked.
WRITTEN: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (ReplayJob, ("name", "choice")),
    (LogEntry, ("object_repr", "change_message")),
    (Problem, ("note",)),
)


def take_out(names: Names) -> int:
    """Replaces the names in what was written, and empties such tasks. Returns how many rows."""
    rows = [*_written(names), *_tasks(names)]
    for change in rows:
        change()
    return len(rows)


def count(names: Names) -> int:
    """How many rows `take_out` would change."""
    return len([*_written(names), *_tasks(names)])


def _written(names: Names) -> Iterator[Callable[[], Any]]:
    for model, columns in WRITTEN:
        for row in _holding(model, columns, names).iterator():
            words = {column: getattr(row, column) for column in columns}
            new = {column: names.replaced(said, IN_PLACE) for column, said in words.items()}
            if new != words:
                found = model._default_manager.filter(pk=row.pk)  # noqa: SLF001 - Django documents it as public
                yield lambda found=found, new=new: found.update(**new)  # type: ignore[misc]


def _holding(model: type[Model], columns: tuple[str, ...], names: Names) -> QuerySet[Any]:
    """What may hold one: a database knows no words of their own."""
    condition = Q(pk__in=())
    for column in columns:
        for name in (*names.numbers, *names.user_ids):
            condition |= Q((f"{column}__contains", name))
    return model._default_manager.filter(condition).order_by("pk")  # noqa: SLF001 - as above


def _tasks(names: Names) -> Iterator[Callable[[], Any]]:
    for row in UnreadableTask.objects.only("body").iterator():
        if names.are_in(bytes(row.body).decode("latin-1")):
            found = UnreadableTask.objects.filter(pk=row.pk)
            yield lambda found=found: found.update(body=b"")  # type: ignore[misc]
