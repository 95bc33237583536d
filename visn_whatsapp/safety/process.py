"""What a process serves, with which secrets and limits, and what it keeps it in."""

import re
from typing import Any

from visn_whatsapp.roles import PAYLOAD_SERVICES, REQUIRED, SETTING_OF_VARIABLE, required
from visn_whatsapp.safety.rules import rule, sentence
from visn_whatsapp.telemetry.switch import NONE, OTLP, PROTOCOL, is_installed, is_wanted

POSTGRESQL = "django.db.backends.postgresql"
META_LARGEST_PAYLOAD = 3_000_000  # bytes
# Meta waits about 20 seconds for an answer, and rows are written before the forwarding begins.
LONGEST_FORWARD = 15.0  # seconds
SHORTEST_SECRET = {
    "SECRET_KEY": 50,  # as Django asks
    "WHATSAPP_APP_SECRET": 32,  # as Meta makes them
    "WHATSAPP_APP_SECRET_PREVIOUS": 32,
    "WHATSAPP_VERIFY_TOKEN": 16,
}
WEAKEST_VARIETY = 8  # different characters


@rule("E001")
def services_are_known(settings: Any) -> str:
    """A misspelt service would silently not be served."""
    if not settings.SERVICES:
        return f"SERVICES is missing; name one or more of {', '.join(REQUIRED)}."
    unknown = [name for name in settings.SERVICES if name not in REQUIRED]
    return sentence(unknown, f"in SERVICES: known are {', '.join(REQUIRED)}.")


@rule("E002")
def nothing_is_missing(settings: Any) -> str:
    """A blank secret would let anybody in, a blank name would fail at the first event."""
    missing = [name for name in required(settings.SERVICES) if not _value(settings, name)]
    return sentence(missing, f"missing, but required by SERVICES={','.join(settings.SERVICES)}.")


def _value(settings: Any, variable: str) -> Any:
    value = getattr(settings, SETTING_OF_VARIABLE.get(variable, variable), None)
    return value.strip() if isinstance(value, str) else value


@rule("E003", deployed_only=True)
def debug_is_off(settings: Any) -> str:
    """Debug pages show settings and personal data to anybody."""
    return "DEBUG must be off." if settings.DEBUG else ""


@rule("E006", deployed_only=True)
def database_is_postgresql(settings: Any) -> str:
    """SQLite would be lost with its container, and serves one machine only."""
    engines = {database["ENGINE"] for database in settings.DATABASES.values()}
    return "DATABASE_URL must name a PostgreSQL database." if engines - {POSTGRESQL} else ""


@rule("E007", deployed_only=True)
def secrets_are_strong(settings: Any) -> str:
    """Anybody who guesses one can forge deliveries or sessions."""
    weak = [name for name in SHORTEST_SECRET if _is_weak(name, getattr(settings, name, ""))]
    lengths = ", ".join(f"{name} {length}" for name, length in SHORTEST_SECRET.items())
    return sentence(weak, f"too weak; use random values of at least these lengths: {lengths}.")


def _is_weak(name: str, secret: str) -> bool:
    """Blank ones are missing or unused, which another rule decides."""
    return bool(secret) and (
        len(secret) < SHORTEST_SECRET[name]
        or len(set(secret)) < WEAKEST_VARIETY
        or "insecure" in secret
        or secret != secret.strip()
    )


@rule("E013")
def limits_fit_meta(settings: Any) -> str:
    """A limit below what Meta sends loses whole batches after seven days of attempts."""
    if settings.WEBHOOK_MAX_BYTES < META_LARGEST_PAYLOAD:
        return f"WEBHOOK_MAX_BYTES must be at least {META_LARGEST_PAYLOAD}."
    too_small = settings.DATA_UPLOAD_MAX_MEMORY_SIZE < settings.WEBHOOK_MAX_BYTES
    if too_small and PAYLOAD_SERVICES.intersection(settings.SERVICES):
        return "DATA_UPLOAD_MAX_MEMORY_SIZE must not be below WEBHOOK_MAX_BYTES."
    if settings.THREADS < 1:
        return "THREADS must be at least 1."
    if not 0 < settings.FORWARD_TIMEOUT_SECONDS <= LONGEST_FORWARD:
        return f"FORWARD_TIMEOUT_SECONDS must be above 0 and at most {LONGEST_FORWARD:.0f}."
    return ""


@rule("E014")
def versions_are_path_segments(settings: Any) -> str:
    """Anything else would mount the webhook where Meta does not post."""
    odd = [v for v in settings.WEBHOOK_VERSIONS if not re.fullmatch(r"v\d+(\.\d+)?", v)]
    return "WEBHOOK_VERSIONS must hold versions such as v1." if odd else ""


@rule("E015", deployed_only=True)
def sessions_are_encrypted(settings: Any) -> str:
    """A session cookie sent in the clear is a login for whoever reads along."""
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]
    names = names if "admin" in settings.SERVICES else []
    return sentence([name for name in names if not getattr(settings, name, False)], "must be on.")


@rule("E021")
def telemetry_can_be_exported(settings: Any) -> str:
    """Who says where spans and metrics go would wait for them in vain."""
    odd = [
        name
        for name in ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")
        if getattr(settings, name) not in {OTLP, NONE}
    ]
    if not is_wanted(settings):
        return ""
    if not is_installed():
        return (
            "OTEL_EXPORTER_OTLP_ENDPOINT, or that of traces or of metrics, is set, but "
            "OpenTelemetry is not installed: pip install --require-hashes -r requirements/otel.txt"
        )
    if settings.OTEL_EXPORTER_OTLP_PROTOCOL != PROTOCOL:
        return f"OTEL_EXPORTER_OTLP_PROTOCOL must be {PROTOCOL}."
    return sentence(odd, f"must be {OTLP} or {NONE}.")
