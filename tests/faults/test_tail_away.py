"""The database goes away and comes back while the event log is followed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from eventlog.management.commands.tail_events import AWAY, BACK
from tests.faults.test_postgresql_restarts import Cluster, cluster
from tests.programs import find_postgresql

pytestmark = pytest.mark.needs("postgresql")

EVENT = """
    WITH d AS (
        INSERT INTO webhooks_delivery
            (id, received_at, source, digest, body, size, headers, verdict, item_count)
        VALUES (gen_random_uuid(), clock_timestamp(), 'meta', {key}, '', 0, '{{}}', 'readable', 1)
        RETURNING id, received_at
    )
    INSERT INTO webhooks_event
        (id, delivery_id, position, kind, name, account_id, lease_number, phone_number_id,
         person_number, person_user_id, message_id, target_id, state, reason, detail,
         received_at, check_at, waits, rounds, lease_id, enquiry_id, document_id)
    SELECT {key}, id, 0, 'text', 'text', '', '15550001111', '', '15550002222', '', '', '',
        'received', '', '', received_at, received_at, 0, 0, '', '', ''
    FROM d
"""
SETTLE = (
    "UPDATE webhooks_event SET state = 'processed', reason = 'applied', check_at = NULL, "
    "settled_at = clock_timestamp() WHERE id = {key}"
)


@pytest.fixture
def database() -> Iterator[Cluster]:
    """An empty ledger."""
    programs = find_postgresql()
    assert programs is not None
    with cluster(programs) as made:
        subprocess.run([*MANAGE, "migrate", "-v0"], env=environment(made), check=True)
        yield made


MANAGE = [sys.executable, "manage.py"]


def environment(database: Cluster) -> dict[str, str]:
    names = {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"}
    return os.environ | names | {"DATABASE_URL": database.url}


@contextmanager
def tailing(database: Cluster) -> Iterator["subprocess.Popen[str]"]:
    """The command, which looks ten times a second."""
    command = [*MANAGE, "tail_events", "--json", "--interval=0.1"]
    with subprocess.Popen(
        command,
        env=environment(database),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGQUIT])
def test_it_says_so_and_goes_on_where_it_was(database: Cluster, ends: signal.Signals) -> None:
    database.rows(EVENT.format(key=1))
    with tailing(database) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert told(process.stdout.readline()) == (1, "received")
        for key in (2, 3):
            database.rows(EVENT.format(key=key))
            assert told(process.stdout.readline()) == (key, "received")
        database.stop(ends)
        assert process.stderr.readline() == f"{AWAY}\n"
        database.start()
        assert process.stderr.readline() == f"{BACK}\n"
        database.rows(SETTLE.format(key=2))
        assert told(process.stdout.readline()) == (2, "processed")
        database.rows(EVENT.format(key=4))
        assert told(process.stdout.readline()) == (4, "received")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def told(line: str) -> tuple[int, str]:
    said = json.loads(line)
    return said["event"], said["state"]
