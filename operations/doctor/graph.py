"""Meta's Graph API: what it says of an app, of its accounts and of their numbers.

As Meta's pages of 2026 document it: /docs/graph-api/reference/app/subscriptions, and of
/documentation/business-messaging/whatsapp the pages webhooks/override and business-phone-numbers.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from requests import Session

from operations.doctor.seen import PATIENCE_SECONDS
from visn_whatsapp.budget import Budget

VERSION = "v26.0"  # docs/first-message.md tells until when a version lives
WHATSAPP = "whatsapp_business_account"
MESSAGES = "messages"
AT_ONCE = 100  # numbers of an account that are asked for

_NUMBER_FIELDS = (
    "id,display_phone_number,status,quality_rating,name_status,throughput,webhook_configuration"
)


class Refused(Exception):
    """Meta answers with an error."""

    def __init__(self, code: int) -> None:
        """Keeps the error's code alone; its words may repeat the token. 0: there is none."""
        super().__init__()
        self.code = code


class Field(msgspec.Struct, frozen=True):
    """A webhook field that the app is subscribed to."""

    name: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """What an app is told of objects of one kind, and where."""

    object: str = ""
    callback_url: str = ""
    active: bool = False
    fields: tuple[Field, ...] = ()  # left out where there are none


class _AppData(msgspec.Struct, frozen=True):
    id: str = ""


class App(msgspec.Struct, frozen=True):
    """An app that is told of an account."""

    whatsapp_business_api_data: _AppData = _AppData()
    override_callback_uri: str = ""

    @property
    def id(self) -> str:
        """The app's id."""
        return self.whatsapp_business_api_data.id


class Callbacks(msgspec.Struct, frozen=True):
    """The callback URLs of a number, in the order in which Meta looks for one."""

    phone_number: str = ""
    whatsapp_business_account: str = ""
    application: str = ""


class Throughput(msgspec.Struct, frozen=True):
    """How much a number may send at once."""

    level: str = ""


class Number(msgspec.Struct, frozen=True):
    """How a number stands at Meta."""

    id: str
    display_phone_number: str = ""
    status: str = ""
    quality_rating: str = ""
    name_status: str = ""
    throughput: Throughput = Throughput()
    webhook_configuration: Callbacks = Callbacks()


class _Paging(msgspec.Struct, frozen=True):
    next: str = ""


class _Subscriptions(msgspec.Struct, frozen=True):
    data: tuple[Subscription, ...]


class _Apps(msgspec.Struct, frozen=True):
    data: tuple[App, ...]


class Numbers(msgspec.Struct, frozen=True):
    """The numbers of an account, by their ids."""

    data: tuple[Number, ...]
    paging: _Paging = _Paging()

    @property
    def all(self) -> bool:
        """Whether there are no more of them."""
        return not self.paging.next


class _Error(msgspec.Struct, frozen=True):
    code: int = 0


class _Answer(msgspec.Struct, frozen=True):
    error: _Error = _Error()


Told = TypeVar("Told")


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """The Graph API for whoever has a token.

    Each call raises Refused, RequestException of requests, BudgetSpent if there is no time left, or
    DecodeError of msgspec where something else answers.
    """

    session: Session
    budget: Budget  # of all calls
    token: str = field(repr=False)  # a system user's, or APP_ID|APP_SECRET for what is the app's

    def subscriptions(self, app_id: str) -> tuple[Subscription, ...]:
        """What the app is told of; takes the token of the app itself."""
        return self._get(f"{app_id}/subscriptions", _Subscriptions).data

    def apps(self, account: str) -> tuple[App, ...]:
        """The apps that are told of the account."""
        return self._get(f"{account}/subscribed_apps", _Apps).data

    def numbers(self, account: str) -> Numbers:
        """The ids of the account's numbers."""
        return self._get(f"{account}/phone_numbers", Numbers, fields="id", limit=AT_ONCE)

    def number(self, number_id: str) -> Number:
        """How a number stands."""
        return self._get(number_id, Number, fields=_NUMBER_FIELDS)

    def _get(self, path: str, told: type[Told], **query: Any) -> Told:
        # The token is in a header, since an address gets into the logs of whoever is on the way.
        answer = self.session.get(
            f"{settings.GRAPH_API_URL}/{VERSION}/{path}",
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=self.budget.at_most(PATIENCE_SECONDS),
            allow_redirects=False,
        )
        if answer.status_code == HTTPStatus.OK:
            return msgspec.json.decode(answer.content, type=told)
        raise Refused(msgspec.json.decode(answer.content, type=_Answer).error.code)
