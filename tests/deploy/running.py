"""Runs a definition as Cloud Run does: in the image, with its own variables and no others."""

import hashlib
import http.client
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.stack.guard import Guard
from sandbox.stack.process import Process
from tests.deploy.definitions import Definition, Secret
from tests.deploy.image import Image

START_SECONDS = 120.0
PROBE_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where definitions run."""

    image: Image
    databases: Mapping[str, str]  # by the secret that holds the URL of a user
    administrator: str  # the URL of PostgreSQL's own, whom no definition names
    guard: Guard
    logs: Path

    def environment(self, definition: Definition) -> dict[str, str]:
        """Returns what a container of it finds: the image's variables, its own, and its secrets."""
        secrets = {name: self.value(secret) for name, secret in definition.secrets.items()}
        return {**self.image.variables, **definition.variables, **secrets}

    def value(self, secret: Secret) -> str:
        """Returns a made-up value: another one for each secret and each of its versions."""
        if secret.name in self.databases:
            return self.databases[secret.name]
        return hashlib.sha256(f"{secret.name} {secret.version}".encode()).hexdigest()

    def run(self, job: Definition, *arguments: str, **variables: str) -> tuple[int, str]:
        """Runs a job to its end; returns its exit status and what it printed.

        Arguments replace its own and variables are added to them, as `gcloud run jobs execute` does
        with `--args` and `--update-env-vars`.
        """
        command = (*job.command, *(arguments or job.arguments))
        told = {"CLOUD_RUN_JOB": job.name} if job.kind == "Job" else {}  # by Cloud Run
        process = self._start(job, command, told | variables)
        try:
            return process.wait(), process.output()
        finally:
            process.kill()

    @contextmanager
    def serving(self, service: Definition) -> Iterator[int]:
        """Runs a service and yields its port, once somebody listens there."""
        port = _free_port()
        given = {"HOST": "127.0.0.1", "PORT": str(port)}  # it would listen everywhere without
        if service.kind == "Service":
            given["K_SERVICE"] = service.name  # as Cloud Run says
        process = self._start(
            service, (*service.command, *service.arguments) or self.image.command, given
        )
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.stop()

    def _start(
        self, definition: Definition, command: tuple[str, ...], given: dict[str, str]
    ) -> Process:
        return Process(
            name=definition.name,
            command=("/usr/bin/env", *command),
            environment=self.environment(definition) | given,
            guard=self.guard,
            log=self.logs / f"{definition.name}-{time.monotonic_ns()}.log",
            folder=self.image.folder,
        )


def ask(port: int, path: str, host: str) -> int:
    """Returns the status of an answer to a plain request, such as a probe."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_SECONDS)) as line:
        line.request("GET", path, headers={"Host": host})
        return line.getresponse().status


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _wait_for(port: int, process: Process) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.status is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"it did not start:\n{process.output()}")
