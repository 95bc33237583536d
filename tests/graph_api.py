"""A stand-in for Meta's Graph API: what it says of an app, its accounts and their numbers.

It answers as Meta's pages of 2026 document it: /docs/graph-api/reference/app/subscriptions,
/documentation/business-messaging/whatsapp/webhooks/override, …/business-phone-numbers and
/docs/graph-api/guides/error-handling.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests import answering
from tests.answering import Quiet

Json = dict[str, Any]
Answer = tuple[int, Any]

VERSION = "v26.0"
APP_ID = "300000000000003"
APP_SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "EAAJmadeUpTokenOfASystemUser0123456789"
ACCOUNT = "102290129340398"
PHONE_NUMBER_ID = "106540352242922"
CALLBACK = "https://whatsapp.visn.example/v1/webhooks/whatsapp/webhook"
# What a number may be asked for.
FIELDS = {
    *("id", "display_phone_number", "verified_name", "status", "quality_rating", "name_status"),
    *("throughput", "webhook_configuration"),
}


@dataclass(kw_only=True)
class GraphApi:
    """One app, its accounts and their numbers; what a test changes in it is what it says."""

    subscription: Json = field(
        default_factory=lambda: {
            "object": "whatsapp_business_account",
            "callback_url": CALLBACK,
            "active": True,
            "fields": [{"name": "messages", "version": VERSION}],
        }
    )
    told: dict[str, Json] = field(default_factory=lambda: {ACCOUNT: {APP_ID: ""}})  # overrides
    numbers: dict[str, Json] = field(
        default_factory=lambda: {
            PHONE_NUMBER_ID: {
                "id": PHONE_NUMBER_ID,
                "display_phone_number": "+1 555-078-3881",
                "verified_name": "Northwind Leasing",
                "status": "CONNECTED",
                "quality_rating": "GREEN",
                "name_status": "APPROVED",
                "throughput": {"level": "STANDARD"},
            }
        }
    )
    refused: dict[str, Answer] = field(default_factory=dict)  # answers by path, before all else

    def answer(
        self, method: str, path: str, query: dict[str, str], token: str, body: Any
    ) -> Answer:
        """Answers one request; `path` begins with the version."""
        version, _, rest = path.removeprefix("/").partition("/")
        if rest in self.refused:
            return self.refused[rest]
        if version != VERSION:
            return error(2500, "Unknown path components")
        wanted = f"{APP_ID}|{APP_SECRET}" if rest == f"{APP_ID}/subscriptions" else TOKEN
        if token != f"Bearer {wanted}":
            return error(190, f"Invalid OAuth access token {token}", subcode=463)
        node, _, edge = rest.partition("/")
        known = node in {APP_ID, *self.told, *self.numbers}
        found = self._get(node, edge, query) if method == "GET" else self._post(node, edge, body)
        return found if known and found else error(100, f"Object with ID '{node}' does not exist")

    def _get(self, node: str, edge: str, query: dict[str, str]) -> Answer | None:
        match edge:
            case "subscriptions":
                return 200, {"data": [self.subscription]}
            case "subscribed_apps":
                return 200, {"data": [_app(*each) for each in self.told[node].items()]}
            case "phone_numbers":
                return self._shown([*self.numbers.values()], query)
            case "" if node in self.numbers:
                status, shown = self._shown([self.numbers[node]], query)
                return status, shown["data"][0] if "data" in shown else shown
        return None

    def _post(self, node: str, edge: str, body: Any) -> Answer | None:
        match edge:
            case "subscribed_apps":
                self.told[node][APP_ID] = (body or {}).get("override_callback_uri", "")
            case "register":
                if set(body) != {"messaging_product", "pin"}:
                    return error(100, "Invalid parameter")
                self.numbers[node]["status"] = "CONNECTED"
            case "":
                uri = body["webhook_configuration"]["override_callback_uri"]
                self.numbers[node]["override"] = uri
            case _:
                return None
        return 200, {"success": True}

    def _shown(self, numbers: list[Json], query: dict[str, str]) -> Answer:
        wanted = query.get("fields", "id").split(",")
        if unknown := set(wanted) - FIELDS:
            return error(100, f"Tried accessing nonexisting field {unknown}")
        whole = [{**each, "webhook_configuration": self._leads(each)} for each in numbers]
        return 200, {"data": [{name: each[name] for name in ("id", *wanted)} for each in whole]}

    def _leads(self, number: Json) -> Json:
        [account] = self.told
        leads = {
            "phone_number": number.get("override", ""),
            "whatsapp_business_account": self.told[account].get(APP_ID, ""),
            "application": self.subscription["callback_url"],
        }
        return {level: url for level, url in leads.items() if url}


def error(code: int, message: str, *, status: int = 400, subcode: int = 0) -> Answer:
    """What the Graph API answers to what it does not do."""
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3"}
    return status, {"error": told | ({"error_subcode": subcode} if subcode else {})}


def _app(app_id: str, override: str) -> Json:
    link = f"https://www.facebook.com/games/?app_id={app_id}"
    shown = {"id": app_id, "link": link, "name": "Northwind"}
    return {"whatsapp_business_api_data": shown} | (
        {"override_callback_uri": override} if override else {}
    )


@contextmanager
def serving(graph: GraphApi) -> Iterator[str]:
    """Answers GET over HTTP on this machine; yields the address."""

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            token = self.headers.get("Authorization", "")
            status, told = graph.answer("GET", url.path, dict(parse_qsl(url.query)), token, None)
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Location", f"/{VERSION}/elsewhere")  # of a redirection
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with answering.serving(Handler) as port:
        yield f"http://127.0.0.1:{port}"
