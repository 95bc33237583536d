"""A PgBouncer of our own in transaction mode, for as long as a test or a command runs.

It mixes as much as it can: the statements of one client go to one server connection after the
other, unless a transaction holds them together. So what relies on a session fails at once.

`python -m tests.pgbouncer COMMAND…` runs the command behind one, with DATABASE_URL pointing to it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from configparser import ConfigParser
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from tests import postgresql
from tests.programs import find_pgbouncer, find_postgresql

AS_DEPLOYED = Path(__file__).parents[1] / "deploy" / "pgbouncer.ini"
START_SECONDS = 30
PORT = 6432  # of its socket's name; it listens nowhere else
CONNECTIONS = 3
HERE = {
    "listen_addr": "",
    "listen_port": str(PORT),
    "auth_type": "trust",
    "server_tls_sslmode": "disable",
    "server_round_robin": "1",
}


@contextmanager
def pooled(
    program: Path, url: str, *, users: Collection[str] = ("postgres",), size: int = CONNECTIONS
) -> Iterator[str]:
    """Starts one in front of a cluster of ours, as deployed but for where it is and its size.

    Yields the URL of the same database through it, with so many connections behind it. It is gone
    afterwards.
    """
    [server] = parse_qs(urlsplit(url).query)["host"]
    with tempfile.TemporaryDirectory(prefix="visn-pool-", ignore_cleanup_errors=True) as name:
        place, user = Path(name), postgresql.server_user()
        (place / "users.txt").write_text("".join(f'"{each}" ""\n' for each in users))
        with (place / "pgbouncer.ini").open("w") as file:
            _configuration(place, server=server, size=size).write(file)
        for path in (place, *place.iterdir()):
            shutil.chown(path, user)
        command = [str(program), "--quiet", str(place / "pgbouncer.ini")]
        process = subprocess.Popen(postgresql.as_server(command), cwd="/")
        try:
            _wait_until_it_has_its_connections(place, process)
            yield f"postgres://postgres@/postgres?host={name}&port={PORT}"
        finally:
            process.send_signal(signal.SIGTERM)  # "immediate shutdown"
            process.wait()


def _configuration(place: Path, *, server: str, size: int) -> ConfigParser:
    configuration = ConfigParser(interpolation=None)
    configuration.read(AS_DEPLOYED)
    configuration["databases"] = {"*": f"host={server}"}
    here = {"unix_socket_dir": str(place), "auth_file": str(place / "users.txt")}
    sizes = dict.fromkeys(("default_pool_size", "min_pool_size"), str(size))
    configuration["pgbouncer"].update(HERE | here | sizes)
    return configuration


def _wait_until_it_has_its_connections(place: Path, process: "subprocess.Popen[bytes]") -> None:
    """Returns when each client of so many had a server connection at the same time."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with ExitStack() as clients:
                for _ in range(CONNECTIONS):
                    client = psycopg.connect(
                        host=str(place), port=PORT, user="postgres", dbname="postgres"
                    )
                    clients.enter_context(client).execute("SELECT 1")
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PgBouncer did not start") from error
            time.sleep(0.05)
        else:
            return


def main(command: list[str]) -> int:
    """Runs the command behind a PgBouncer and a PostgreSQL of its own; returns its exit status."""
    programs, program = find_postgresql(), find_pgbouncer()
    if programs is None or program is None:
        sys.stderr.write("PostgreSQL's server programs or PgBouncer were not found.\n")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with postgresql.cluster(programs) as direct, pooled(program, direct) as url:
        return subprocess.run(
            command, check=False, env=os.environ | {"DATABASE_URL": url}
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
