"""Rows that somebody has to see to say whether somebody has, and closing them says how many."""

from uuid import UUID

import pytest
from django.test import Client

from listeners.models import UnknownDelivery, UnreadableTask
from tests.rows import NOON

pytestmark = pytest.mark.django_db

DELIVERIES, TASKS = "/admin/listeners/unknowndelivery/", "/admin/listeners/unreadabletask/"


def unknown(count: int) -> list[str]:
    """So many deliveries that the ledger has not. Returns their keys."""
    made = [
        UnknownDelivery.objects.create(
            delivery=UUID(int=each), first_seen_at=NOON, last_seen_at=NOON
        )
        for each in range(count)
    ]
    return [str(row.pk) for row in made]


def close(staff: Client, page: str, keys: list[str]) -> list[str]:
    """What is said once they are closed by hand."""
    chosen = {"action": "close_selected", "_selected_action": keys}
    answer = staff.post(page, chosen, follow=True)
    return [str(each) for each in answer.context["messages"]]


def test_closing_says_how_many_were_open(admin_client: Client) -> None:
    keys = unknown(3)
    assert close(admin_client, DELIVERIES, keys[:1]) == ["One is closed."]
    assert close(admin_client, DELIVERIES, keys) == ["2 are closed."]
    assert close(admin_client, DELIVERIES, keys) == ["Nothing was open any more."]


def test_what_is_open_has_a_colour_and_what_is_closed_says_by_whom(admin_client: Client) -> None:
    unknown(1)
    chip = '<span class="chip chip-skipped">'
    page = admin_client.get(DELIVERIES).content.decode()
    assert (page.count(chip), "Open: what it held may be lost" in page) == (1, True)
    row = UnreadableTask.objects.create(
        digest="0" * 64, body=b"{", size=1, first_seen_at=NOON, last_seen_at=NOON
    )
    assert admin_client.get(TASKS).content.decode().count(chip) == 1
    close(admin_client, TASKS, [str(row.pk)])
    page = admin_client.get(TASKS).content.decode()
    assert (page.count(chip), "Closed by admin" in page) == (0, True)
    UnknownDelivery.objects.update(closing="returned", closed_at=NOON)
    page = admin_client.get(DELIVERIES).content.decode()
    assert "Closed: its bytes are in the ledger again" in page
