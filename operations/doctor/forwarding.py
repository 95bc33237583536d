"""The way from repair-serve-api to repair-serve-callable, by a call that hands over nothing."""

from collections.abc import Iterator
from http import HTTPStatus

from django.conf import settings
from urllib3.exceptions import HTTPError

from operations.doctor.seen import (
    OWN_CHECK,
    PATIENCE_SECONDS,
    Asked,
    Seen,
    cannot_tell,
    not_looked,
    well,
    wrong,
)
from visn_whatsapp.authentication import IdentityUnavailable, identity_token
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.posting import post
from webhooks import callable_protocol

TAKEN = callable_protocol.group_result(())
REMEDIES: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Let CALLABLE_AUDIENCE be the same in both services, and "
    f"{OWN_CHECK}.",
    HTTPStatus.FORBIDDEN: "Name the service account of repair-serve-api in CALLABLE_CALLERS, and "
    f"{OWN_CHECK}.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Look at its log: it has no database, or makes no tasks.",
    HTTPStatus.NOT_FOUND: "Let CALLABLE_URL be the address of repair-serve-callable, and its "
    "ingress let repair-serve-api in.",
}


def look(_: Asked) -> Iterator[Seen]:
    """Calls as a delivery is forwarded, with the identity of this process."""
    if "repair-serve-api" not in settings.SERVICES:
        yield not_looked("repair-serve-callable: only repair-serve-api calls it.")
    elif not settings.CALLABLE_URL:
        yield not_looked("repair-serve-callable: it is in this process, and nobody calls it.")
    else:
        yield _called()


def _called() -> Seen:
    try:
        token = identity_token(settings.CALLABLE_AUDIENCE)
    except IdentityUnavailable:
        return wrong(
            "No identity token can be made for repair-serve-callable.",
            "Look at the service account of this process, and at the metadata server.",
        )
    try:
        answer = post(
            settings.CALLABLE_URL,
            body=callable_protocol.encode_group({}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            budget=Budget(PATIENCE_SECONDS),
        )
    except (HTTPError, BudgetSpent) as error:
        return cannot_tell(
            f"repair-serve-callable does not answer ({type(error).__name__}).",
            "Look at CALLABLE_URL, and at the way out of this network.",
        )
    if (answer.status, answer.body) == (HTTPStatus.OK, TAKEN):
        return well("repair-serve-callable takes calls of this process, and makes tasks.")
    remedy = REMEDIES.get(answer.status, "Look at the log of repair-serve-callable.")
    return wrong(f"repair-serve-callable answers {answer.status}.", remedy)
