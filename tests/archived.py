"""A PostgreSQL that keeps every change beside a backup, so that it can begin anew at any moment."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.postgresql import as_server, cluster, owner_of, server, server_user

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Archived:
    """The server at a URL, a backup of it, and all that it has written since."""

    programs: Path
    url: str
    folder: Path

    @contextmanager
    def restored(self, moment: datetime) -> Iterator[str]:
        """Starts another server with what was committed until a moment; yields its URL.

        Something has to have been committed after it: there recovery ends.
        """
        self._archive_all()
        with tempfile.TemporaryDirectory(prefix="visn-pg-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            shutil.chown(folder, server_user())
            copy = ["cp", "--recursive", str(self.folder / "backup"), str(folder / "data")]
            subprocess.run(as_server(copy), check=True, cwd="/")
            subprocess.run(
                as_server(["touch", str(folder / "data" / "recovery.signal")]), check=True, cwd="/"
            )
            target = {
                "restore_command": f"cp {self.folder}/wal/%f %p 2>/dev/null",
                "recovery_target_time": moment.isoformat(),
                "recovery_target_action": "promote",
            }
            url = self.url.replace(host_of(self.url), name)
            with server(self.programs, folder, log=None, settings=target):
                _wait_until(url, "SELECT NOT pg_is_in_recovery()")
                yield url

    def _archive_all(self) -> None:
        with closing(owner_of(self.url)) as session:
            [(last,)] = session.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        _wait_until(self.url, "SELECT last_archived_wal >= %s FROM pg_stat_archiver", last)


@contextmanager
def archived(programs: Path) -> Iterator[Archived]:
    """Starts a server of its own, new and empty, and backs it up at once."""
    programs = (programs / "initdb").resolve().parent  # where Debian keeps the others too
    with tempfile.TemporaryDirectory(prefix="visn-wal-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.chown(folder, server_user())
        subprocess.run(as_server(["mkdir", str(folder / "wal")]), check=True, cwd="/")
        into = f"cp %p {folder}/wal/%f"
        with cluster(
            programs, full_page_writes="on", archive_mode="on", archive_command=into
        ) as url:
            backup = [str(programs / "pg_basebackup"), f"--host={host_of(url)}"]
            backup += ["--username=postgres", f"--pgdata={folder / 'backup'}"]
            backup += ["--checkpoint=fast", "--no-sync"]
            subprocess.run(as_server(backup), check=True, cwd="/")
            yield Archived(programs=programs, url=url, folder=folder)


def host_of(url: str) -> str:
    """The folder of a server's socket."""
    [host] = parse_qs(urlsplit(url).query)["host"]
    return host


def _wait_until(url: str, question: str, *values: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with closing(owner_of(url)) as session:
            [(answer,)] = session.execute(question, values).fetchall()
        if answer:
            return
        assert time.monotonic() < deadline, question
        time.sleep(0.05)
