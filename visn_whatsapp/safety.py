"""What the settings must fulfil before a process may serve: one numbered rule per danger.

The production settings refuse to load while a rule is broken, and `checks` holds every other
settings module to the same rules. Only where DEPLOYED is False, as in `local` and `test`, are
stand-ins, SQLite and weak secrets allowed.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http.request import validate_host

from visn_whatsapp.hosts import cloud_run_service, half_filled_in
from visn_whatsapp.services import PAYLOAD_SERVICES, REQUIRED, SETTING_OF_VARIABLE, required

GOOGLE_ISSUERS = {"https://accounts.google.com", "accounts.google.com"}
GOOGLE_CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
GOOGLE_METADATA_SERVERS = {"metadata.google.internal", "169.254.169.254"}
# The variables that put something else in Google's place, and the values that do not.
STAND_INS: dict[str, set[str]] = {
    "FIRESTORE_EMULATOR_HOST": set(),
    "TASKS_EMULATOR_HOST": set(),
    "GCE_METADATA_HOST": GOOGLE_METADATA_SERVERS,
    "GCE_METADATA_IP": GOOGLE_METADATA_SERVERS,
    "GCE_METADATA_ROOT": GOOGLE_METADATA_SERVERS,
}
METADATA_SERVERS = {"GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT"}
HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_.-]+)(?::(?P<port>[0-9]{1,5}))?")
PORTS = 65536
POSTGRESQL = "django.db.backends.postgresql"
# Of each setting of a Cloud Run service's ingress: whether Cloud Tasks gets in by another host name
# than the service's own (https://cloud.google.com/run/docs/securing/ingress).
LETS_TASKS_IN_BY_A_DOMAIN = {
    "internal": False,
    "internal-and-cloud-load-balancing": True,
    "all": True,
}

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

Complaint = Callable[[Any], str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One danger, and how to see it in the settings."""

    number: str
    complaint: Complaint  # a sentence that names the settings and no values; empty if all is well
    deployed_only: bool

    @property
    def id(self) -> str:
        """The name under which Django reports and silences it."""
        return f"visn_whatsapp.{self.number}"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule that the settings break."""

    id: str
    complaint: str


RULES: list[Rule] = []


def violations(settings: Any) -> list[Violation]:
    """Returns every rule that these settings break."""
    deployed = getattr(settings, "DEPLOYED", True)
    found = (
        Violation(id=rule.id, complaint=rule.complaint(settings))
        for rule in RULES
        if deployed or not rule.deployed_only
    )
    return [violation for violation in found if violation.complaint]


def rule(number: str, *, deployed_only: bool = False) -> Callable[[Complaint], Complaint]:
    """Registers a rule."""

    def register(complaint: Complaint) -> Complaint:
        RULES.append(Rule(number=number, complaint=complaint, deployed_only=deployed_only))
        return complaint

    return register


def _sentence(names: Collection[str], rest: str) -> str:
    return f"{', '.join(names)} {rest}" if names else ""


@rule("E001")
def services_are_known(settings: Any) -> str:
    """A misspelt service would silently not be served."""
    if not settings.SERVICES:
        return f"SERVICES is missing; name one or more of {', '.join(REQUIRED)}."
    unknown = [name for name in settings.SERVICES if name not in REQUIRED]
    return _sentence(unknown, f"in SERVICES: known are {', '.join(REQUIRED)}.")


@rule("E002")
def nothing_is_missing(settings: Any) -> str:
    """A blank secret would let anybody in, a blank name would fail at the first event."""
    missing = [name for name in required(settings.SERVICES) if not _value(settings, name)]
    return _sentence(missing, f"missing, but required by SERVICES={','.join(settings.SERVICES)}.")


def _value(settings: Any, variable: str) -> Any:
    value = getattr(settings, SETTING_OF_VARIABLE.get(variable, variable), None)
    return value.strip() if isinstance(value, str) else value


@rule("E003", deployed_only=True)
def debug_is_off(settings: Any) -> str:
    """Debug pages show settings and personal data to anybody."""
    return "DEBUG must be off." if settings.DEBUG else ""


@rule("E004", deployed_only=True)
def google_is_google(settings: Any) -> str:
    """A stand-in keeps everything in memory and hands out identities to anybody."""
    replaced = [
        name for name, real in STAND_INS.items() if getattr(settings, name, "") not in {"", *real}
    ]
    return _sentence(replaced, "must not be set: stand-ins for Google are for one machine only.")


@rule("E005", deployed_only=True)
def only_google_signs(settings: Any) -> str:
    """Whoever's keys are believed can call every machine endpoint."""
    foreign = []
    if not set(settings.TOKEN_ISSUERS) <= GOOGLE_ISSUERS or not settings.TOKEN_ISSUERS:
        foreign.append("TOKEN_ISSUERS")
    if settings.TOKEN_CERTS_URL != GOOGLE_CERTIFICATES:
        foreign.append("TOKEN_CERTS_URL")
    return _sentence(foreign, "must be Google's own, which is the default.")


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
    return _sentence(weak, f"too weak; use random values of at least these lengths: {lengths}.")


def _is_weak(name: str, secret: str) -> bool:
    """Blank ones are missing or unused, which another rule decides."""
    return bool(secret) and (
        len(secret) < SHORTEST_SECRET[name]
        or len(set(secret)) < WEAKEST_VARIETY
        or "insecure" in secret
        or secret != secret.strip()
    )


@rule("E008", deployed_only=True)
def hosts_are_named(settings: Any) -> str:
    """With any host allowed, links in the admin can be pointed elsewhere."""
    return 'ALLOWED_HOSTS must not contain "*".' if "*" in settings.ALLOWED_HOSTS else ""


@rule("E009", deployed_only=True)
def calls_are_encrypted(settings: Any) -> str:
    """Tokens and payloads travel to these addresses."""
    addresses = {
        name: getattr(settings, name)
        for name in ("TASK_HANDLER_URL", "CALLABLE_URL")
        if getattr(settings, name)
    }
    open_to_all = [name for name, url in addresses.items() if not url.startswith("https://")]
    if not all(origin.startswith("https://") for origin in settings.CSRF_TRUSTED_ORIGINS):
        open_to_all.append("CSRF_TRUSTED_ORIGINS")
    return _sentence(open_to_all, "must begin with https://.")


@rule("E010")
def calls_reach_their_routes(settings: Any) -> str:
    """A task sent to another path answers 404 until it is given up."""
    routes = {
        "TASK_HANDLER_URL": "/webhook-listeners/whatsapp",
        "CALLABLE_URL": "/callable/whatsapp/events",
    }
    wrong = [
        f"{name} must end in {route}"
        for name, route in routes.items()
        if getattr(settings, name) and not getattr(settings, name).endswith(route)
    ]
    return "; ".join(wrong)


@rule("E011")
def audiences_differ(settings: Any) -> str:
    """With one audience for both, a token for one endpoint opens the other."""
    same = settings.CALLABLE_AUDIENCE and (
        settings.CALLABLE_AUDIENCE == settings.TASK_HANDLER_AUDIENCE
    )
    return "CALLABLE_AUDIENCE and TASK_HANDLER_AUDIENCE must differ." if same else ""


@rule("E012", deployed_only=True)
def callers_are_service_accounts(settings: Any) -> str:
    """A person's account has no business at a machine endpoint."""
    accounts = {
        "TASKS_SERVICE_ACCOUNT": filter(None, [settings.TASKS_SERVICE_ACCOUNT]),
        "CALLABLE_CALLERS": settings.CALLABLE_CALLERS,
    }
    personal = [
        name
        for name, emails in accounts.items()
        if not all(re.fullmatch(r"[^@\s]+@[^@\s]+\.gserviceaccount\.com", e) for e in emails)
    ]
    return _sentence(personal, "must hold service accounts (…gserviceaccount.com).")


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
    return _sentence([name for name in names if not getattr(settings, name, False)], "must be on.")


@rule("E016", deployed_only=True)
def documents_stay_out_of_logs(settings: Any) -> str:
    """Google's libraries can log their requests and answers, with what people wrote."""
    on = getattr(settings, "GOOGLE_SDK_PYTHON_LOGGING_SCOPE", "")
    return "GOOGLE_SDK_PYTHON_LOGGING_SCOPE must not be set: it logs documents." if on else ""


@rule("E017", deployed_only=True)
def tasks_get_in(settings: Any) -> str:
    """Cloud Tasks counts as internal on Cloud Run's own address alone; elsewhere it is shut out."""
    ingress = settings.TASK_HANDLER_INGRESS
    if ingress not in LETS_TASKS_IN_BY_A_DOMAIN:
        return f"TASK_HANDLER_INGRESS must be one of {', '.join(LETS_TASKS_IN_BY_A_DOMAIN)}."
    host = urlsplit(settings.TASK_HANDLER_URL).hostname or ""
    by_a_domain = settings.ON_CLOUD_RUN and host and not host.endswith(".run.app")
    if not by_a_domain or LETS_TASKS_IN_BY_A_DOMAIN[ingress]:
        return ""
    return (
        "TASK_HANDLER_URL must be the run.app address of queue-services: with ingress internal no "
        "task arrives at another. If queue-services takes more, say so in TASK_HANDLER_INGRESS."
    )


@rule("E018", deployed_only=True)
def tasks_are_for_this_host(settings: Any) -> str:
    """A task for a host that is not ours is answered with 400 or 404 until it is given up."""
    host = urlsplit(settings.TASK_HANDLER_URL).hostname
    if "queue-services" not in settings.SERVICES or not host:
        return ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return "ALLOWED_HOSTS must name the host of TASK_HANDLER_URL."
    named, ours = cloud_run_service(host), settings.CLOUD_RUN_SERVICE
    other = named and ours and named != ours
    return "TASK_HANDLER_URL must be the address of this service (K_SERVICE)." if other else ""


@rule("E019")
def stand_ins_are_hosts(settings: Any) -> str:
    """Google's clients look for what is no address in vain, for ever."""
    names = [name for name in STAND_INS if not _is_host(name, getattr(settings, name, ""))]
    return _sentence(names, "must be host:port, without http:// and without a path.")


def _is_host(name: str, address: str) -> bool:
    """Google's metadata server alone has a port that is known."""
    found = HOST.fullmatch(address)
    if not address or found is None:
        return not address
    port = found["port"]
    return name in METADATA_SERVERS if port is None else 0 < int(port) < PORTS


@rule("E020", deployed_only=True)
def addresses_are_whole(settings: Any) -> str:
    """What was filled in with nothing, or not at all, leads nowhere, and nobody says so."""
    return _sentence(half_filled_in(settings), "must be whole, with nothing left to fill in.")
