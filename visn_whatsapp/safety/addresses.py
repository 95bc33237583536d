"""Where tasks, calls and people arrive: at whole addresses of ours, encrypted."""

from typing import Any
from urllib.parse import urlsplit

from django.http.request import validate_host

from visn_whatsapp.safety.hosts import cloud_run_service, half_filled_in
from visn_whatsapp.safety.rules import rule, sentence

# Of each setting of a Cloud Run service's ingress: whether Cloud Tasks gets in by another host name
# than the service's own (https://cloud.google.com/run/docs/securing/ingress).
LETS_TASKS_IN_BY_A_DOMAIN = {
    "internal": False,
    "internal-and-cloud-load-balancing": True,
    "all": True,
}


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
    return sentence(open_to_all, "must begin with https://.")


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
    """With one audience for two, a token for one endpoint opens the other."""
    names = ("CALLABLE_AUDIENCE", "TASK_HANDLER_AUDIENCE", "CHORES_AUDIENCE", "API_AUDIENCE")
    given = [audience for name in names if (audience := getattr(settings, name))]
    return f"{', '.join(names)} must differ." if len(set(given)) < len(given) else ""


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


@rule("E020", deployed_only=True)
def addresses_are_whole(settings: Any) -> str:
    """What was filled in with nothing, or not at all, leads nowhere, and nobody says so."""
    return sentence(half_filled_in(settings), "must be whole, with nothing left to fill in.")
