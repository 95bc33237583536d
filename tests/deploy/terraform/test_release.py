"""The commands of the module's README, as they are written: a project is begun, releases follow."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.document import blocks
from tests.deploy.monitoring import ALERTS
from tests.deploy.terraform.module import IMAGE, RUN, Module
from tests.programs import DEPLOY_ENVIRONMENT

pytestmark = pytest.mark.needs("terraform")

SECRETS = {"DATABASE_URL": "one", "SERVICES_DATABASE_URL": "two", "APP_SECRET": "three"}
NEXT = IMAGE.replace("3d1b", "4e2c")
RUNNING = ("google_cloud_run_v2_service", "google_cloud_run_v2_job")


class Project:
    """A copy of the example, and a shell in it whose gcloud says yes and does nothing."""

    def __init__(self, module: Module, folder: Path) -> None:
        self.module = module
        self.root = module.folder / "example"
        self.programs = folder / "programs"
        self.programs.mkdir()
        python = DEPLOY_ENVIRONMENT / "bin" / "python"
        self._program("terraform", f"exec {python} -c '{RUN}' \"$@\"")
        self._program("gcloud", 'echo "$@" >>"$CALLED"; case "$*" in *=-*) cat >/dev/null ;; esac')

    def _program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, piece: str, **variables: str) -> str:
        """Runs a piece of shell, agreeing to what it asks; returns what was printed."""
        finished = subprocess.run(
            ["/bin/bash", "-euc", f"set -o pipefail\n{piece}"],
            env={
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "HOME": str(self.root),
                "TF_CLI_ARGS_apply": "-auto-approve -no-color",
                "TF_IN_AUTOMATION": "1",
                "TF_CLI_CONFIG_FILE": os.devnull,
                "CALLED": str(self.root / "called"),
                **self.module.variables,
                **variables,
            },
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr + finished.stdout
        return finished.stdout

    def images(self) -> dict[str, str]:
        """Returns what each service and job runs, as Terraform remembers it."""
        state: dict[str, Any] = json.loads((self.root / "terraform.tfstate").read_text())
        found = {}
        for resource in state["resources"]:
            for each in resource["instances"] if resource["type"] in RUNNING else ():
                [template] = each["attributes"]["template"]
                inner = template if "containers" in template else template["template"][0]
                found[each["attributes"]["name"]] = inner["containers"][0]["image"]
        return found

    def told(self) -> dict[str, str]:
        """Returns the channel of each alert, as Terraform remembers it."""
        state: dict[str, Any] = json.loads((self.root / "terraform.tfstate").read_text())
        alerts = [
            each["attributes"]
            for resource in state["resources"]
            for each in resource["instances"]
            if resource["type"] == "google_monitoring_alert_policy"
        ]
        return {each["display_name"]: ",".join(each["notification_channels"]) for each in alerts}


def test_a_project_is_begun_and_released_as_the_readme_says(module: Module, tmp_path: Path) -> None:
    first, secrets, jobs, rest = blocks(module.folder / "README.md")
    project = Project(module, tmp_path)
    project.run(first)
    assert project.images() == {}
    assert project.told() == {}
    project.run(secrets, **SECRETS)
    called = (project.root / "called").read_text()
    assert called.count("secrets versions add") == 5

    place = {"REGION": "europe-west1"}
    project.run(jobs, IMAGE=IMAGE, **place)
    assert project.images() == {"migrate": IMAGE, "manage": IMAGE}
    order = project.run(rest, IMAGE=IMAGE, **place)
    assert len(project.images()) == 10
    services = ("queue_services", "repair_serve_callable", "repair_serve_api", "admin")
    ready = [
        order.index(f"module.{name}[0].google_cloud_run_v2_service.this: Creation complete")
        for name in services
    ]
    assert ready == sorted(ready)
    assert len(project.told()) == len(ALERTS) - 1  # the admin is behind a proxy
    assert set(project.told().values()) == {"made-up"}  # the channel's name
    assert "No changes." in project.run("terraform plan -no-color")

    said = project.run(jobs, IMAGE=NEXT, **place)
    assert "0 added, 2 changed, 0 destroyed" in said
    said = project.run(rest, IMAGE=NEXT, **place)
    assert "0 added, 8 changed, 0 destroyed" in said
    assert set(project.images().values()) == {NEXT}
