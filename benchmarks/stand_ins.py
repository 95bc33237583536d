"""Google's stand-ins, in a process of their own."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.subjects import ROOT
from sandbox.stack.environment import inherited

QUEUE = "projects/local/locations/local/queues/whatsapp-messages-queue"
ACCOUNT = "repair-serve-api@local.invalid"  # whom the metadata server gives tokens of


@dataclass(frozen=True, kw_only=True)
class StandIns:
    """Those that run."""

    process: int
    variables: Mapping[str, str]  # that lead there

    def pause(self) -> None:
        """Lets the queue keep its tasks."""
        import grpc  # noqa: PLC0415 - only once the cores are chosen: its threads keep theirs
        from google.cloud.tasks_v2 import CloudTasksClient  # noqa: PLC0415
        from google.cloud.tasks_v2.services.cloud_tasks.transports import (  # noqa: PLC0415
            CloudTasksGrpcTransport,
        )

        with grpc.insecure_channel(self.variables["TASKS_EMULATOR_HOST"]) as channel:
            client = CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
            client.pause_queue(name=QUEUE)

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Lets each CreateTask take so long; at once where it is 0."""
        if seconds:
            fault = {"service": "tasks", "method": "CreateTask", "fault": "slow"}
            self._ask("/faults", json.dumps({**fault, "probability": 1.0, "seconds": seconds}))
        try:
            yield
        finally:
            self._ask("/faults", method="DELETE")

    def token(self, audience: str) -> str:
        """An identity token of ACCOUNT for who has this audience."""
        query = urllib.parse.urlencode({"audience": audience, "format": "full"})
        path = "/computeMetadata/v1/instance/service-accounts/default/identity"
        return self._ask(f"{path}?{query}", method="GET")

    def _ask(self, path: str, body: str = "", method: str = "POST") -> str:
        request = urllib.request.Request(
            f"http://{self.variables['GCE_METADATA_HOST']}{path}",
            data=body.encode() or None,
            headers={"Metadata-Flavor": "Google"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return str(answer.read().decode())


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    """Runs them until the end."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        process = subprocess.Popen(
            [sys.executable, "manage.py", "emulators", "--ready-file", str(ready)],
            cwd=ROOT,
            env={**inherited(), "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local"},
            stdout=subprocess.DEVNULL,
        )
        try:
            while not ready.exists():
                time.sleep(0.02)
            yield StandIns(process=process.pid, variables=json.loads(ready.read_text()))
        finally:
            process.terminate()
            process.wait()
