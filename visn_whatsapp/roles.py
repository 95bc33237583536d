"""The services that a process may run, and the variables that each cannot do without."""

from collections.abc import Collection

QUEUE = (
    "GOOGLE_CLOUD_PROJECT",
    "TASKS_LOCATION",
    "TASKS_QUEUE",
    "TASKS_SERVICE_ACCOUNT",
    "TASK_HANDLER_URL",
    "TASK_HANDLER_AUDIENCE",
)
CHORES = ("CHORES_AUDIENCE", "CHORES_CALLERS")
FIRESTORE = ("GOOGLE_CLOUD_PROJECT", "FIRESTORE_DATABASE", "FIRESTORE_ANCILLARY_DATABASE")

REQUIRED_BY_ALL = ("SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL")
REQUIRED = {
    "repair-serve-api": ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WEBHOOK_VERSIONS"),
    "repair-serve-callable": ("CALLABLE_AUDIENCE", "CALLABLE_CALLERS", *QUEUE),
    "queue-services": (*FIRESTORE, *QUEUE, *CHORES),
    "admin": (*FIRESTORE, *QUEUE),
}
FORWARDING = ("CALLABLE_URL", "CALLABLE_AUDIENCE")  # where the next service is another process
SETTING_OF_VARIABLE = {"DATABASE_URL": "DATABASES"}  # all others have the same name

ALL_SERVICES = tuple(REQUIRED)
PAYLOAD_SERVICES = frozenset(
    {"repair-serve-api", "repair-serve-callable"}
)  # their bodies are large


def required(services: Collection[str]) -> list[str]:
    """Returns the names of the variables that a process with these services needs, each once."""
    names = [*REQUIRED_BY_ALL]
    for service in services:
        names.extend(REQUIRED.get(service, ()))
    if "repair-serve-api" in services and "repair-serve-callable" not in services:
        names.extend(FORWARDING)
    return list(dict.fromkeys(names))
