"""The environment of a stack's processes, which depends on nothing that the developer has set."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.emulators import Emulators
from sandbox.stack.spec import Spec

# What a process needs of its surroundings to start at all.
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "TERM", "NO_COLOR")

WEBHOOK_PATH = "/v1/webhooks/whatsapp/webhook"
CALLABLE_PATH = "/callable/whatsapp/events"
TASK_HANDLER_PATH = "/webhook-listeners/whatsapp"
CHORES_PATH = "/chores"
API_PATH = "/api/v1"
# Port 9 is for discarding: nobody listens there.
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """Secrets made for one run."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(50))
    app_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    verify_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def inherited() -> dict[str, str]:
    """Returns what every process takes over from ours."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}


def wants_colour() -> bool:
    """Tells whether colours are welcome on a terminal, as https://no-color.org has it."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def shared(spec: Spec, *, emulators: Emulators, made: Secrets) -> dict[str, str]:
    """Returns the variables that are the same for every process of the stack.

    What `.env` may hold as well is among them, since it is read for what is not set.
    """
    options = spec.emulators
    return {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local",
        "SECRET_KEY": made.key,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "CSRF_TRUSTED_ORIGINS": "",
        "TRUSTED_PROXIES": "0",
        "DEBUG": "0",
        "LOG_LEVEL": "INFO",
        "DATABASE_URL": spec.database,
        "WEBHOOK_VERSIONS": "v1",
        "WEBHOOK_MAX_BYTES": str(4 * 1024 * 1024),
        "WHATSAPP_APP_SECRET": made.app_secret,
        "WHATSAPP_APP_SECRET_PREVIOUS": "",
        "WHATSAPP_VERIFY_TOKEN": made.verify_token,
        "CALLABLE_CALLERS": options.service_account,
        "CHORES_CALLERS": options.service_account,
        "API_CALLERS": options.service_account,
        "API_REVEALERS": options.service_account,
        "API_REPLAYERS": options.service_account,
        "API_CALLS_PER_MINUTE": "120",
        "IAP_AUDIENCE": "",
        "IAP_GROUPS": "",
        "IAP_REQUIRED": "true",
        "FORWARD_TIMEOUT_SECONDS": "3",
        "REPLAY_MAX_EVENTS": "10000",
        "GOOGLE_CLOUD_PROJECT": options.project,
        "FIRESTORE_DATABASE": "(default)",
        "FIRESTORE_ANCILLARY_DATABASE": "ancillary",
        "TASKS_LOCATION": options.location,
        "TASKS_QUEUE": options.queues[0],
        "TASKS_SERVICE_ACCOUNT": "cloud-tasks@local.invalid",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "",
        "GCE_METADATA_ROOT": "",
        "GOOGLE_SDK_PYTHON_LOGGING_SCOPE": "",
        **emulators.environment(),
        **spec.variables,
    }


def routes(addresses: Mapping[str, str], *, own: tuple[str, ...]) -> dict[str, str]:
    """Returns how a process with these services finds the others.

    `addresses` are those of the processes by service, such as `http://127.0.0.1:8000`.
    """
    callable_url = addresses.get("repair-serve-callable", NOBODY) + CALLABLE_PATH
    queue_services = addresses.get("queue-services", NOBODY)
    handler_url = queue_services + TASK_HANDLER_PATH
    return {
        "SERVICES": ",".join(own),
        "CALLABLE_URL": "" if "repair-serve-callable" in own else callable_url,
        "CALLABLE_AUDIENCE": callable_url,
        "TASK_HANDLER_URL": handler_url,
        "TASK_HANDLER_AUDIENCE": handler_url,
        "CHORES_AUDIENCE": queue_services + CHORES_PATH,
        "API_AUDIENCE": addresses.get("admin", NOBODY) + API_PATH,
    }
