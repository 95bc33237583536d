"""Mounts the routes of the services that this process runs; every other path answers 404.

A view is imported only where its service runs: an ingress process never loads Firestore's client.
"""

from collections.abc import Callable, Collection, Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from visn_whatsapp import health

Routes = Iterator[URLPattern | URLResolver]


def every_process() -> Routes:
    """Whether the process is alive, and whether it is ready."""
    yield path("health/live", health.live, name="live")
    yield path("health/ready", health.ready, name="ready")


def repair_serve_api() -> Routes:
    """Meta's webhook, under each configured version."""
    from webhooks.views import WebhookView  # noqa: PLC0415

    for version in settings.WEBHOOK_VERSIONS:
        yield path(f"{version}/webhooks/whatsapp/webhook", WebhookView.as_view(), name="webhook")


def repair_serve_callable() -> Routes:
    """The forwarded event."""
    from webhooks.views import CallableView  # noqa: PLC0415

    yield path("callable/whatsapp/events", CallableView.as_view(), name="callable")


def queue_services() -> Routes:
    """The task, as Cloud Tasks posts it, and the chores that Cloud Scheduler starts."""
    from listeners.views import TaskHandlerView  # noqa: PLC0415
    from operations.chores.views import ROUNDS, ChoreView  # noqa: PLC0415

    yield path("webhook-listeners/whatsapp", TaskHandlerView.as_view(), name="task-handler")
    for chore in ROUNDS:
        yield path(f"chores/{chore}", ChoreView.as_view(chore=chore), name=chore)


def admin() -> Routes:
    """The event log for people, with what they type who look for it, and for other services."""
    from eventlog.admin.urls import urls  # noqa: PLC0415

    if settings.API_AUDIENCE:
        from eventlog.api.views import ROUTES as API  # noqa: PLC0415

        for name, view in API.items():
            yield path(f"api/v1/{name}", view.as_view(), name=f"api-{name}")
    yield path("admin/", urls)
    for typed in ("", "admin"):
        yield path(typed, RedirectView.as_view(pattern_name="admin:index"))


ROUTES: dict[str, Callable[[], Routes]] = {
    "repair-serve-api": repair_serve_api,
    "repair-serve-callable": repair_serve_callable,
    "queue-services": queue_services,
    "admin": admin,
}


def routes(services: Collection[str]) -> list[URLPattern | URLResolver]:
    """Returns the routes of a process that runs these services."""
    if unknown := [name for name in services if name not in ROUTES]:
        raise ImproperlyConfigured(
            f"{', '.join(unknown)} in SERVICES: known are {', '.join(ROUTES)}."
        )
    return [*every_process(), *(route for name in services for route in ROUTES[name]())]


urlpatterns = routes(settings.SERVICES)
if "admin" in settings.SERVICES:
    handler500 = "eventlog.admin.failures.answer"
