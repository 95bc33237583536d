"""The files that define services and jobs, filled in as the document says, as data."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import yaml

from tests.deploy.document import DEPLOYMENT, ROOT, block

DEPLOY = ROOT / "deploy"
FILLED_IN_WITH = {
    "PROJECT": "visn-example",
    "NUMBER": "123456789012",
    "REGION": "europe-west1",
    "INSTANCE": "ledger",
    "TAG": "3d1bb47",
}
# Found in the folder, so that a new file is held to everything by itself.
NAMES = sorted(path.stem for path in DEPLOY.glob("*.yaml"))


@dataclass(frozen=True, kw_only=True)
class Secret:
    """A version of a secret, as in Secret Manager."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Definition:
    """What a service or a job is started with."""

    name: str
    kind: str  # Service or Job
    account: str  # e-mail address of the service account
    ingress: str  # of a service: all, internal, internal-and-cloud-load-balancing
    image: str
    command: tuple[str, ...]  # empty: the image's own
    arguments: tuple[str, ...]  # what an execution may replace
    probes: tuple[str, ...]  # paths
    instances: int  # of a service: at most
    requests: int  # of a service: at once, in all of its instances
    seconds: int  # until a request, or an execution of a job, is broken off
    variables: Mapping[str, str]
    secrets: Mapping[str, Secret]  # by the variable that holds the secret's value

    @property
    def host(self) -> str:
        """The default host name that Cloud Run gives to a service."""
        number, region = FILLED_IN_WITH["NUMBER"], FILLED_IN_WITH["REGION"]
        return f"{self.name}-{number}.{region}.run.app"


def filled_in(name: str) -> str:
    """Returns the text of a file after the document's own command has filled it in."""
    script = f"{block(DEPLOYMENT, holding='fill()')}\nfill deploy/{name}.yaml"
    finished = subprocess.run(
        ["/bin/sh", "-euc", script],
        env={"PATH": os.environ["PATH"], **FILLED_IN_WITH},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


@cache
def definition(name: str) -> Definition:
    """Reads one file."""
    return read(filled_in(name))


@cache
def with_channels(name: str) -> Definition:
    """Reads one file as it is once there are channels, by the document's own command."""
    command = block(DEPLOYMENT, holding="create channels").splitlines()[-1]
    [words] = re.findall(r"^sed -i '(.+)' deploy/", command)
    return read(
        subprocess.check_output(["/usr/bin/env", "sed", words], input=filled_in(name), text=True)
    )


def read(text: str) -> Definition:
    """Reads the text of a file that was filled in."""
    document = yaml.safe_load(text)
    pod = document["spec"]["template"]["spec"]
    inner = pod["template"]["spec"] if document["kind"] == "Job" else pod
    [container] = inner["containers"]
    scale = document["spec"]["template"]["metadata"]["annotations"]
    instances = int(scale.get("autoscaling.knative.dev/maxScale", 0))
    return Definition(
        name=document["metadata"]["name"],
        kind=document["kind"],
        account=inner["serviceAccountName"],
        ingress=document["metadata"].get("annotations", {}).get("run.googleapis.com/ingress", ""),
        image=container["image"],
        command=tuple(container.get("command", ())),
        arguments=tuple(container.get("args", ())),
        probes=tuple(_probes(container)),
        instances=instances,
        requests=inner.get("containerConcurrency", 0) * instances,
        seconds=inner["timeoutSeconds"],
        variables=MappingProxyType(dict(_variables(container))),
        secrets=MappingProxyType(dict(_secrets(container))),
    )


def definitions(kind: str = "") -> list[Definition]:
    """Reads all files, or those of one kind."""
    found = map(definition, NAMES)
    return [each for each in found if kind in ("", each.kind)]


def _probes(container: dict[str, Any]) -> Iterator[str]:
    for name, probe in container.items():
        if name.endswith("Probe"):
            yield probe["httpGet"]["path"]


def _variables(container: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for variable in container["env"]:
        if "value" in variable:
            yield variable["name"], variable["value"]


def _secrets(container: dict[str, Any]) -> Iterator[tuple[str, Secret]]:
    for variable in container["env"]:
        if "valueFrom" in variable:
            reference = variable["valueFrom"]["secretKeyRef"]
            secret = Secret(name=reference["name"], version=reference["key"])
            yield variable["name"], secret
