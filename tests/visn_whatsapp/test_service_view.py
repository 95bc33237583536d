"""The base of all routes for services, and that none of them answers in another way."""

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied

from eventlog.api.view import ApiView
from eventlog.api.views import ROUTES
from visn_whatsapp.authentication import IdentityUnavailable, ServiceIdentity
from visn_whatsapp.body import BodyIncomplete, BodyTooLarge
from visn_whatsapp.roles import ALL_SERVICES
from visn_whatsapp.service_view import ServiceView
from visn_whatsapp.urls import routes
from webhooks.ledger import LedgerUnavailable

PEOPLES = {"/health/live", "/health/ready", "/admin/", "/", "/admin"}
EVERYWHERE = {BodyIncomplete, BodyTooLarge, AuthenticationFailed, MethodNotAllowed}


def views() -> list[type[ServiceView]]:
    """The classes of all routes that neither people nor probes ask for."""
    mounted = [route for route in routes(ALL_SERVICES) if f"/{route.pattern}" not in PEOPLES]
    found = {route.callback.view_class for route in mounted}  # type: ignore[union-attr]
    return sorted(found, key=lambda view: view.__name__)


def test_each_route_for_services_has_one_table_of_its_own() -> None:
    """Those of the API have one together."""
    of_the_api = [view for view in views() if issubclass(view, ApiView)]
    others = [view for view in views() if view not in of_the_api]
    assert [view.__name__ for view in others] == [
        "CallableView",
        "ChoreView",
        "TaskHandlerView",
        "WebhookView",
    ]
    assert len(of_the_api) == len(ROUTES)
    assert all(issubclass(view, ServiceView) for view in views())
    assert len({id(view.answers) for view in views()}) == len(others) + 1


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_a_table_has_all_that_its_route_may_raise(view: type[ServiceView]) -> None:
    by_caller = {PermissionDenied, IdentityUnavailable}
    by_token = any(issubclass(each, ServiceIdentity) for each in view.authentication_classes)
    expected = EVERYWHERE | {LedgerUnavailable} | (by_caller if by_token else set())
    assert expected - view.answers.keys() == set()
    assert all(
        answer.body == b"" or answer.content_type == "application/json"
        for answer in view.answers.values()
    )


def test_what_no_table_has_is_a_bug_and_goes_on() -> None:
    class Broken(ServiceView):
        authentication_classes = []
        permission_classes = []
        answers = {}

        def post(self, *_: object) -> None:
            raise KeyError

    with pytest.raises(KeyError):
        Broken.as_view()(RequestFactory().post("/"))
