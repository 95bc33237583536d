"""What Meta says of an error, and what its code means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from eventlog.error_codes import ErrorCode, explained
from webhooks.whatsapp.failures import code_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldError:
    """One of Meta's errors. What Meta says may be anything, so it is shown masked."""

    code: object  # as Meta has it
    explained: ErrorCode | None  # None: it has no code that is one
    title: object
    details: object


def told_errors(errors: Iterable[Mapping[str, object]]) -> Sequence[ToldError]:
    """Each of `errors[]`, in its order."""
    return [_told(error) for error in errors]


def _told(error: Mapping[str, object]) -> ToldError:
    code = code_of([error])
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else None
    return ToldError(
        code="" if error.get("code") is None else error["code"],
        explained=None if code is None else explained(code),
        title=error.get("title") or error.get("message") or "",
        details=details or "",
    )
