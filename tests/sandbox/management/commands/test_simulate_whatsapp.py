"""The command signs and posts what it is told to, and says how that was answered."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from sandbox import emulators, samples
from sandbox.demo.cases import CASES
from sandbox.demo.platform import Platform, connected
from webhooks.authentication import SIGNATURE_HEADER, verify
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

SECRET = "test_app_secret"
PAYLOADS = Path(__file__).resolve().parents[3] / "payloads"


class Webhook(ThreadingHTTPServer):
    """Checks signatures, keeps bodies, and answers what a test wants."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies: list[bytes] = []
        self.statuses: list[int] = []  # of the next answers; then 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/webhooks/whatsapp/webhook"

    def names(self) -> list[list[str]]:
        """What each delivery holds, in Meta's words."""
        return [[event.name for event in read(parse(body))] for body in self.bodies]


class Handler(BaseHTTPRequestHandler):
    server: Webhook
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        verify(body, signature=self.headers[SIGNATURE_HEADER], secrets=[SECRET])
        self.server.bodies.append(body)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output clean."""


@pytest.fixture
def firestore(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """An empty Firestore that the command finds as people let it find one."""
    settings.GOOGLE_CLOUD_PROJECT = f"simulate-{uuid4().hex[:8]}"
    with emulators.start() as running:
        settings.FIRESTORE_EMULATOR_HOST = running.firestore_host
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", running.firestore_host)
        with connected(project=settings.GOOGLE_CLOUD_PROJECT) as platform:
            yield platform


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """Listens like ours."""
    with Webhook() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def simulate(*arguments: str) -> str:
    stdout = io.StringIO()
    call_command("simulate_whatsapp", *arguments, stdout=stdout, stderr=io.StringIO())
    return stdout.getvalue()


def test_each_case_is_one_item(webhook: Webhook) -> None:
    output = simulate(*CASES, "--url", webhook.url)
    assert output.startswith(f"{len(CASES)} deliveries, ")
    assert f"  200: {len(CASES)}\n" in output
    meant = ["text", "text", "text", "reaction", "reaction"]
    meant += ["sent", "failed", "delivered", "read", "played", "deleted"]
    meant += ["image", "unsupported", "text", "account_update"]
    assert webhook.names() == [[name] for name in meant]


def test_items_are_batched_and_repeated_each_as_a_new_one(webhook: Webhook) -> None:
    simulate("text", "read", "--repeat", "3", "--batch", "4", "--url", webhook.url)
    assert webhook.names() == [["text", "read", "text", "read"], ["text", "read"]]
    texts = [
        event.message_id
        for body in webhook.bodies
        for event in read(parse(body))
        if event.name == "text"
    ]
    assert len(set(texts)) == 3


def test_every_delivery_may_come_twice(webhook: Webhook) -> None:
    simulate("text", "--repeat", "2", "--twice", "--url", webhook.url)
    first, again, second, second_again = webhook.bodies
    assert (first == again, second == second_again, first == second) == (True, True, False)


def test_shuffling_is_repeatable(webhook: Webhook) -> None:
    arguments = ["sent", "delivered", "read", "played", "failed", "--url", webhook.url]
    simulate(*arguments, "--shuffle", "7")
    simulate(*arguments, "--shuffle", "7")
    names = webhook.names()
    assert names[:5] == names[5:]
    assert names[:5] != [["sent"], ["delivered"], ["read"], ["played"], ["failed"]]


def test_a_file_is_posted_as_it_is(webhook: Webhook) -> None:
    path = PAYLOADS / "nul.json"
    simulate("--file", str(path), "--repeat", "2", "--url", webhook.url)
    assert webhook.bodies == [path.read_bytes()] * 2


def test_the_rate_is_kept(webhook: Webhook) -> None:
    output = simulate("text", "--repeat", "11", "--rate", "50", "--url", webhook.url)
    rate = int(output.split()[2])
    assert 25 < rate <= 55  # the first needs no wait


def test_people_and_words_can_be_chosen(webhook: Webhook) -> None:
    options = ["--number", "", "--user-id", "GB.1", "--name", "Max", "--words", "Hi"]
    simulate(
        "reply",
        *options,
        "--lease-number",
        "15550100300",
        "--message",
        "wamid.1",
        "--url",
        webhook.url,
    )
    value = json.loads(webhook.bodies[0])["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["display_phone_number"] == "15550100300"
    assert value["contacts"] == [{"profile": {"name": "Max"}, "user_id": "GB.1"}]
    [message] = value["messages"]
    assert "from" not in message
    assert (message["text"]["body"], message["context"]["id"]) == ("Hi", "wamid.1")


def test_what_was_not_accepted_is_told_and_fails(webhook: Webhook) -> None:
    webhook.statuses = [503, 200, 401]
    with pytest.raises(CommandError, match="2 of 4 deliveries not answered with 200"):
        simulate("text", "--repeat", "4", "--url", webhook.url)


def test_nobody_there_is_told(webhook: Webhook) -> None:
    with pytest.raises(CommandError, match="1 of 1 delivery not answered with 200"):
        simulate("text", "--url", "http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "Name a case or a --file. Known are text, reply, "),
        (["txt"], "There is no case txt. Known are text, reply, "),
        (["text", "--url", "https://graph.example/x"], "not of this machine"),
        (["text", "--url", "http://127.0.0.1.example/x"], "not of this machine"),
        (["text", "--url", "127.0.0.1:8000"], "--url must be an address"),
        (["text", "--url", "http://127.0.0.1:99999/"], "--url must be an address"),
        (["text", "--rate", "-1"], "--rate must not be negative"),
        (["text", "--repeat", "0"], "--repeat: 0 is not between 1 and"),
        (["--file", "no/such/file.json"], "no/such/file.json cannot be read: No such file"),
    ],
)
def test_what_cannot_work_is_refused(arguments: list[str], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        simulate(*arguments)


def test_another_machine_is_allowed_where_it_is_meant() -> None:
    # .invalid never resolves: the posting fails, not the check.
    with pytest.raises(CommandError, match="not answered"):
        simulate("text", "--allow-remote", "--url", "http://webhook.invalid/")


ENQUIRY = "leasecompany/northwind/enquiries/enquiry-16505551234"


def test_a_chat_is_stored_first_and_left_as_it_is_if_it_is_there(
    webhook: Webhook, firestore: Platform
) -> None:
    simulate("text", "--url", webhook.url, "--with-chat")
    [(path, message)] = firestore.chat_messages().items()
    assert path.startswith(ENQUIRY)
    assert message["whatsappMessageId"] == samples.OUTBOUND_ID
    [record] = firestore.ancillary.collection(f"whatsapp/lease/{samples.LEASE_NUMBER}").stream()
    assert record.get("driverMobileNumber") == f"+{samples.DRIVER_NUMBER}"
    firestore.store({ENQUIRY: {"unReadWhatsappMessageCount": 7}, path: {**message, "status": "x"}})
    simulate("text", "--url", webhook.url, "--with-chat")
    assert firestore.read(ENQUIRY) == {"unReadWhatsappMessageCount": 7}
    assert firestore.read(path)["status"] == "x"


def test_no_chat_is_stored_but_in_a_stand_in(webhook: Webhook, settings: Settings) -> None:
    settings.FIRESTORE_EMULATOR_HOST = ""
    with pytest.raises(CommandError, match="FIRESTORE_EMULATOR_HOST"):
        simulate("text", "--url", webhook.url, "--with-chat")
    assert webhook.bodies == []
