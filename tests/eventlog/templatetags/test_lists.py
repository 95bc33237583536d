"""Rows of Django's lists say on a phone, which shows no head, what their columns are."""

import pytest
from django.test import Client
from django.utils.safestring import SafeString

from eventlog.templatetags.lists import labelled
from tests.rows import NOON
from webhooks.models import RefusalCount


def test_each_cell_that_says_something_names_its_column() -> None:
    cells = ['<td class="action-checkbox">x</td>', '<th class="a">Ada</th>', "<td>\N{EN DASH}</td>"]
    cells += ["<td>\N{NO-BREAK SPACE}</td>", "<td><bdi></bdi></td>", '<td><img alt="True"></td>']
    names = [SafeString("<span></span>"), "user name", "mail", "first name", "error", 'a "right"']
    headers = [{"text": name} for name in names]
    assert labelled([SafeString(cell) for cell in cells], headers) == [
        cells[0],
        '<th data-label="User name" class="a">Ada</th>',
        *cells[2:5],
        '<td data-label="A &quot;right&quot;"><img alt="True"></td>',
    ]


@pytest.mark.django_db
def test_a_list_names_its_columns_in_each_row_and_itself_in_the_window(
    admin_client: Client,
) -> None:
    RefusalCount.objects.create(day=NOON, cause="mismatch", count=7)
    page = admin_client.get("/admin/webhooks/refusalcount/").content.decode()
    assert 'data-label="Count"' in page
    page = admin_client.get("/admin/auth/user/").content.decode()
    assert "<title>Users | ViSN WhatsApp</title>" in page
    assert 'data-label="What they may do"' in page
    assert 'data-label="Name"' not in page  # nobody has one
