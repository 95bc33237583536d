"""What the errors of Google's Firestore client mean to us."""

from collections.abc import Iterator
from contextlib import contextmanager

from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError

SAYS_TOO_LARGE = ("exceeds the maximum", "maximum entity size", "is longer than")


class Unavailable(Exception):
    """Firestore did not answer, or not us: nothing is known about what was asked for."""


class Refused(Exception):
    """Firestore refused a commit, and nothing of it was written."""


class Exists(Refused):
    """A document that should be created is there already."""


class Missing(Refused):
    """A document that should be updated is not there."""


class Beaten(Refused):
    """Somebody else changed a document in the meantime: read it again."""


class TooLarge(Refused):
    """A document would exceed 1 MiB."""


class Invalid(Refused):
    """The write itself is not acceptable."""


@contextmanager
def translated() -> Iterator[None]:
    """Turns the errors of Google's libraries into ours."""
    try:
        yield
    except exceptions.AlreadyExists as error:
        raise Exists from error
    except (exceptions.Aborted, exceptions.FailedPrecondition) as error:
        raise Beaten from error
    except exceptions.InvalidArgument as error:
        raise _refusal(error) from error
    except (exceptions.GoogleAPICallError, GoogleAuthError, TimeoutError) as error:
        raise Unavailable from error
    except (TypeError, ValueError) as error:
        # The client could not encode a value: as wrong as one that the server refuses.
        raise Invalid from error


def _refusal(error: exceptions.InvalidArgument) -> Refused:
    """A document over 1 MiB is told from other invalid writes by the words alone."""
    return TooLarge() if any(words in error.message for words in SAYS_TOO_LARGE) else Invalid()
