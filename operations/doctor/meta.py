"""What Meta has configured: where the app's webhooks go, of what it is told, and its numbers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from msgspec import DecodeError
from requests import RequestException

from operations.doctor.graph import MESSAGES, WHATSAPP, App, Graph, Refused, Subscription
from operations.doctor.meta_numbers import host_of, seen_of_number
from operations.doctor.seen import Asked, Seen, cannot_tell, not_looked, well, wrong
from operations.doctor.webhook import addresses
from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.in_time import session

SECONDS = 60.0  # for all of it
PAGE = "docs/first-message.md"
FIELD = re.compile(r"[a-z_]{1,64}")  # what comes from elsewhere and may be printed

# What Meta's codes say: /docs/graph-api/guides/error-handling.
TOKEN_ENDED = {102, 190}
NOT_ALLOWED = {3, 10, *range(200, 300)}
NOT_THERE = {100, 803}
LATER = {1, 2, 4, 17, 341, 80007}


@dataclass(frozen=True, kw_only=True, slots=True)
class Ours:
    """What Meta should have."""

    app_id: str
    accounts: tuple[str, ...]  # those that a token is there for
    callbacks: tuple[str, ...]


def look(asked: Asked) -> Iterator[Seen]:
    """Asks the Graph API with the app's secret, and of accounts and numbers with the token."""
    if "repair-serve-api" not in settings.SERVICES:
        yield not_looked("Meta: only repair-serve-api has the app's secret.")
    elif not settings.WHATSAPP_APP_ID:
        yield not_looked("Meta: WHATSAPP_APP_ID does not name the app.")
    else:
        yield from _looked(asked)


def _looked(asked: Asked) -> Iterator[Seen]:
    token = settings.WHATSAPP_ACCESS_TOKEN
    ours = Ours(
        app_id=settings.WHATSAPP_APP_ID,
        accounts=tuple(settings.WHATSAPP_ACCOUNTS) if token else (),
        callbacks=tuple(addresses(asked)),
    )
    with session() as line:
        line.max_redirects = 1  # none is followed, and with 0 an answer that is one is an error
        budget = Budget(SECONDS)
        secret = f"{ours.app_id}|{settings.WHATSAPP_APP_SECRET}"
        of_the_app = Graph(session=line, budget=budget, token=secret)
        yield from _guarded("The app", _app(of_the_app, ours))
        if not token:
            yield not_looked("Meta's accounts and numbers: there is no WHATSAPP_ACCESS_TOKEN.")
        graph = Graph(session=line, budget=budget, token=token)
        for account in ours.accounts:
            yield from _guarded(f"Account {account}", _account(graph, account, ours))


def _guarded(subject: str, look: Iterable[Seen]) -> Iterator[Seen]:
    try:
        yield from look
    except Refused as refused:
        yield _refusal(subject, refused.code)
    except (RequestException, BudgetSpent, DecodeError) as error:
        yield cannot_tell(
            f"{subject}: the Graph API does not answer ({type(error).__name__}).",
            "Look at metastatus.com, and at the way out of this network.",
        )


def _refusal(subject: str, code: int) -> Seen:
    words = f"{subject}: the Graph API answers with its error {code}."
    if code in LATER:
        return cannot_tell(words, "Meta has trouble or was asked too often: again in an hour.")
    if code in TOKEN_ENDED:
        remedy = (
            "Make a new WHATSAPP_ACCESS_TOKEN of the system user, or see that WHATSAPP_APP_ID and "
            f"WHATSAPP_APP_SECRET are of one app ({PAGE}, 3)."
        )
    elif code in NOT_ALLOWED:
        remedy = (
            "Give the system user the app and the account, and its token "
            f"whatsapp_business_management ({PAGE}, 3)."
        )
    elif code in NOT_THERE:
        remedy = "Look at WHATSAPP_APP_ID and WHATSAPP_ACCOUNTS, and at what the token may see."
    else:
        remedy = "Look the code up: developers.facebook.com/docs/graph-api/guides/error-handling."
    return wrong(words, remedy)


def _app(graph: Graph, ours: Ours) -> Iterator[Seen]:
    found = [each for each in graph.subscriptions(ours.app_id) if each.object == WHATSAPP]
    if not found or not found[0].active:
        yield wrong(
            "The app is told nothing of WhatsApp.",
            f"Save callback URL and verify token in the App Dashboard ({PAGE}, 5).",
        )
        return
    [subscription] = found[:1]
    yield _callback(subscription, ours)
    yield _fields(subscription)


def _callback(subscription: Subscription, ours: Ours) -> Seen:
    if subscription.callback_url in ours.callbacks:
        return well(f"The app's callback URL is {subscription.callback_url}.")
    words = f"The app's callback URL is another one, at {host_of(subscription.callback_url)}"
    if ours.accounts:  # then each number tells where its messages go
        return well(f"{words}: an override has to lead here.")
    return wrong(
        f"{words}.",
        f"Make it {ours.callbacks[0]} in the App Dashboard, or name the one that Meta has by "
        "--webhook-url.",
    )


def _fields(subscription: Subscription) -> Seen:
    names = {each.name for each in subscription.fields}
    if MESSAGES not in names:
        return wrong(
            f"The app is not subscribed to {MESSAGES}.",
            f"Subscribe to it in the App Dashboard ({PAGE}, 5).",
        )
    others = sorted(name for name in names - {MESSAGES} if FIELD.fullmatch(name))
    also = f" and, which is ignored here, to {', '.join(others)}" if others else ""
    return well(f"The app is subscribed to {MESSAGES}{also}.")


def _account(graph: Graph, account: str, ours: Ours) -> Iterator[Seen]:
    yield _told(account, [each for each in graph.apps(account) if each.id == ours.app_id])
    numbers = graph.numbers(account)
    for each in numbers.data:
        look = seen_of_number(graph, each.id, account=account, callbacks=ours.callbacks)
        yield from _guarded(f"A number of account {account}", look)
    if not numbers.data:
        yield wrong(f"Account {account} has no number.", f"Add one ({PAGE}, 4).")
    if not numbers.all:
        yield cannot_tell(f"Account {account} has more numbers than were asked for.", "See there.")


def _told(account: str, apps: list[App]) -> Seen:
    if not apps:
        return wrong(
            f"The app is not told of account {account}.",
            f"POST /{account}/subscribed_apps ({PAGE}, 6).",
        )
    override = apps[0].override_callback_uri
    by = f", by an override at {host_of(override)}" if override else ""
    return well(f"The app is told of account {account}{by}.")
