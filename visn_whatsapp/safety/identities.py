"""Who may call and be called: Google alone is Google, and machines are no people."""

import re
from typing import Any

from visn_whatsapp.safety.rules import rule, sentence

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


@rule("E004", deployed_only=True)
def google_is_google(settings: Any) -> str:
    """A stand-in keeps everything in memory and hands out identities to anybody."""
    replaced = [
        name for name, real in STAND_INS.items() if getattr(settings, name, "") not in {"", *real}
    ]
    return sentence(replaced, "must not be set: stand-ins for Google are for one machine only.")


@rule("E005", deployed_only=True)
def only_google_signs(settings: Any) -> str:
    """Whoever's keys are believed can call every machine endpoint."""
    foreign = []
    if not set(settings.TOKEN_ISSUERS) <= GOOGLE_ISSUERS or not settings.TOKEN_ISSUERS:
        foreign.append("TOKEN_ISSUERS")
    if settings.TOKEN_CERTS_URL != GOOGLE_CERTIFICATES:
        foreign.append("TOKEN_CERTS_URL")
    return sentence(foreign, "must be Google's own, which is the default.")


@rule("E012", deployed_only=True)
def callers_are_service_accounts(settings: Any) -> str:
    """A person's account has no business at a machine endpoint."""
    accounts = {
        "TASKS_SERVICE_ACCOUNT": filter(None, [settings.TASKS_SERVICE_ACCOUNT]),
        "CALLABLE_CALLERS": settings.CALLABLE_CALLERS,
        "CHORES_CALLERS": settings.CHORES_CALLERS,
        "API_CALLERS": settings.API_CALLERS,
    }
    personal = [
        name
        for name, emails in accounts.items()
        if not all(re.fullmatch(r"[^@\s]+@[^@\s]+\.gserviceaccount\.com", e) for e in emails)
    ]
    return sentence(personal, "must hold service accounts (…gserviceaccount.com).")


@rule("E028")
def readers_are_named(settings: Any) -> str:
    """Half of it would open nothing, or say that somebody may what nobody asks for by that name."""
    if bool(settings.API_AUDIENCE) != bool(settings.API_CALLERS):
        return "API_AUDIENCE and API_CALLERS belong together: set both or neither."
    strangers = [
        name
        for name in ("API_REVEALERS", "API_REPLAYERS")
        if not set(getattr(settings, name)) <= set(settings.API_CALLERS)
    ]
    if strangers:
        return sentence(strangers, "must hold accounts of API_CALLERS alone.")
    return "API_CALLS_PER_MINUTE must be at least 1." if settings.API_CALLS_PER_MINUTE < 1 else ""


@rule("E016", deployed_only=True)
def documents_stay_out_of_logs(settings: Any) -> str:
    """Google's libraries can log their requests and answers, with what people wrote."""
    on = getattr(settings, "GOOGLE_SDK_PYTHON_LOGGING_SCOPE", "")
    return "GOOGLE_SDK_PYTHON_LOGGING_SCOPE must not be set: it logs documents." if on else ""


@rule("E019")
def stand_ins_are_hosts(settings: Any) -> str:
    """Google's clients look for what is no address in vain, for ever."""
    names = [name for name in STAND_INS if not _is_host(name, getattr(settings, name, ""))]
    return sentence(names, "must be host:port, without http:// and without a path.")


def _is_host(name: str, address: str) -> bool:
    """Google's metadata server alone has a port that is known."""
    found = HOST.fullmatch(address)
    if not address or found is None:
        return not address
    port = found["port"]
    return name in METADATA_SERVERS if port is None else 0 < int(port) < PORTS
