"""The page of channels shows no address, and On-call tries one."""

import pytest

from eventlog.models import Channel, Notification
from tests.eventlog.admin.staff import on_call, support
from tests.rows import NOON

pytestmark = pytest.mark.django_db


def test_it_says_how_each_stands() -> None:
    client = support()
    assert "Nobody is told</h2>" in client.get("/admin/channels/").content.decode()
    Channel.objects.create(name="ops", scheme="slack", sent_at=NOON)
    Channel.objects.create(name="mail", scheme="mailtos", failing_since=NOON, error="no answer")
    page = client.get("/admin/channels/").content.decode()
    assert "Takes it" in page
    assert "no answer, since" in page
    assert "Send a test" not in page


def test_on_call_has_a_test_sent() -> None:
    channel = Channel.objects.create(name="ops", scheme="slack")
    path = f"/admin/channels/{channel.pk}/test/"
    assert support().post(path).status_code == 403
    client = on_call()
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 303
    assert [each.change for each in Notification.objects.all()] == [None]
    assert client.post("/admin/channels/x/test/").status_code == 404
    Channel.objects.update(is_configured=False)
    assert client.post(path).status_code == 404
    assert Notification.objects.count() == 1
