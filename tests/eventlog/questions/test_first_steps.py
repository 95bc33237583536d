"""An empty log says where Meta has to post, until the first delivery is there."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from eventlog.questions.first_steps import FirstSteps, first_steps
from tests.eventlog.admin.staff import PART
from tests.rows import make_delivery, make_event
from webhooks import clock

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.django_db


def shown(client: Client, path: str = "/admin/figures/") -> str:
    page = client.get(path, headers=PART).content.decode()
    panel = re.search(r'<section class="panel first-steps".*?</section>', page, re.DOTALL)
    return panel[0] if panel else ""


@pytest.mark.parametrize(
    ("services", "versions", "callbacks"),
    [
        (
            ("admin", "repair-serve-api"),
            ("v1", "v2"),
            [
                "https://log.example/v1/webhooks/whatsapp/webhook",
                "https://log.example/v2/webhooks/whatsapp/webhook",
            ],
        ),
        (("admin",), ("v1",), ["https://HOST/v1/webhooks/whatsapp/webhook"]),
    ],
)
def test_the_address_is_of_this_host_only_where_this_process_takes_webhooks(
    settings: Settings, services: Sequence[str], versions: Sequence[str], callbacks: list[str]
) -> None:
    settings.SERVICES, settings.WEBHOOK_VERSIONS, settings.DEPLOYED = services, versions, True
    assert first_steps(origin="https://log.example") == FirstSteps(
        callbacks=callbacks, is_here="repair-serve-api" in services, is_deployed=True
    )


def test_the_address_that_is_shown_takes_a_webhook(admin_client: Client) -> None:
    [url] = re.findall(r"<code>http://testserver(/\S+)</code>", shown(admin_client))
    assert Client().post(url, b"{}", content_type="application/json").status_code == 401


@pytest.mark.parametrize(
    ("services", "deployed", "words", "others"),
    [
        (("admin", "repair-serve-api"), False, "simulate_whatsapp", "ALLOWED_HOSTS"),
        (("admin",), True, "ALLOWED_HOSTS", "simulate_whatsapp"),
    ],
)
def test_it_says_what_is_so_of_this_process(
    admin_client: Client,
    settings: Settings,
    services: Sequence[str],
    *,
    deployed: bool,
    words: str,
    others: str,
) -> None:
    settings.SERVICES, settings.DEPLOYED = services, deployed
    panel = shown(admin_client)
    assert (words in panel, others in panel) == (True, False)


def test_the_verify_token_is_named_and_not_told(admin_client: Client, settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = "a-token-of-metas"
    page = admin_client.get("/admin/").content.decode()
    assert "WHATSAPP_VERIFY_TOKEN" in page
    assert "a-token-of-metas" not in page


def test_the_parts_of_the_document_that_it_names_are_there(admin_client: Client) -> None:
    document = (ROOT / "docs" / "first-message.md").read_text()
    named = re.findall(r"docs/first-message\.md, ([^<]+?)(?:</span>|\. Who)", shown(admin_client))
    assert len(named) == 4
    assert [part for part in named if f"\n## {part}\n" not in document] == []


def test_it_is_gone_with_the_first_delivery(admin_client: Client) -> None:
    assert shown(admin_client)
    make_delivery()
    assert shown(admin_client) == ""
    assert shown(admin_client, "/admin/") == ""


def test_a_page_with_figures_is_not_asked_for_it(admin_client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get("/admin/figures/", headers=PART)
        return sum('AS "a" FROM "webhooks_delivery"' in each["sql"] for each in queries)

    assert asked() == 1
    make_event(make_delivery(received_at=clock.now()))
    assert asked() == 0
