"""What the tests of the API share."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.eventlog.api.asking import READER, Ask
from tests.identity import IdentityProvider


@pytest.fixture
def ask(identity_provider: IdentityProvider, settings: Settings) -> Ask:
    """Asks as a service; a body is posted."""

    def asked(
        what: str, body: object = None, *, by: str = READER, **query: Any
    ) -> tuple[int, dict[str, Any]]:
        token = identity_provider.token(audience=settings.API_AUDIENCE, email=by)
        headers = {"Authorization": f"Bearer {token}"}
        path = f"/api/v1/{what}"
        if body is None:
            answer = Client().get(path, query, headers=headers)
        else:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = Client().post(
                path, data=sent, content_type="application/json", headers=headers
            )
        if answer.status_code < HTTPStatus.BAD_REQUEST:
            assert answer["Cache-Control"] == "no-store"
        return answer.status_code, json.loads(answer.content)

    return asked
