"""What the API says of itself holds for whatever is asked and answered, over real HTTP."""

from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from schemathesis.specs.openapi.checks import positive_data_acceptance

from eventlog.api.described import schema
from eventlog.api.views import ROUTES
from tests.identity import IdentityProvider
from tests.rows import make_event
from webhooks.outcomes import Reason, State

EXAMPLES = 12  # of each route and method
DESCRIBED = schema(tuple(ROUTES.items()))
OPERATIONS = [(path, method) for path, each in DESCRIBED["paths"].items() for method in each]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_they_are_described(
    path: str,
    method: str,
    live_server: LiveServer,
    identity_provider: IdentityProvider,
    settings: Settings,
) -> None:
    settings.API_CALLS_PER_MINUTE = 100_000
    settings.API_REPLAYERS = settings.API_REVEALERS
    [caller] = settings.API_REVEALERS
    token = identity_provider.token(audience=settings.API_AUDIENCE, email=caller)
    make_event(state=State.FAILED, reason=Reason.GAVE_UP, received_at=datetime.now(UTC))
    operation = schemathesis.openapi.from_dict(DESCRIBED)[path][method]

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy())
    def every_answer_is_described(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(
            base_url=live_server.url,
            headers={"Authorization": f"Bearer {token}"},
            # What two fields must be together, such as a window of 31 days, it cannot say.
            excluded_checks=[positive_data_acceptance],
        )

    every_answer_is_described()
