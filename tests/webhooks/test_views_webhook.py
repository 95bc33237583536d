"""Meta's webhook, request by request: what is stored and what is answered."""

import gc
import weakref
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from pytest_django import Settings

from sandbox import samples
from tests.webhooks.conftest import WEBHOOK, PostLikeMeta, QueueContents
from tests.webhooks.databases import OUTAGES, new_sessions_read_only
from tests.webhooks.test_sequences import on_postgresql
from tests.webhooks.whatsapp.payloads import DIRECTORY, load
from webhooks.authentication import sign
from webhooks.models import Delivery, Event, RefusalCount
from webhooks.outcomes import State
from webhooks.views import WebhookView

pytestmark = pytest.mark.django_db

TEXT = load("text")
EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'
HANDSHAKE = {
    "hub.mode": "subscribe",
    "hub.challenge": "1158201444",
    "hub.verify_token": "test_verify_token",
}


def content(response: HttpResponseBase) -> bytes:
    """Returns the body of an answer."""
    return getattr(response, "content", b"")


def test_the_handshake_answers_the_challenge_as_plain_text(client: Client) -> None:
    response = client.get(WEBHOOK, HANDSHAKE)

    assert response.status_code == 200
    assert response.content == b"1158201444"
    assert response["Content-Type"] == "text/plain"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "nonsense", "*/*;q=x"])
def test_what_the_caller_would_rather_have_does_not_matter(client: Client, accept: str) -> None:
    response = client.get(WEBHOOK, HANDSHAKE | {"format": "xml"}, headers={"Accept": accept})

    assert (response.status_code, response.content) == (200, b"1158201444")


def test_any_other_get_is_forbidden(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get(WEBHOOK, HANDSHAKE | {"hub.verify_token": "another"})

    assert (response.status_code, response.content) == (403, b"")
    assert "A handshake was refused." in caplog.messages


def test_without_a_verify_token_nobody_gets_in(client: Client, settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""

    assert client.get(WEBHOOK, HANDSHAKE | {"hub.verify_token": ""}).status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options", "trace"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    response = getattr(client, method)(WEBHOOK)

    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"


def test_a_delivery_is_stored_enqueued_and_answered(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    response = post(TEXT, **{"User-Agent": "facebookexternalua"})

    assert (response.status_code, content(response)) == (200, b"")
    delivery = Delivery.objects.get()
    assert bytes(delivery.body or b"") == TEXT
    assert delivery.headers == {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
    }
    assert [task.delivery for task in contents.tasks()] == [delivery.pk]
    assert Event.objects.get().state == State.QUEUED


def test_an_empty_delivery_is_a_probe_and_leaves_nothing(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    response = post(b"")

    assert (response.status_code, content(response)) == (200, b"")
    assert Delivery.objects.count() == 0
    assert contents.cloud_tasks() == []


def test_an_empty_delivery_that_nobody_signed_is_refused(client: Client) -> None:
    signature = {"X-Hub-Signature-256": sign(b"", secret="another")}
    assert client.post(WEBHOOK, b"", "application/json", headers=signature).status_code == 401


def test_headers_are_stored_so_that_any_database_takes_them(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    post(TEXT, **{"User-Agent": "a\x00b\xe9\udcff" + "c" * 1000})

    assert Delivery.objects.get().headers["User-Agent"] == "a?b??" + "c" * 195


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "a; charset=x",
    ],
)
def test_the_content_type_does_not_matter(
    client: Client, contents: QueueContents, content_type: str
) -> None:
    signature = {"X-Hub-Signature-256": sign(TEXT, secret="test_app_secret")}

    response = client.generic("POST", WEBHOOK, TEXT, content_type, headers=signature)

    assert response.status_code == 200
    assert bytes(Delivery.objects.get().body or b"") == TEXT


@pytest.mark.parametrize("name", sorted(path.stem for path in DIRECTORY.glob("*.json")))
def test_every_captured_payload_is_taken_in_and_accounted_for(
    post: PostLikeMeta, contents: QueueContents, name: str
) -> None:
    assert post(load(name)).status_code == 200

    delivery = Delivery.objects.get()
    assert bytes(delivery.body or b"") == load(name)
    assert delivery.events.count() == delivery.item_count
    has_open_events = delivery.events.filter(state=State.QUEUED).exists()
    assert len(contents.tasks()) == int(has_open_events)
    assert not delivery.events.filter(state=State.RECEIVED).exists()


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (b"hello", State.FAILED, "malformed"),
        (b"\xff\xfe\x00", State.FAILED, "malformed"),
        (TEXT[:100], State.FAILED, "malformed"),
        (b"null", State.FAILED, "malformed"),
        (b'"text"', State.FAILED, "malformed"),
        (b"[" * 100_000, State.FAILED, "malformed"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, State.FAILED, "malformed"),
        (b'{"object":"page","entry":[{"id":"1"}]}', State.IGNORED, "not_whatsapp"),
    ],
)
def test_signed_nonsense_is_stored_with_its_reason_and_needs_no_task(
    post: PostLikeMeta, contents: QueueContents, body: bytes, state: State, reason: str
) -> None:
    assert post(body).status_code == 200

    assert list(Event.objects.values_list("state", "reason")) == [(state, reason)]
    assert contents.tasks() == []


def test_a_nul_or_a_lone_surrogate_hides_nothing_and_stops_nobody(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    texts = ["a\x00b", "\ud83d", "fine"]
    messages = [
        samples.text(body=body, message_id=samples.wamid(samples.DRIVER_NUMBER, serial))
        for serial, body in enumerate(texts)
    ]
    messages.append(samples.text(message_id="wamid.\x00\udc00"))
    change = samples.change(messages=messages, contacts=[samples.contact(name="\x00\ud800")])

    assert post(samples.encode(samples.envelope(samples.entry(change)))).status_code == 200

    assert list(Event.objects.values_list("state", flat=True)) == ["queued"] * 4
    assert Event.objects.get(position=3).message_id == "wamid.\ufffd\ufffd"


def test_a_delivery_of_three_megabytes_is_taken_in(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    texts = [samples.text(body="x" * 3100, message_id=f"wamid.{n}") for n in range(950)]
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=texts))))
    assert 3_000_000 < len(body) < 3_200_000

    assert post(body).status_code == 200

    delivery = Delivery.objects.get()
    assert bytes(delivery.body or b"") == body
    assert delivery.item_count == delivery.events.filter(state=State.QUEUED).count() == 950
    assert len(contents.tasks()) == 1


def test_a_thousand_items_of_every_kind_are_taken_in(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    kinds = 10
    changes: list[object] = [
        samples.change(
            messages=[
                samples.text(message_id=samples.wamid("447700900123", serial)),
                samples.reaction(timestamp=samples.TIMESTAMP + serial),
                samples.image(message_id=samples.wamid("447700900124", serial)),
                {"type": "text", "id": 5},
            ],
            statuses=[
                samples.status(timestamp=samples.TIMESTAMP + serial),
                samples.status(word="failed", errors=[samples.FAILURE]),
                samples.status(word="deleted"),
                "nonsense",
            ],
            errors=[samples.FAILURE],
        )
        for serial in range(100)
    ]
    entries = [samples.entry(change, samples.other_change()) for change in changes]

    assert post(samples.encode(samples.envelope(*entries))).status_code == 200

    assert Event.objects.count() == Delivery.objects.get().item_count == 100 * kinds
    assert Event.objects.filter(state=State.QUEUED).count() == 400
    assert len(contents.tasks()) == 1


def test_a_repeat_is_answered_like_the_first(post: PostLikeMeta, contents: QueueContents) -> None:
    assert [post(TEXT).status_code for _ in range(3)] == [200, 200, 200]

    assert Delivery.objects.count() == 3
    assert Event.objects.count() == 1
    (first,) = Delivery.objects.filter(repeat_of=None)
    assert [task.delivery for task in contents.tasks()] == [first.pk] * 3


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({}, "missing"),
        ({"X-Hub-Signature": "sha1=dd4f0a5b7d7a5ab3ac1d5a4ed3e6b7e0e6d3b3aa"}, "missing"),
        ({"X-Hub-Signature-256": "é"}, "malformed"),
        ({"X-Hub-Signature-256": "sha256=0"}, "malformed"),
        ({"X-Hub-Signature-256": sign(TEXT, secret="another")}, "mismatch"),
        ({"X-Hub-Signature-256": sign(EMPTY, secret="test_app_secret")}, "mismatch"),
    ],
)
def test_the_unsigned_and_the_forged_are_refused_and_counted(
    client: Client, caplog: pytest.LogCaptureFixture, headers: dict[str, Any], cause: str
) -> None:
    response = client.post(WEBHOOK, TEXT, content_type="application/json", headers=headers)

    assert (response.status_code, response.content) == (401, b"")
    assert response["WWW-Authenticate"] == "X-Hub-Signature-256"
    assert Delivery.objects.count() == 0
    assert list(RefusalCount.objects.values_list("cause", "count")) == [(cause, 1)]
    (record,) = [each for each in caplog.records if each.name == "webhooks.authentication"]
    assert (record.getMessage(), record.__dict__["reason"]) == ("A webhook was refused.", cause)


def test_without_an_app_secret_nobody_gets_in(client: Client, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRET = ""
    signature = {"X-Hub-Signature-256": sign(TEXT, secret="")}

    response = client.post(WEBHOOK, TEXT, content_type="application/json", headers=signature)

    assert response.status_code == 401
    assert RefusalCount.objects.get().cause == "unconfigured"


def test_the_previous_app_secret_still_lets_in(
    client: Client, settings: Settings, contents: QueueContents
) -> None:
    settings.WHATSAPP_APP_SECRET = "new"
    settings.WHATSAPP_APP_SECRET_PREVIOUS = "old"
    signature = {"X-Hub-Signature-256": sign(TEXT, secret="old")}

    response = client.post(WEBHOOK, TEXT, content_type="application/json", headers=signature)

    assert response.status_code == 200


def test_the_limit_is_the_setting(
    post: PostLikeMeta, settings: Settings, contents: QueueContents
) -> None:
    settings.WEBHOOK_MAX_BYTES = len(TEXT)

    assert post(TEXT).status_code == 200
    assert post(TEXT + b" ").status_code == 413
    assert Delivery.objects.count() == 1


def test_a_body_above_the_limit_is_refused_whoever_sent_it(client: Client) -> None:
    response = client.post(WEBHOOK, b"x" * (4 * 1024 * 1024 + 1), content_type="text/plain")

    assert (response.status_code, response.content) == (413, b"")
    assert RefusalCount.objects.count() == 0


@pytest.mark.parametrize("length", ["ten", "-1", "1e9"])
def test_a_nonsensical_length_is_no_body(client: Client, length: str) -> None:
    response = client.generic("POST", WEBHOOK, TEXT, CONTENT_LENGTH=length)

    assert response.status_code == 401


def test_a_queue_that_is_down_is_not_meta_s_problem(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    contents.refuse()

    assert post(TEXT).status_code == 200
    assert Event.objects.get().state == State.RECEIVED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("outage", OUTAGES)
def test_rows_that_cannot_be_written_are_asked_for_again(
    post: PostLikeMeta, contents: QueueContents, caplog: pytest.LogCaptureFixture, outage: str
) -> None:
    with OUTAGES[outage]():
        response = post(TEXT)

    assert (response.status_code, content(response)) == (503, b"")
    assert contents.tasks() == []
    assert "A request was put off." in caplog.messages
    assert post(TEXT).status_code == 200
    assert Delivery.objects.count() == 1


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_probe_is_put_off_where_nothing_could_be_written(
    post: PostLikeMeta, contents: QueueContents
) -> None:
    with new_sessions_read_only():
        assert post(b"").status_code == 503
    assert post(b"").status_code == 200


@pytest.mark.parametrize(("secret", "status"), [("test_app_secret", 200), ("another", 401)])
def test_a_body_is_let_go_of_with_its_request(secret: str, status: int) -> None:
    signature = sign(EMPTY, secret=secret)
    request = RequestFactory().post(
        WEBHOOK, EMPTY, "application/json", headers={"X-Hub-Signature-256": signature}
    )
    gone = weakref.ref(request)
    gc.disable()
    try:
        assert WebhookView.as_view()(request).status_code == status
        del request
        assert gone() is None
    finally:
        gc.enable()
