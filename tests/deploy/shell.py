"""Runs the commands of a document as they are written, with a recorder in Google's place."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.definitions import FILLED_IN_WITH
from tests.deploy.google import Google
from tests.deploy.recorder import Asked, Recorder

TOKEN = "made-up-token"
LONGEST_SECONDS = 400
QUIET = {
    "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
    "CLOUDSDK_CORE_CHECK_GCE_METADATA": "0",
    "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
    "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
}


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A bash with gcloud and curl, a configuration of its own, and nobody but a recorder to ask."""

    folder: Path
    clone: Path  # with what commands read of it, or change in it
    recorder: Recorder
    google: Google

    def run(
        self, script: str, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a script in the clone until its first failure."""
        token = self.folder / "token"
        token.write_text(TOKEN)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CLOUDSDK_CONFIG": str(self.folder / "gcloud"),
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            **QUIET,
            **self.recorder.environment(),
            **(variables if variables is not None else FILLED_IN_WITH),
        }
        return subprocess.run(
            ["/bin/bash", "-euc", f"set -o pipefail\n{script}"],
            env=environment,
            cwd=self.clone,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )

    def asked(self, *, host: str = "", method: str = "") -> list[Asked]:
        """Returns what was asked, of one interface or in one way."""
        return [
            each
            for each in self.recorder.asked
            if each.host.startswith(host) and method in ("", each.method)
        ]
