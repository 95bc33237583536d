"""Which routes a process has, by the services that it runs."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from pytest_django import Settings

from visn_whatsapp.roles import ALL_SERVICES
from visn_whatsapp.urls import ROUTES, routes

PATHS = {
    "repair-serve-api": "/v1/webhooks/whatsapp/webhook",
    "repair-serve-callable": "/callable/whatsapp/events",
    "queue-services": "/webhook-listeners/whatsapp",
    "admin": "/admin/login/",
}


def found(path: str, *services: str) -> bool:
    """Returns whether a process with these services has the path."""
    try:
        URLResolver(RegexPattern(r"^/"), routes(services)).resolve(path)
    except Resolver404:
        return False
    return True


@pytest.mark.parametrize("service", ALL_SERVICES)
def test_a_process_has_the_routes_of_its_services_alone(service: str) -> None:
    assert {name for name, path in PATHS.items() if found(path, service)} == {service}


@pytest.mark.parametrize("chore", ["sweeper", "catch-up"])
def test_chores_are_started_in_queue_services_alone(chore: str) -> None:
    assert [each for each in ALL_SERVICES if found(f"/chores/{chore}", each)] == ["queue-services"]


def test_services_go_together_in_any_combination() -> None:
    together = ("admin", "queue-services")
    assert {name for name, path in PATHS.items() if found(path, *together)} == set(together)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_every_process_tells_its_health(path: str) -> None:
    assert found(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webhooks/whatsapp/webhook",
        "/v2/webhooks/whatsapp/webhook",
        "/v1/webhooks/whatsapp/webhook/",
        "/v1//webhooks/whatsapp/webhook",
        "/V1/webhooks/whatsapp/webhook",
        "/v1/webhooks/whatsapp/webhook\n",
        "/callable/whatsapp/events/",
        "/webhook-listeners/whatsapp/",
        "/webhook-listeners/whatsapp/..",
        "/static/../manage.py",
    ],
)
def test_no_other_path_is_served(path: str) -> None:
    assert not found(path, *ALL_SERVICES[:3])


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_what_people_type_leads_to_the_event_log(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
    assert not found(path, *ALL_SERVICES[:3])


def test_the_webhook_is_served_under_each_configured_version(settings: Settings) -> None:
    settings.WEBHOOK_VERSIONS = ("v2", "v3.1")
    served = [
        version
        for version in ("v1", "v2", "v3.1", "v3x1")
        if found(f"/{version}/webhooks/whatsapp/webhook", "repair-serve-api")
    ]
    assert served == ["v2", "v3.1"]


def test_every_service_has_routes() -> None:
    assert tuple(ROUTES) == ALL_SERVICES


def test_an_unknown_service_is_not_passed_over() -> None:
    with pytest.raises(ImproperlyConfigured):
        routes(["queue-service"])
