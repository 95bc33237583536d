"""A PostgreSQL of our own, for as long as a test or a command runs.

`python -m tests.postgresql COMMAND…` runs the command with DATABASE_URL pointing to it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests.programs import find_postgresql

USERS = Path(__file__).parents[1] / "deploy" / "database-users.sql"
START_SECONDS = 30
# Nobody mourns this database, so nothing need reach the disk.
CONFIGURATION = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "log_min_messages": "panic",
}


@contextmanager
def cluster(programs: Path, *, log: Path | None = None, **settings: str) -> Iterator[str]:
    """Starts a new, empty server that listens on a socket in a temporary folder only.

    Yields the URL of its database for DATABASE_URL. The server and its files are gone afterwards.
    It logs nothing, or, into the file `log`, what it logs by default. `settings` are more of its
    own.
    """
    with tempfile.TemporaryDirectory(prefix="visn-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.chown(folder, server_user())
        command = as_server(initdb(programs, folder))
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)
        with server(programs, folder, log=log, settings=settings):
            yield f"postgres://postgres@/postgres?host={name}"


@contextmanager
def standby(programs: Path, url: str) -> Iterator[str]:
    """Starts a hot standby of a cluster of ours, which follows it; yields its URL."""
    [primary] = parse_qs(urlsplit(url).query)["host"]
    with tempfile.TemporaryDirectory(prefix="visn-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.chown(folder, server_user())
        # Beside the real initdb, to which a name in the PATH may be a link.
        copy = [str((programs / "initdb").resolve().with_name("pg_basebackup"))]
        copy += [f"--host={primary}", "--username=postgres", f"--pgdata={folder / 'data'}"]
        follow = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        subprocess.run(as_server([*copy, *follow]), check=True, cwd="/")
        with server(programs, folder, log=None, settings={}):
            yield url.replace(primary, name)


def owner_of(url: str) -> "psycopg.Connection[tuple[Any, ...]]":
    """A session of its user, past Django; what it does stands at once."""
    parts = urlsplit(url)
    [host] = parse_qs(parts.query)["host"]
    return psycopg.connect(
        host=host, user=parts.username, dbname=parts.path.strip("/"), autocommit=True
    )


def server_user() -> str:
    """PostgreSQL refuses to run as root; its package brings a user of its own."""
    me = pwd.getpwuid(os.getuid()).pw_name
    return "postgres" if me == "root" else me


def as_server(command: Sequence[str]) -> list[str]:
    """The command as that user's, which `setpriv` becomes.

    Were it to be done by `subprocess`, this process would be forked with the threads of gRPC in it,
    and what gRPC does in the child then may end it.
    """
    user = server_user()
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return [*(become if os.getuid() == 0 else []), *command]


def initdb(programs: Path, folder: Path) -> list[str]:
    """What makes the files of a new cluster."""
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
    quiet = ["--no-sync", "--no-instructions"]
    return [str(programs / "initdb"), f"--pgdata={folder / 'data'}", *options, *quiet]


@contextmanager
def server(
    programs: Path, folder: Path, *, log: Path | None, settings: Mapping[str, str]
) -> Iterator[None]:
    """Runs a server on the files of a folder, which holds its socket as well, until the end."""
    chosen = {**CONFIGURATION, **settings}
    if log:
        del chosen["log_min_messages"]
    options = [f"--{name}={value}" for name, value in chosen.items()]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    with log.open("ab") if log else nullcontext() as stderr:
        process = subprocess.Popen(as_server([*command, *options]), cwd="/", stderr=stderr)
        try:
            _wait_until_it_answers(folder, process)
            yield
        finally:
            process.send_signal(signal.SIGINT)  # "fast": ends its sessions, then itself
            process.wait()


def _wait_until_it_answers(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start") from error
            time.sleep(0.05)
        else:
            return


def main(command: list[str]) -> int:
    """Runs the command against a server of its own and returns its exit status."""
    programs = find_postgresql()
    if programs is None:
        sys.stderr.write("PostgreSQL's server programs were not found.\n")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with cluster(programs) as url:
        return subprocess.run(
            command, check=False, env=os.environ | {"DATABASE_URL": url}
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
