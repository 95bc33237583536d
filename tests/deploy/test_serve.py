"""The command that serves the services, and what the image is made of."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

import pytest
from granian.http import HTTP1Settings

from tests.production import ENVIRONMENT, environment, run
from tests.visn_whatsapp.callers import BEGINNINGS
from visn_whatsapp.nudges import EVERY_SECONDS, LONG_SECONDS

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNFINISHED = BEGINNINGS["unfinished body"]


def test_static_files_are_collected_without_secrets(tmp_path: Path) -> None:
    collect = (
        "import sys; from visn_whatsapp.settings import build; build.STATIC_ROOT = sys.argv[1];"
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'collectstatic', '--no-input'])"
    )
    blank = dict.fromkeys(ENVIRONMENT) | {"DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.build"}
    finished = run([sys.executable, "-c", collect, str(tmp_path)], blank)
    assert (finished.returncode, finished.stderr) == (0, "")
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert (tmp_path / manifest["admin/css/base.css"]).exists()


@contextmanager
def serving(*options: str, log: Path = Path("/dev/stdout")) -> Iterator[int]:
    """Serves Meta's webhook as a container does, with a database that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = int(free.getsockname()[1])
    changes = {
        "SERVICES": "repair-serve-api,repair-serve-callable",
        "DATABASE_URL": "postgres://visn@127.0.0.1:9/visn",
        "HOST": "127.0.0.1",
        "PORT": str(number),
        "THREADS": "4",
        "VIRTUAL_ENV": sys.prefix,
    }
    command = [str(DEPLOY / "serve"), *options]
    with (
        log.open("ab") as output,
        subprocess.Popen(command, env=environment(changes), cwd=ROOT, stdout=output) as server,
    ):
        try:
            wait_for(number)
            yield number
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """One for all tests here."""
    with serving() as number:
        yield number


def wait_for(port: int) -> None:
    """Waits until somebody listens, a minute at most."""
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


def ask(port: int, path: str, **headers: str) -> tuple[int, HTTPMessage]:
    """Returns the status and the headers of an answer."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers


def test_a_container_tells_its_health_without_tls(port: int) -> None:
    statuses = {path: ask(port, path)[0] for path in ("/health/live", "/health/ready")}
    assert statuses == {"/health/live": 200, "/health/ready": 503}


def test_idle_connections_end_after_the_documented_time() -> None:
    """A proxy has to be quicker. The time is that for headers, here shortened to be seen."""
    seconds = HTTP1Settings().header_read_timeout / 1000
    documented = (ROOT / "docs" / "deployment.md").read_text()
    assert f"sooner than the server does**, which is after {seconds:.0f} seconds" in documented
    assert "--http1-header-read-timeout" not in (DEPLOY / "serve").read_text()
    with (
        serving("--http1-header-read-timeout", "1000") as number,
        closing(HTTPConnection("127.0.0.1", number, timeout=30)) as connection,
    ):
        connection.request("GET", "/health/live")
        assert connection.getresponse().read()
        assert connection.sock.recv(1) == b""  # it was kept, and is given up by the server


def test_headers_that_never_end_are_given_up_after_the_same_time() -> None:
    """Also while more of them comes; nothing else limits them (decision 41)."""
    with (
        serving("--http1-header-read-timeout", "1500") as number,
        socket.create_connection(("127.0.0.1", number), timeout=0.2) as caller,
    ):
        caller.sendall(b"POST /v1/webhooks/whatsapp/webhook HTTP/1.1\r\nX-Header: ")
        began = time.monotonic()
        while not is_closed(caller):
            assert time.monotonic() - began < 20
        assert time.monotonic() - began > 1


def test_while_a_request_takes_long_the_server_calls_itself(tmp_path: Path) -> None:
    """And no longer: what may be left in the server's queue is fetched (decision 74)."""

    def calls() -> int:
        return log.read_text().count('"granian.access"')

    log = tmp_path / "serve.log"
    with serving("--access-log", log=log) as number:
        # The first request of all, whose caller would like to be called instead.
        assert ask(number, "/health/ready", Host="localhost:9")[0] == 503
        before = calls()
        with socket.create_connection(("127.0.0.1", number)) as caller:
            caller.sendall(UNFINISHED)
            deadline = time.monotonic() + 30
            while calls() < before + 2:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        time.sleep(2 * LONG_SECONDS + EVERY_SECONDS)
        after = calls()
        time.sleep(3 * EVERY_SECONDS)
        assert calls() == after


def is_closed(caller: socket.socket) -> bool:
    """Sends one more byte, and tells whether the server has closed the connection."""
    try:
        caller.send(b"x")
        return caller.recv(1000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_a_container_serves_encrypted_connections_only(port: int) -> None:
    path = "/v1/webhooks/whatsapp/webhook"
    status, headers = ask(port, path, Host="whatsapp.visn.example")
    assert (status, headers["Location"]) == (301, f"https://whatsapp.visn.example{path}")
    status, headers = ask(port, path, **{"X-Forwarded-Proto": "https"})
    assert status == 403  # no verify token
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_container_answers_404_to_what_it_does_not_serve(port: int) -> None:
    status, _ = ask(port, "/admin/", **{"X-Forwarded-Proto": "https"})
    assert status == 404


def test_a_redirect_leads_to_no_foreign_host(port: int) -> None:
    status, _ = ask(port, "/admin/", Host="evil.example")
    assert status == 400
