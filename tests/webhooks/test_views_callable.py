"""repair-serve-callable, request by request."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from tests.identity import IdentityProvider
from tests.webhooks.conftest import NOW, QueueContents
from tests.webhooks.databases import OUTAGES, new_sessions_read_only
from tests.webhooks.test_sequences import on_postgresql
from tests.webhooks.whatsapp.payloads import load
from webhooks import callable_protocol, receiving, tasks
from webhooks.models import Delivery, Event
from webhooks.outcomes import State

pytestmark = pytest.mark.django_db

URL = "/callable/whatsapp/events"
TEXT = load("text").strip()
IMAGE = load("image").strip()
UNKNOWN = "0197e0a0-0000-7000-8000-000000000001"


@pytest.fixture
def gateway(client: Client, identity_provider: IdentityProvider, settings: Settings) -> "Gateway":
    """A caller who may call."""
    token = identity_provider.token(
        audience=settings.CALLABLE_AUDIENCE, email=settings.CALLABLE_CALLERS[0]
    )
    return Gateway(client, {"Authorization": f"Bearer {token}"})


class Gateway:
    """Calls the callable."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    def call(self, body: bytes) -> tuple[int, Any]:
        """Returns the status and what the answer says."""
        response = self._client.post(
            URL, body, content_type="application/json", headers=self._headers
        )
        assert response["Content-Type"] == "application/json"
        return response.status_code, response.json()


def error(status: str, message: str) -> dict[str, Any]:
    """Returns an error of the protocol."""
    return {"error": {"status": status, "message": message}}


UNREADABLE = error(
    "INVALID_ARGUMENT", 'The body must be {"data": {"delivery": a UUID, "payload": an object}}.'
)
UNAVAILABLE = error("UNAVAILABLE", "Try again later.")


def recorded(body: bytes = TEXT) -> Delivery:
    """Returns a delivery that another process has recorded."""
    receipt = receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOW)
    return Delivery.objects.get(pk=receipt.row)


def test_a_recorded_delivery_is_enqueued(gateway: Gateway, contents: QueueContents) -> None:
    delivery = recorded()

    answer = gateway.call(callable_protocol.encode(delivery=delivery.pk, payload=TEXT))

    assert answer == (200, {"result": {"delivery": str(delivery.pk), "enqueued": True}})
    assert [task.delivery for task in contents.tasks()] == [delivery.pk]
    assert Event.objects.get().state == State.QUEUED


def test_a_delivery_without_open_events_is_not_enqueued(
    gateway: Gateway, contents: QueueContents
) -> None:
    delivery = recorded(IMAGE)

    answer = gateway.call(callable_protocol.encode(delivery=delivery.pk, payload=IMAGE))

    assert answer == (200, {"result": {"delivery": str(delivery.pk), "enqueued": False}})
    assert contents.tasks() == []


@pytest.mark.parametrize("prefix", [b"", b'"delivery":"%s",' % UNKNOWN.encode()])
def test_the_payload_of_another_gateway_is_recorded_and_enqueued(
    gateway: Gateway, contents: QueueContents, prefix: bytes
) -> None:
    status, answer = gateway.call(b'{"data":{%s"payload":%s}}' % (prefix, TEXT))

    delivery = Delivery.objects.get()
    assert status == 200
    assert answer == {"result": {"delivery": str(delivery.pk), "enqueued": True}}
    assert (bytes(delivery.body or b""), delivery.source) == (TEXT, "callable")
    assert [task.delivery for task in contents.tasks()] == [delivery.pk]


def test_the_largest_payload_of_the_webhook_can_be_forwarded(
    gateway: Gateway, contents: QueueContents, settings: Settings
) -> None:
    payload = TEXT + b" " * (settings.WEBHOOK_MAX_BYTES - len(TEXT))
    delivery = recorded(payload)

    status, _ = gateway.call(callable_protocol.encode(delivery=delivery.pk, payload=payload))

    assert status == 200


def test_an_unknown_delivery_alone_is_not_found(gateway: Gateway, contents: QueueContents) -> None:
    assert gateway.call(b'{"data":{"delivery":"%s"}}' % UNKNOWN.encode()) == (
        404,
        error("NOT_FOUND", "There is no such delivery."),
    )


def of_several(*deliveries: Any) -> list[dict[str, Any]]:
    """What is answered of each; True and False say whether a task was made."""
    return [
        {"delivery": delivery, "enqueued": said}
        if isinstance(said, bool)
        else {"delivery": delivery, **said}
        for delivery, said in deliveries
    ]


@pytest.mark.parametrize("shared", [True, False])
def test_several_are_enqueued_in_one_call(
    gateway: Gateway, contents: QueueContents, settings: Settings, shared: bool
) -> None:
    settings.TASKS_TOGETHER = shared
    texts = [TEXT.replace(b"wamid.", b"wamid.%d" % number) for number in range(3)]
    payloads = {recorded(body).pk: body for body in [*texts, IMAGE]}

    status, answer = gateway.call(callable_protocol.encode_group(payloads))

    assert status == 200
    assert answer["result"]["deliveries"] == of_several(
        *((str(delivery), payloads[delivery] != IMAGE) for delivery in payloads)
    )
    assert {task.delivery for task in contents.tasks()} == set([*payloads][:3])
    assert len(contents.cloud_tasks()) == (1 if shared else 3)
    assert {*Event.objects.values_list("state", flat=True)} == {State.QUEUED, State.IGNORED}
    assert Delivery.objects.count() == 4


def test_one_of_several_that_is_nowhere_spoils_no_other(
    gateway: Gateway, contents: QueueContents, caplog: pytest.LogCaptureFixture
) -> None:
    """Of two that the ledger does not know, one comes with its payload."""
    known, unknown = recorded(), UNKNOWN[:-1] + "2"
    another = TEXT.replace(b"wamid.", b"wamid.2")
    members = [
        {"delivery": UNKNOWN},
        {"delivery": unknown, "payload": json.loads(another)},
        {"delivery": str(known.pk)},
    ]

    answer = gateway.call(json.dumps({"data": {"deliveries": members}}).encode())

    missing = error("NOT_FOUND", "There is no such delivery.")
    told = of_several((UNKNOWN, missing), (unknown, True), (str(known.pk), True))
    assert answer == (200, {"result": {"deliveries": told}})
    new = Delivery.objects.get(source="callable")
    assert json.loads(bytes(new.body or b"")) == json.loads(another)
    assert {task.delivery for task in contents.tasks()} == {known.pk, new.pk}
    [line] = caplog.records
    assert line.getMessage() == "A delivery that came in company was put off."
    assert (vars(line)["delivery"], vars(line)["reason"]) == (UUID(UNKNOWN), "NoSuchDelivery")


def test_recording_those_of_one_call_has_a_budget(
    gateway: Gateway, contents: QueueContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is spent the rest is put off, and what is recorded goes on."""
    monkeypatch.setattr(receiving, "RECORDING_SECONDS", 0.0)
    known = recorded()
    members = [{"delivery": UNKNOWN, "payload": {}}, {"delivery": str(known.pk)}]

    answer = gateway.call(json.dumps({"data": {"deliveries": members}}).encode())

    told = of_several((UNKNOWN, UNAVAILABLE), (str(known.pk), True))
    assert answer == (200, {"result": {"deliveries": told}})
    assert Delivery.objects.count() == 1
    assert [task.delivery for task in contents.tasks()] == [known.pk]


def test_a_repeat_and_its_first_are_one_task(gateway: Gateway, contents: QueueContents) -> None:
    first, repeat = recorded(), recorded()

    _, answer = gateway.call(callable_protocol.encode_group({first.pk: TEXT, repeat.pk: TEXT}))

    told = of_several((str(first.pk), True), (str(repeat.pk), True))
    assert answer == {"result": {"deliveries": told}}
    assert [task.delivery for task in contents.tasks()] == [first.pk]


def test_a_task_that_is_not_made_is_told_of_its_delivery(
    gateway: Gateway, contents: QueueContents, settings: Settings
) -> None:
    settings.TASKS_TOGETHER = False
    texts = [TEXT.replace(b"wamid.", b"wamid.%d" % number) for number in range(3)]
    payloads = {recorded(body).pk: body for body in texts}
    contents.refuse()

    status, answer = gateway.call(callable_protocol.encode_group(payloads))

    assert status == 200
    told = answer["result"]["deliveries"]
    [without] = [each["delivery"] for each in told if "enqueued" not in each]
    queued = {str(task.delivery) for task in contents.tasks()}
    assert queued | {without} == {str(each) for each in payloads}
    assert {"delivery": without, **UNAVAILABLE} in told
    assert Event.objects.get(state=State.RECEIVED).delivery_id == UUID(without)


@pytest.mark.parametrize("shared", [True, False])
def test_without_the_queue_several_are_told_as_one_is(
    gateway: Gateway, contents: QueueContents, settings: Settings, shared: bool
) -> None:
    settings.TASKS_TOGETHER = shared
    payloads = {recorded(TEXT.replace(b"wamid.", b"wamid.%d" % n)).pk: TEXT for n in range(3)}
    contents.refuse(times=3)

    assert gateway.call(callable_protocol.encode_group(payloads)) == (503, UNAVAILABLE)
    assert Event.objects.filter(state=State.RECEIVED).count() == 3


def test_several_that_are_nowhere_are_not_found(gateway: Gateway, contents: QueueContents) -> None:
    body = b'{"data":{"deliveries":[{"delivery":"%s"}]}}' % UNKNOWN.encode()
    assert gateway.call(body) == (404, error("NOT_FOUND", "There is no such delivery."))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\xff", b'{"data":{}}', b'{"data":{"delivery":"7"}}', b"[" * 100_000],
)
def test_what_is_no_call_is_an_invalid_argument(gateway: Gateway, body: bytes) -> None:
    assert gateway.call(body) == (400, UNREADABLE)
    assert Delivery.objects.count() == 0


def test_a_call_of_no_delivery_is_a_probe_and_makes_a_task_of_none(
    gateway: Gateway, contents: QueueContents
) -> None:
    assert gateway.call(callable_protocol.encode_group({})) == (200, {"result": {"deliveries": []}})
    assert Delivery.objects.count() == 0
    assert [each.http_request.body for each in contents.cloud_tasks()] == [tasks.encode_for(())]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_call_of_no_delivery_is_told_that_nothing_could_be_written(
    gateway: Gateway, contents: QueueContents
) -> None:
    with new_sessions_read_only():
        assert gateway.call(callable_protocol.encode_group({})) == (503, UNAVAILABLE)
    assert contents.cloud_tasks() == []


def test_a_call_of_no_delivery_by_nobody_makes_no_task(
    client: Client, contents: QueueContents
) -> None:
    status, _ = Gateway(client, {}).call(callable_protocol.encode_group({}))
    assert status == 401
    assert contents.cloud_tasks() == []


def test_a_call_of_no_delivery_is_told_that_no_task_can_be_made(
    gateway: Gateway, contents: QueueContents
) -> None:
    contents.refuse()
    assert gateway.call(callable_protocol.encode_group({})) == (503, UNAVAILABLE)


def test_a_body_above_the_limit_is_too_large(gateway: Gateway, settings: Settings) -> None:
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)

    assert gateway.call(body) == (413, error("RESOURCE_EXHAUSTED", "The body is too large."))


@pytest.mark.parametrize(
    ("headers", "status", "word", "message"),
    [
        ({}, 401, "UNAUTHENTICATED", "The caller is not known."),
        ({"Authorization": "Bearer nonsense"}, 401, "UNAUTHENTICATED", "The caller is not known."),
        ({"Authorization": "Bearer é"}, 401, "UNAUTHENTICATED", "The caller is not known."),
    ],
)
def test_a_caller_who_is_not_known_is_refused(
    client: Client, headers: dict[str, str], status: int, word: str, message: str
) -> None:
    assert Gateway(client, headers).call(b"") == (status, error(word, message))


def test_a_caller_who_is_not_allowed_is_refused(
    client: Client, identity_provider: IdentityProvider, settings: Settings
) -> None:
    token = identity_provider.token(
        audience=settings.CALLABLE_AUDIENCE, email="another@test.invalid"
    )

    answer = Gateway(client, {"Authorization": f"Bearer {token}"}).call(b"")

    assert answer == (403, error("PERMISSION_DENIED", "The caller is not allowed here."))


def test_identities_that_cannot_be_checked_are_asked_for_again(
    gateway: Gateway, identity_provider: IdentityProvider
) -> None:
    identity_provider.status = 500

    assert gateway.call(b"") == (503, UNAVAILABLE)


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    response = getattr(client, method)(URL)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


def test_a_queue_that_is_down_is_told_and_the_ledger_keeps_the_payload(
    gateway: Gateway, contents: QueueContents
) -> None:
    contents.refuse()

    assert gateway.call(b'{"data":{"payload":%s}}' % TEXT) == (503, UNAVAILABLE)
    assert Event.objects.get().state == State.RECEIVED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", OUTAGES)
def test_a_ledger_that_is_down_is_told(
    gateway: Gateway, contents: QueueContents, outage: str
) -> None:
    with OUTAGES[outage]():
        assert gateway.call(b'{"data":{"payload":%s}}' % TEXT) == (503, UNAVAILABLE)

    assert contents.tasks() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", OUTAGES)
def test_a_ledger_that_is_down_is_told_of_several(
    gateway: Gateway, contents: QueueContents, outage: str
) -> None:
    several = callable_protocol.encode_group({UUID(UNKNOWN): TEXT})
    with OUTAGES[outage]():
        assert gateway.call(several) == (503, UNAVAILABLE)

    assert contents.tasks() == []
