"""What Google answers to the commands of the documents, as far as gcloud looks at it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.deploy.definitions import FILLED_IN_WITH
from tests.deploy.recorder import Asked

READY = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}
NOT_FOUND = {"error": {"code": 404, "status": "NOT_FOUND", "message": "not there"}}
REFUSED = {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "not you"}}
EXECUTION = "manage-abcde"
BACKEND = "4567890123456789012"  # the id of a load balancer's backend service


@dataclass(kw_only=True)
class Google:
    """Says yes to everything, and remembers what Cloud Run is given."""

    execution_ends_well: bool = True
    looks_until_it_ends: int = 0
    takes_channels: bool = True
    printed: Sequence[dict[str, Any]] = ()  # entries of the log
    resources: dict[str, Any] = field(default_factory=dict)  # of Cloud Run, by path

    def __call__(self, asked: Asked) -> tuple[int, Any]:
        """Answers a request."""
        if asked.path.endswith("IamPolicy"):
            given = asked.path.endswith(":setIamPolicy")
            return 200, asked.body["policy"] if given else {"version": 1, "etag": "BwX="}
        if asked.host.endswith("-run.googleapis.com"):
            return self._run(asked)
        if asked.host.startswith("cloudresourcemanager"):
            return 200, {"projectNumber": FILLED_IN_WITH["NUMBER"]}
        if asked.path.endswith("/notificationChannels"):
            made = asked.body | {"name": f"{asked.path.removeprefix('/v3/')}/1234567890123456789"}
            return (200, made) if self.takes_channels else (403, REFUSED)
        if asked.host.startswith("logging"):
            return 200, {"entries": self.printed}
        return 200, _sql(asked) if asked.host.startswith("sqladmin") else _done(asked)

    def _run(self, asked: Asked) -> tuple[int, Any]:
        if asked.path.endswith(":run"):
            known = asked.path.removesuffix(":run") in self.resources
            return (200, self._execution(ended=False)) if known else (404, NOT_FOUND)
        if "/executions/" in asked.path:
            self.looks_until_it_ends -= 1
            return 200, self._execution(ended=self.looks_until_it_ends < 0)
        if asked.path.endswith("/executions"):
            return 200, {"metadata": {}, "items": [self._execution(ended=True)]}
        if asked.method == "DELETE":
            return (200, {}) if self.resources.pop(asked.path, None) else (404, NOT_FOUND)
        if asked.method == "GET":
            found = self.resources.get(asked.path)
            return (200, found) if found else (404, NOT_FOUND)
        name = asked.body["metadata"]["name"]
        path = asked.path if asked.method == "PUT" else f"{asked.path}/{name}"
        metadata = asked.body["metadata"] | {"generation": 1}
        status = READY | _traffic(asked.body)
        self.resources[path] = asked.body | {"metadata": metadata, "status": status}
        return 200, self.resources[path]

    def _execution(self, *, ended: bool) -> dict[str, Any]:
        moment = "2026-11-28T01:00:00Z"
        status: dict[str, Any] = {"observedGeneration": 1, "startTime": moment}
        if ended:
            status |= {"completionTime": moment}
            status |= {"succeededCount" if self.execution_ends_well else "failedCount": 1}
        return {
            "apiVersion": "run.googleapis.com/v1",
            "kind": "Execution",
            "metadata": {
                "name": EXECUTION,
                "generation": 1,
                "namespace": FILLED_IN_WITH["NUMBER"],
                "creationTimestamp": moment,
            },
            "spec": {"taskCount": 1},
            "status": status | {"conditions": [self._completed(ended=ended)]},
        }

    def _completed(self, *, ended: bool) -> dict[str, str]:
        succeeded = str(self.execution_ends_well) if ended else "Unknown"
        return {"type": "Completed", "status": succeeded}


def _traffic(given: dict[str, Any]) -> dict[str, Any]:
    """Returns what a service says of its revisions: without other orders the newest has it all."""
    if given["kind"] != "Service":
        return {}
    newest = f"{given['metadata']['name']}-00001-new"
    orders = given["spec"].get("traffic") or [{"latestRevision": True, "percent": 100}]
    traffic = [{"revisionName": newest} | each for each in orders]
    return {"latestReadyRevisionName": newest, "traffic": traffic}


def _done(asked: Asked) -> dict[str, Any]:
    """What a request has made: a version of a secret, or an operation that is over.

    Of a load balancer what is there.
    """
    if "/aggregated/" in asked.path:  # it asks what there is, of which there is nothing
        return {"items": {}}
    if asked.host.startswith("compute"):
        return {"kind": "compute#backendService", "id": BACKEND}
    if asked.path.endswith(":addVersion"):
        checked = "dataCrc32c" in asked.body["payload"]
        return {"name": _name(asked), "clientSpecifiedPayloadChecksum": checked}
    return {"name": _name(asked), "done": True, "response": {}}


def _sql(asked: Asked) -> dict[str, Any]:
    """An instance of Cloud SQL, or what was done to one."""
    if re.search("/instances/[^/]+$", asked.path):
        name = asked.path.rpartition("/")[2]
        return {"kind": "sql#instance", "name": name, "databaseVersion": "POSTGRES_16"}
    return {"kind": "sql#operation", "name": "made-up", "status": "DONE"}


def _name(asked: Asked) -> str:
    """Returns the name of what a request has made: a version of a secret, or an operation."""
    path = re.sub(r"^/v\d+/", "", asked.path)
    if path.endswith(":addVersion"):
        return path.replace(":addVersion", "/versions/1")
    place = re.match(r"(?:projects/[^/]+/)?(?:locations/[^/]+/)?", path)
    return f"{place.group() if place else ''}operations/made-up"
