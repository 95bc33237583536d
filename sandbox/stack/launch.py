"""Starts a stack, keeps its processes together, and ends them all."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

import urllib3

from sandbox import emulators
from sandbox.stack import environment
from sandbox.stack.guard import Guard
from sandbox.stack.ports import HOST, Port
from sandbox.stack.process import Process
from sandbox.stack.spec import Server, Spec

# As a container is served, and with lines of who asked for what.
LOG = str(Path(__file__).with_name("server-log.json"))
SERVE = ("deploy/serve", "--access-log", "--log-config", LOG)
READY_SECONDS = 60.0
POLL_SECONDS = 0.05
SERVING = "Started worker"  # granian's word once a server answers
LINES_SHOWN = 15


class StackFailed(Exception):
    """A process ended, or did not become ready; the words hold the end of its log."""


class Stack:
    """The stand-ins in this process, our services in processes of their own.

    The emulators' faults and counters are at hand in `emulators`.
    """

    def __init__(self, spec: Spec, made: environment.Secrets | None = None) -> None:
        self.spec = spec
        self.secrets = made or environment.Secrets()
        self.servers: dict[str, Process] = {}
        self.others: dict[str, Process] = {}
        self._ending = ExitStack()
        self._guard = Guard()
        self._ending.callback(self._guard.close)
        try:
            self._ports = {server.name: self._hold(server.port) for server in spec.servers}
            self.emulators = emulators.start(spec.emulators)
        except BaseException:
            self._ending.close()
            raise
        self._ending.callback(self.emulators.stop)
        self._shared = environment.shared(spec, emulators=self.emulators, made=self.secrets)

    def start(self) -> None:
        """Makes the database, starts the servers, and returns when all are ready.

        Raises StackFailed.
        """
        self.manage("migrate", "--verbosity", "0")
        for server in self.spec.servers:
            self.servers[server.name] = self._serve(server)
        for server in self.spec.servers:
            self.wait_until_ready(server.name)
        for command, seconds in self.spec.chores.items():
            self.begin(command, command, "--every", str(seconds))

    def address(self, service: str) -> str:
        """Returns where a service is served, without a slash at the end. Raises KeyError."""
        return self._addresses()[service]

    @property
    def webhook_url(self) -> str:
        """Where Meta posts."""
        return self.address("repair-serve-api") + environment.WEBHOOK_PATH

    def environment(self, services: tuple[str, ...] = ()) -> dict[str, str]:
        """Returns the complete environment of a process that runs these services."""
        routes = environment.routes(self._addresses(), own=services)
        return environment.inherited() | routes | self._shared

    def manage(self, *arguments: str, root: Path | None = None) -> str:
        """Runs a command of manage.py to its end and returns its output. Raises StackFailed.

        `root` is a checkout of another release than the spec's.
        """
        process = self.begin(arguments[0], *arguments, root=root)
        try:
            status = process.wait()
        finally:
            process.kill()
        if status:
            raise StackFailed(_told(process, f"ended with {status}"))
        return process.output()

    def begin(
        self, name: str, *arguments: str, logged: bool = True, root: Path | None = None
    ) -> Process:
        """Starts a command of manage.py beside the servers; unlogged, it prints where we do."""
        command = [sys.executable, "manage.py", *arguments]
        if name in self.others and self.others[name].status is None:
            name = f"{name}-{len(self.others)}"  # it runs already: this is another one
        self.others[name] = self._run(
            name, command, self.environment(), logged=logged, folder=root or self.spec.root
        )
        return self.others[name]

    def join(self, server: Server, *, beside: str) -> None:
        """Starts another server at the address of one that runs, and returns once it serves.

        Connections are shared out among both (on Linux), as among two revisions of one service.
        Raises StackFailed.
        """
        self._ports[server.name] = self._ports[beside]
        process = self.servers[server.name] = self._serve(server)
        deadline = time.monotonic() + READY_SECONDS
        while SERVING not in process.output():
            if process.status is not None or time.monotonic() > deadline:
                raise StackFailed(_told(process, "did not begin to serve"))
            time.sleep(POLL_SECONDS)

    def wait_until_ready(self, name: str) -> None:
        """Waits until a server says that it is ready. Raises StackFailed."""
        process, url = self.servers[name], f"{self._ports[name].address}/health/ready"
        deadline = time.monotonic() + READY_SECONDS
        while not _is_ready(url):
            if process.status is not None:
                raise StackFailed(_told(process, f"ended with {process.status}"))
            if time.monotonic() > deadline:
                raise StackFailed(_told(process, "did not become ready"))
            time.sleep(POLL_SECONDS)

    def processes(self) -> list[Process]:
        """Returns every process that was started, those that have ended included."""
        return [*self.others.values(), *self.servers.values()]

    def logs(self) -> Mapping[str, str]:
        """Returns what each process has printed, by its name."""
        return {process.name: process.output() for process in self.processes()}

    def stop(self) -> None:
        """Ends all processes, all at the same time, and then the stand-ins."""
        for process in self.processes():
            process.ask_to_stop()
        for process in self.processes():
            process.stop()
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _hold(self, number: int) -> Port:
        port = Port(number)
        self._ending.callback(port.release)
        return port

    def _addresses(self) -> dict[str, str]:
        return {
            service: self._ports[server.name].address
            for server in self.spec.servers
            for service in server.services
        }

    def _serve(self, server: Server) -> Process:
        variables = {
            "HOST": HOST,
            "PORT": str(self._ports[server.name].number),
            "THREADS": str(server.threads),
            "VIRTUAL_ENV": sys.prefix,
        }
        variables = self.environment(server.services) | variables | dict(server.variables)
        return self._run(server.name, [*SERVE], variables, logged=True, folder=server.root)

    def _run(
        self,
        name: str,
        command: list[str],
        variables: Mapping[str, str],
        *,
        logged: bool,
        folder: Path,
    ) -> Process:
        return Process(
            name=name,
            command=command,
            environment=variables,
            guard=self._guard,
            log=self.spec.folder / f"{name}.log" if logged else None,
            folder=folder,
        )


def start(spec: Spec) -> Stack:
    """Starts a stack and returns when it is ready; nothing is left running if that fails.

    Raises StackFailed, and PortTaken for a port that was asked for.
    """
    stack = Stack(spec)
    try:
        stack.start()
    except BaseException:
        stack.stop()
        raise
    return stack


def _is_ready(url: str) -> bool:
    try:
        answer = urllib3.request("GET", url, timeout=2.0, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return answer.status == HTTPStatus.OK


def _told(process: Process, what: str) -> str:
    end = "\n".join(process.output().splitlines()[-LINES_SHOWN:])
    return f"{process.name} {what}. Its last lines:\n{end}"
