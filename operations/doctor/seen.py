"""What was seen of one thing, and what to do about it."""

from dataclasses import dataclass

from visn_whatsapp.explained import Explained

PATIENCE_SECONDS = 10.0  # of a call: a service that has no instance has to start one
# Its default, and it takes the signature out of the tokens that our services check themselves.
OWN_CHECK = "let Cloud Run check no callers itself (run.googleapis.com/invoker-iam-disabled)"


class Health(Explained):
    """How one thing is."""

    WELL = "well", "It is as it has to be."
    WRONG = "wrong", "It is not as it has to be."
    CANNOT_TELL = "could_not_tell", "It could not be looked at."
    NOT_LOOKED = "not_looked", "It is looked at where its secret or its identity is."


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One line: no secret and nothing of a person is in it."""

    health: Health
    words: str  # one sentence
    remedy: str = ""  # what to do; empty where nothing is


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What the doctor was told to look at."""

    webhook_url: str = ""  # as Meta posts to it; empty: by the first of ALLOWED_HOSTS
    admin_url: str = ""  # of the event log; empty: it is not looked at
    client_certificate: str = ""  # file, PEM with its key; shown to the webhook if it asks for one


def well(words: str) -> Seen:
    """All is well."""
    return Seen(health=Health.WELL, words=words)


def wrong(words: str, remedy: str) -> Seen:
    """Somebody has to act."""
    return Seen(health=Health.WRONG, words=words, remedy=remedy)


def cannot_tell(words: str, remedy: str) -> Seen:
    """It may be well or not."""
    return Seen(health=Health.CANNOT_TELL, words=words, remedy=remedy)


def not_looked(words: str) -> Seen:
    """It is not for this process to look at."""
    return Seen(health=Health.NOT_LOOKED, words=words)
