"""Identity tokens with which this process calls our other services, one for each audience."""

from functools import partial

from google.auth.credentials import Credentials, TokenState
from google.oauth2 import id_token

from visn_whatsapp.budget import Budget
from visn_whatsapp.google.credentials import PromptRequest
from visn_whatsapp.google.kept import Kept


def token(audience: str, *, budget: Budget) -> str:
    """Returns a token from Google's metadata server, or from the key file of
    GOOGLE_APPLICATION_CREDENTIALS. It is kept until shortly before it expires.

    Raises Unobtainable, within the budget.
    """
    kept = _kept.get(audience)
    if kept is None:
        new = Kept(partial(_ask, audience), name="identity_token", fresh=_fresh, usable=_usable)
        kept = _kept.setdefault(audience, new)
    return str(kept.value(budget).token)


_kept: dict[str, Kept[Credentials]] = {}  # by audience


def _ask(audience: str) -> Credentials:
    credentials: Credentials = id_token.fetch_id_token_credentials(
        audience, request=PromptRequest()
    )
    credentials.refresh(PromptRequest())
    return credentials


def _fresh(credentials: Credentials) -> bool:
    return credentials.token_state is TokenState.FRESH


def _usable(credentials: Credentials) -> bool:
    return credentials.token_state is not TokenState.INVALID
