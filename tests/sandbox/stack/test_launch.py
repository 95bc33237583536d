"""A stack starts, serves, ends, and leaves nothing behind, even if its starter is killed."""

import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import urllib3

from sandbox import stack
from sandbox.stack import ALL_IN_ONE, Server, Spec, StackFailed
from sandbox.stack.ports import Port, PortTaken
from tests.sandbox.stack.processes import eventually, mentioning, wait_for_line

STARTER = """
import sys, time
from pathlib import Path
from sandbox import stack
with stack.start(stack.Spec(folder=Path(sys.argv[1]), servers=stack.ALL_IN_ONE)) as running:
    print("ready", flush=True)
    time.sleep(60)
"""


def status(url: str) -> int:
    return urllib3.request("GET", url, retries=False, timeout=5).status


def test_everything_in_one_process_starts_and_ends(tmp_path: Path) -> None:
    with stack.start(Spec(folder=tmp_path, servers=ALL_IN_ONE)) as running:
        address = running.address("admin")
        assert running.address("repair-serve-api") == address
        assert status(f"{address}/admin/login/") == 200
        assert status(f"{address}/health/ready") == 200
        wait_for_line(running, "server", "GET /admin/login/")
        assert mentioning(str(tmp_path)) != []
    assert mentioning(str(tmp_path)) == []


def test_another_server_joins_at_an_address_and_goes_on_alone(tmp_path: Path) -> None:
    with stack.start(Spec(folder=tmp_path, servers=ALL_IN_ONE)) as running:
        address = running.address("admin")
        running.join(Server(name="other", services=("admin",)), beside="server")
        assert status(f"{address}/health/ready") == 200
        running.servers["server"].stop()
        assert status(f"{address}/health/ready") == 200
        assert status(f"{address}/admin/login/") == 200
        wait_for_line(running, "other", "GET /admin/login/")


def test_a_server_that_joins_and_cannot_start_is_told(tmp_path: Path) -> None:
    odd = Server(name="odd", services=("admin",), variables={"SERVICES": "no-such-service"})
    told = pytest.raises(StackFailed, match=r"odd did not begin to serve[\s\S]*no-such-service")
    with stack.start(Spec(folder=tmp_path, servers=ALL_IN_ONE)) as running, told:
        running.join(odd, beside="server")


def test_a_killed_starter_takes_everything_with_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[3],
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
        servers = [pid for pid in mentioning(str(tmp_path)) if pid != starter.pid]
        assert len(servers) == 2  # granian and its worker
        os.kill(starter.pid, signal.SIGKILL)
    assert eventually(lambda: mentioning(str(tmp_path)) == [])


def test_a_server_that_cannot_start_is_told_with_its_last_lines(tmp_path: Path) -> None:
    odd = Server(name="odd", services=("admin",), variables={"SERVICES": "no-such-service"})
    with pytest.raises(StackFailed, match=r"odd ended with [\s\S]*no-such-service in SERVICES"):
        stack.start(Spec(folder=tmp_path, servers=(odd,)))
    assert mentioning(str(tmp_path)) == []


def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path: Path) -> None:
    taken = Port()
    server = Server(name="server", services=("admin",), port=taken.number)
    with pytest.raises(PortTaken):
        stack.start(Spec(folder=tmp_path / str(uuid.uuid4()), servers=(server,)))
    taken.release()
