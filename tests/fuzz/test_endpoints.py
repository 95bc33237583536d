"""Whatever a known caller sends to an endpoint: an answer of its table, and nothing lost."""

import json
from uuid import UUID

import pytest
from django.db.models import Sum
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox import samples
from sandbox.samples import encode
from tests.examples import examples
from tests.fuzz.conftest import WEBHOOK, Endpoints
from tests.webhooks.whatsapp.mutations import JSON, TEXTS, broken, encoded
from webhooks import tasks
from webhooks.models import Delivery, Event
from webhooks.outcomes import State

pytestmark = pytest.mark.django_db

ANYTHING = st.binary(max_size=80) | JSON.map(encode) | encoded() | broken()
HEADER_VALUES = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=80)
GOOD = encode(samples.envelope(samples.entry(samples.change(messages=[samples.text()]))))
UNKNOWN = "0197e0a0-0000-7000-8000-000000000001"


@examples(100)
@given(body=ANYTHING)
def test_the_webhook_takes_whatever_is_signed(endpoints: Endpoints, body: bytes) -> None:
    """Meta gets 200, and every item that went in is accounted for."""
    assert endpoints.post(body).status_code == 200
    items = Delivery.objects.aggregate(items=Sum("item_count"))["items"]
    assert Event.objects.count() == (items or 0)  # no bytes at all leave nothing
    assert (
        Delivery.objects.filter(repeat_of=None, item_count=0).count()
        == Delivery.objects.filter(repeat_of=None, events=None).count()
    )


@examples(100)
@given(body=ANYTHING, signature=HEADER_VALUES, other=HEADER_VALUES)
def test_the_webhook_refuses_whatever_is_not_signed(
    endpoints: Endpoints, client: Client, body: bytes, signature: str, other: str
) -> None:
    """Nothing is stored for whoever has not the secret."""
    answer = client.post(
        WEBHOOK,
        body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": signature, "X-Hub-Signature": other},
    )
    assert answer.status_code == 401
    assert Delivery.objects.count() == 0


@examples(50)
@given(headers=st.lists(HEADER_VALUES, min_size=3, max_size=3))
def test_headers_do_no_harm(endpoints: Endpoints, headers: list[str]) -> None:
    """They are kept for people, and decide nothing."""
    agent, kind, host = headers
    odd = {"User-Agent": agent, "Accept": kind, "X-Forwarded-For": host, "X-Request-Id": kind}
    assert endpoints.post(b'{"odd":true}', **odd).status_code == 200


@examples(50)
@given(query=st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=80))
def test_the_handshake_knows_its_token_alone(client: Client, query: str) -> None:
    """Whoever does not say it is refused."""
    assert client.get(WEBHOOK, query_params={"hub.verify_token": query}).status_code == 403
    assert client.get(f"{WEBHOOK}?{query}").status_code == 403


MEMBERS = st.fixed_dictionaries(
    {"delivery": st.just(UNKNOWN) | st.uuids().map(str)}, optional={"payload": JSON, "more": JSON}
)
CALLS = st.fixed_dictionaries(
    {
        "data": st.fixed_dictionaries(
            {},
            optional={
                "delivery": st.just(UNKNOWN) | JSON,
                "payload": JSON | st.just({"object": "whatsapp_business_account"}),
                "deliveries": st.lists(MEMBERS, max_size=4) | JSON,
            },
        )
        | JSON
    },
    optional={"more": JSON},
)


@examples(100)
@example(body=b'{"data":{"deliveries":[]}}')  # a probe: a task is made of it
@given(body=ANYTHING | CALLS.map(json.dumps).map(str.encode))
def test_the_callable_answers_in_its_protocol(endpoints: Endpoints, body: bytes) -> None:
    """A result, or an error that says what is wrong with the call."""
    answer = endpoints.call(body)
    assert answer.status_code in {200, 400, 404}
    said = json.loads(answer.content)
    assert set(said) == ({"result"} if answer.status_code == 200 else {"error"})


@examples(80)
@example(body=b'{"v":1,"deliveries":[]}', retries="0", name="probe")
@given(
    body=ANYTHING
    | st.fixed_dictionaries(
        {"v": st.just(1) | JSON, "delivery": st.just(UNKNOWN) | st.uuids().map(str) | JSON},
        optional={"events": st.lists(st.integers()) | JSON, "more": JSON},
    )
    .map(json.dumps)
    .map(str.encode),
    retries=HEADER_VALUES,
    name=HEADER_VALUES,
)
def test_the_task_handler_asks_for_no_second_try(
    endpoints: Endpoints, body: bytes, retries: str, name: str
) -> None:
    """What cannot be understood, or is of an unknown delivery, would not change by trying."""
    headers = {"X-CloudTasks-TaskRetryCount": retries, "X-CloudTasks-TaskName": name}
    assert endpoints.run(body, **headers).status_code == 200


@examples(50)
@given(events=st.lists(st.integers(min_value=1, max_value=2**63 - 1), max_size=20))
def test_a_task_that_names_other_events_touches_none(
    endpoints: Endpoints, events: list[int]
) -> None:
    """Only events of the delivery itself are handled."""
    for body in (encode({"object": "whatsapp_business_account"}), GOOD):
        assert endpoints.post(body).status_code == 200
    other = Event.objects.get(kind="text")
    delivery = Delivery.objects.exclude(pk=other.delivery_id).get(repeat_of=None)
    task = tasks.encode(delivery.pk, events=[*events, other.pk])
    assert endpoints.run(task).status_code == 200
    assert Event.objects.get(pk=other.pk).state == other.state == State.QUEUED


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example", " ", "[::1", "a" * 5000],
)
def test_a_host_that_is_not_ours_gets_nothing(endpoints: Endpoints, host: str) -> None:
    """In a process that serves the admin too; the others never look at the Host."""
    assert endpoints.post(GOOD, Host=host).status_code == 400
    assert endpoints.run(tasks.encode(UUID(UNKNOWN)), Host=host).status_code == 400
    assert Delivery.objects.count() == 0


@examples(50)
@given(words=TEXTS)
def test_unknown_paths_are_not_found(client: Client, words: str) -> None:
    """Versions and routes that nobody serves."""
    path = words.encode(errors="replace").hex()
    for route in (f"/v1{path}x/webhooks/whatsapp/webhook", f"{WEBHOOK}/{path}x", f"/{path}x"):
        assert client.post(route, b"{}", content_type="application/json").status_code == 404
