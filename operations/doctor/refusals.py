"""What an error of Google's clients says of the settings, and what to do about it."""

from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError

from operations.doctor.seen import Seen, cannot_tell, wrong
from visn_whatsapp.google.kept import Unobtainable

AWAY = "Look at the status of Google Cloud, and at the way out of this network."
IDENTITY = "Look at the service account of this process, and at its credentials."


def seen_of(error: BaseException | None, subject: str, remedies: dict[type, str]) -> Seen:
    """Says of an error whether it is wrong or not known, with the remedy for its kind."""
    for kind, remedy in remedies.items():
        if isinstance(error, kind):
            return wrong(f"{subject}: {type(error).__name__}.", remedy)
    if isinstance(error, exceptions.Unauthenticated | GoogleAuthError | Unobtainable):
        return wrong(f"{subject}: there are no credentials ({type(error).__name__}).", IDENTITY)
    return cannot_tell(f"{subject} cannot be reached ({type(error).__name__}).", AWAY)
