"""The environment of a deployment, with made-up values.

`python -m tests.production COMMAND…` runs a command in it, with the production settings.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping

# A process that runs every service.
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.production",
    "SERVICES": "repair-serve-api,repair-serve-callable,queue-services,admin",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "ALLOWED_HOSTS": "whatsapp.visn.example,queue-services.visn.example",
    "CSRF_TRUSTED_ORIGINS": "https://whatsapp.visn.example",
    "DATABASE_URL": "postgres://visn@localhost/visn",
    "WHATSAPP_APP_SECRET": secrets.token_hex(16),
    "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(24),
    "GOOGLE_CLOUD_PROJECT": "visn-example",
    "FIRESTORE_ANCILLARY_DATABASE": "ancillary",
    "TASKS_LOCATION": "europe-west1",
    "TASKS_SERVICE_ACCOUNT": "cloud-tasks@visn-example.iam.gserviceaccount.com",
    "TASK_HANDLER_URL": "https://queue-services.visn.example/webhook-listeners/whatsapp",
    "TASK_HANDLER_AUDIENCE": "https://queue-services.visn.example",
    "CALLABLE_AUDIENCE": "https://repair-serve-callable.visn.example",
    "CALLABLE_CALLERS": "repair-serve-api@visn-example.iam.gserviceaccount.com",
    "CHORES_AUDIENCE": "https://queue-services.visn.example/chores",
    "CHORES_CALLERS": "scheduler@visn-example.iam.gserviceaccount.com",
}
# What a process needs of its surroundings to start at all.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


def environment(changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Returns this environment with some variables changed, or left out where None."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    changed = {**inherited, **ENVIRONMENT, **(changes or {})}
    return {name: value for name, value in changed.items() if value is not None}


def run(
    command: list[str], changes: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a command in it and returns what it printed."""
    return subprocess.run(
        command, env=environment(changes), capture_output=True, text=True, check=False
    )


def main(command: list[str]) -> int:
    """Runs the command, passes on what it says, and returns its exit status."""
    finished = run(command)
    sys.stdout.write(finished.stdout)
    sys.stderr.write(finished.stderr)
    return finished.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
