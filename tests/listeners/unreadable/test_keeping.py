"""Tasks that nobody can read: done for the queue, and kept for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from eventlog.problems.rounds import look_round
from eventlog.retention import prune
from listeners.models import UnreadableTask
from listeners.unreadable.keeping import keep, still_open
from tests.eventlog.admin.staff import on_call, support
from tests.identity import IdentityProvider

pytestmark = pytest.mark.django_db

URL = "/webhook-listeners/whatsapp"
LIST = "admin:listeners_unreadabletask_changelist"
ODD = b'{"v": 99, "text": {"body": "Is my car ready?"}, "from": "447700900123"}'


@pytest.fixture
def token(identity_provider: IdentityProvider, settings: Settings) -> str:
    """What the queue calls with."""
    return identity_provider.token(
        audience=settings.TASK_HANDLER_AUDIENCE, email=settings.TASKS_SERVICE_ACCOUNT
    )


@pytest.fixture
def row() -> UnreadableTask:
    """One that was kept."""
    keep(ODD, task_name="task-1", now=timezone.now())
    return UnreadableTask.objects.get()


def post(client: Client, token: str, body: bytes) -> int:
    headers = {"Authorization": f"Bearer {token}", "X-CloudTasks-TaskName": "task-1"}
    return client.post(URL, body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize("body", [ODD, b"", b"\xff\x00", b"[" * 100_000, b'{"v":1,"delivery":"'])
def test_it_is_done_for_the_queue_and_kept_for_people(
    client: Client, token: str, body: bytes
) -> None:
    assert post(client, token, body) == 200
    kept = UnreadableTask.objects.get()
    assert (bytes(kept.body), kept.size, kept.seen) == (body, len(body), 1)
    assert (kept.digest, kept.task_name) == (sha256(body).hexdigest(), "task-1")


def test_the_same_bytes_are_one_row_and_open_again(client: Client, token: str) -> None:
    post(client, token, ODD)
    UnreadableTask.objects.update(closed_at=timezone.now(), closed_by_name="ada")
    post(client, token, ODD)
    kept = UnreadableTask.objects.get()
    assert (kept.seen, kept.closed_at, kept.closed_by_name) == (2, None, "")


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_kept_is_tried_again(client: Client, token: str) -> None:
    with renamed("listeners_unreadabletask"):
        assert post(client, token, ODD) == 503
    assert post(client, token, ODD) == 200


@contextmanager
def renamed(table: str) -> Iterator[None]:
    """Takes a table away for a while."""
    _rename(table, "gone")
    try:
        yield
    finally:
        _rename("gone", table)


def _rename(old: str, new: str) -> None:
    with connection.schema_editor() as editor:
        editor.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_others_leave_nothing(client: Client) -> None:
    assert post(client, "not-a-token", ODD) == 401
    assert not UnreadableTask.objects.exists()


def test_the_front_page_says_so_and_leads_there(row: UnreadableTask) -> None:
    look_round(now=timezone.now())
    page = support().get("/admin/").content.decode()
    assert "1 task could not be read" in page
    assert f"{reverse(LIST)}?standing=open" in page


def test_the_list_and_the_page_tell_of_nobody(row: UnreadableTask) -> None:
    looks = support()
    shown = looks.get(reverse(LIST)).content.decode()
    assert row.digest[:8] in shown
    shown += page(looks, row)
    assert row.digest in shown
    assert "447700900123" not in shown
    assert "Is my car ready?" not in shown


def test_who_may_reveals_it_and_leaves_a_trace(row: UnreadableTask) -> None:
    may = on_call()
    may.post(reverse("admin:reveal", args=["task", row.pk]))
    assert "Is my car ready?" in page(may, row)
    assert LogEntry.objects.get().change_message == "Revealed the bytes of the task."


def test_who_may_not_reveals_nothing(row: UnreadableTask) -> None:
    may_not = support()
    assert may_not.post(reverse("admin:reveal", args=["task", row.pk])).status_code == 403
    assert "Is my car ready?" not in page(may_not, row)


def page(client: Client, row: UnreadableTask) -> str:
    return client.get(
        reverse("admin:listeners_unreadabletask_change", args=[row.pk])
    ).content.decode()


def close_in_admin(row: UnreadableTask) -> dict[str, str]:
    return {"action": "close_selected", "_selected_action": str(row.pk)}


def test_who_may_closes_it_and_leaves_a_trace(row: UnreadableTask) -> None:
    on_call().post(reverse(LIST), close_in_admin(row))
    assert not still_open().exists()
    assert LogEntry.objects.get().object_id == str(row.pk)
    shown = support().get("/admin/").content.decode()
    assert "could not be read, since" not in shown


def test_who_may_not_closes_nothing(row: UnreadableTask) -> None:
    support().post(reverse(LIST), close_in_admin(row))
    assert still_open().exists()


@pytest.mark.parametrize("closed", [True, False])
def test_retention_deletes_it(row: UnreadableTask, closed: bool) -> None:
    if closed:
        UnreadableTask.objects.update(closed_at=timezone.now())
    assert prune(before=row.last_seen_at).unreadable == 0
    later = row.last_seen_at + timedelta(days=1)
    assert prune(before=later, dry_run=True).unreadable == 1
    assert prune(before=later).unreadable == 1
    assert not UnreadableTask.objects.exists()
