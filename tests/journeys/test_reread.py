"""The ledger is read again as the documents say, by a process with a user that may only look."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from tests.deploy.document import DEPLOYMENT, inline
from tests.journeys.clone import clone
from tests.postgresql import cluster, owner_of
from tests.programs import find_postgresql
from tests.sandbox.stack.processes import eventually

pytestmark = pytest.mark.needs("postgresql")

READER = Path(__file__).parents[2] / "deploy" / "database-reader.sql"
EVENTS, DELIVERIES = 400, 100
WHOLE = "Read again: deliveries 100, with items 400. Deliveries that differ from the ledger: 0."
WRITES = (
    "INSERT INTO webhooks_event SELECT * FROM webhooks_event",
    "UPDATE webhooks_event SET kind = 'text'",
    "DELETE FROM webhooks_delivery",
    "CREATE TABLE mine (id integer)",
)
LOOKS = (
    "SELECT * FROM auth_user",
    "SELECT * FROM django_session",
    "SELECT * FROM listeners_placement",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A filled ledger, whose reader is made as the file says."""
    programs = find_postgresql()
    assert programs is not None
    with cluster(programs) as made:
        fill = ["fill_ledger", f"--events={EVENTS}", f"--deliveries={DELIVERIES}"]
        for command in (["migrate", "-v0"], fill):
            manage(made, *command)
        with owner_of(made) as owner:
            owner.execute(READER.read_text())
        yield made


def manage(url: str, *command: str) -> str:
    """Runs a command of ours; returns what it printed."""
    return subprocess.run(
        [".venv/bin/python", "manage.py", *command],
        env=environment(url),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def environment(url: str) -> Mapping[str, str]:
    settings = {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"}
    return os.environ | settings | {"DATABASE_URL": url}


def reader_of(url: str) -> str:
    return url.replace("postgres@/", "visn_reader@/")


def written(url: str) -> list[tuple[object, ...]]:
    """The rows that were ever written to each table."""
    with owner_of(url) as owner:
        return owner.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables ORDER BY 1"
        ).fetchall()


def test_it_is_read_with_the_command_of_the_document(url: str, tmp_path: Path) -> None:
    [line] = [each for each in inline(DEPLOYMENT, beginning="DATABASE_URL=") if "reread" in each]
    said = line.replace("postgres://visn_reader:PASSWORD@HOST/visn", f"'{reader_of(url)}'")
    assert said != line
    ended = subprocess.run(
        ["/bin/bash", "-euc", said.replace("2026-06-01T10:00", "2020-01-01")],
        cwd=clone(tmp_path / "clone"),
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[0] == WHOLE


def test_its_user_may_look_at_what_it_needs_and_nothing_else(url: str) -> None:
    with owner_of(reader_of(url)) as reader:
        for statement in WRITES:
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                reader.execute(statement)
        reader.execute("SET default_transaction_read_only = off")  # anybody may
        for statement in (*WRITES, *LOOKS):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_the_owners_user_writes_nothing_either(url: str) -> None:
    before = written(url)
    assert manage(url, "reread", "--since=2020-01-01").splitlines()[0] == WHOLE
    assert written(url) == before


def test_it_needs_none_of_its_releases_migrations(url: str) -> None:
    """On the tables of the first release."""
    manage(url, "migrate", "-v0", "webhooks", "0001")
    assert manage(reader_of(url), "reread", "--since=2020-01-01").splitlines()[0] == WHOLE
    manage(url, "migrate", "-v0")


@pytest.mark.parametrize("strikes", [signal.SIGTERM, signal.SIGINT])
def test_whoever_interrupts_it_is_told_that_it_could_not_tell(
    url: str, strikes: signal.Signals
) -> None:
    with owner_of(url) as owner, owner.transaction():
        owner.execute("LOCK TABLE webhooks_event IN ACCESS EXCLUSIVE MODE")
        with subprocess.Popen(
            [".venv/bin/python", "manage.py", "reread", "--since=2020-01-01", "--json"],
            env=environment(reader_of(url)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert eventually(lambda: waits(url), seconds=60)
            process.send_signal(strikes)
            printed, words = process.communicate()
    assert process.returncode == 2
    assert '"finding": "could_not_tell"' in printed
    assert words == "Found: Broken off, interrupted. Nothing was compared.\n"


def waits(url: str) -> bool:
    """Whether the reader waits for a lock."""
    with owner_of(url) as owner:
        return bool(
            owner.execute(
                "SELECT 1 FROM pg_stat_activity "
                "WHERE usename = 'visn_reader' AND wait_event_type = 'Lock'"
            ).fetchall()
        )
