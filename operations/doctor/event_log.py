"""The event log as people meet it: whether its login page answers at its address."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from requests import RequestException, Response

from operations.doctor.seen import (
    PATIENCE_SECONDS,
    Asked,
    Seen,
    cannot_tell,
    not_looked,
    well,
    wrong,
)
from visn_whatsapp.in_time import session

LOGIN = "login/"  # below the address of the admin
FORM = 'name="csrfmiddlewaretoken"'
GOOGLE_LOGIN = "accounts.google.com"  # where an identity-aware proxy sends people first
REMEDIES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "Name its host in ALLOWED_HOSTS of the admin.",
    HTTPStatus.NOT_FOUND: "Look at the address: it ends in /admin/, of the service admin.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Look at the log of the admin: it has no database.",
}
REMEDY = "Look at the address, at what stands before it, and at the log of the admin."


def look(asked: Asked) -> Iterator[Seen]:
    """Asks for the login page, as a browser does that nobody has logged in with."""
    if not asked.admin_url:
        yield not_looked("The event log: --admin-url does not say where it is.")
        return
    url = f"{asked.admin_url.removesuffix('/')}/{LOGIN}"
    try:
        with session() as browser:
            browser.max_redirects = 1  # none is followed
            yield _seen(url, browser.get(url, timeout=PATIENCE_SECONDS, allow_redirects=False))
    except RequestException as error:
        yield cannot_tell(f"{url} does not answer ({type(error).__name__}).", REMEDY)


def _seen(url: str, answer: Response) -> Seen:
    if answer.status_code == HTTPStatus.OK and FORM in answer.text:
        return well(f"{url} has the login page.")
    if answer.is_redirect and urlsplit(answer.headers["Location"]).hostname == GOOGLE_LOGIN:
        return well(f"{url} is behind a login of Google's.")
    return wrong(
        f"{url} answers {answer.status_code} without the login page.",
        REMEDIES.get(answer.status_code, REMEDY),
    )
