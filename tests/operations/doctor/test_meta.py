"""The doctor before Meta's Graph API: what it finds amiss, and that it tells nobody's number."""

import socket
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from operations.doctor import meta
from operations.doctor.examinations import examine
from operations.doctor.graph import VERSION
from operations.doctor.seen import Asked, Health, Seen
from tests import graph_api
from tests.graph_api import ACCOUNT, APP_ID, APP_SECRET, CALLBACK, PHONE_NUMBER_ID, TOKEN, GraphApi

NUMBER = f"Number {'•' * 8}881 of account {ACCOUNT}"
ELSEWHERE = "https://elsewhere.example/secret-path"


@pytest.fixture
def graph() -> GraphApi:
    return GraphApi()


@pytest.fixture(autouse=True)
def asked_from(settings: Settings, graph: GraphApi) -> Iterator[None]:
    """Where everything is there to ask with."""
    settings.SERVICES = ("repair-serve-api",)
    settings.WHATSAPP_APP_SECRET = APP_SECRET
    settings.WHATSAPP_APP_ID = APP_ID
    settings.WHATSAPP_ACCOUNTS = (ACCOUNT,)
    settings.WHATSAPP_ACCESS_TOKEN = TOKEN
    with graph_api.serving(graph) as address:
        settings.GRAPH_API_URL = address
        yield


def seen(url: str = CALLBACK) -> list[Seen]:
    return [*meta.look(Asked(webhook_url=url))]


def told(health: Health, found: list[Seen]) -> list[str]:
    assert all(each.remedy for each in found if each.health == Health.WRONG)
    return [each.words for each in found if each.health == health]


def test_the_stand_in_and_the_doctor_have_one_version() -> None:
    assert graph_api.VERSION == VERSION


def test_all_is_well() -> None:
    found = seen()
    assert told(Health.WELL, found) == [
        f"The app's callback URL is {CALLBACK}.",
        "The app is subscribed to messages.",
        f"The app is told of account {ACCOUNT}.",
        f"{NUMBER} is connected (quality GREEN, name APPROVED, throughput STANDARD), and its "
        "messages come here.",
    ]
    assert len(found) == 4


def test_ours_is_known_by_the_host_of_the_service(settings: Settings, graph: GraphApi) -> None:
    settings.ALLOWED_HOSTS = ["whatsapp.visn.example"]
    settings.WEBHOOK_VERSIONS = ("v0", "v1")
    assert {each.health for each in seen(url="")} == {Health.WELL}
    graph.subscription["callback_url"] = CALLBACK.replace("v1", "v2")
    assert Health.WRONG in {each.health for each in seen(url="")}


def test_other_fields_are_named(graph: GraphApi) -> None:
    graph.subscription["fields"] += [
        {"name": name} for name in ("history", "calls", "447700900123")
    ]
    assert seen()[1].words == (
        "The app is subscribed to messages and, which is ignored here, to calls, history."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"active": False}, "The app is told nothing of WhatsApp."),
        ({"object": "user"}, "The app is told nothing of WhatsApp."),
        ({"fields": [{"name": "calls"}]}, "The app is not subscribed to messages."),
        ({"fields": []}, "The app is not subscribed to messages."),
    ],
)
def test_what_the_app_is_not_told_is_wrong(
    graph: GraphApi, change: dict[str, object], words: str
) -> None:
    graph.subscription |= change
    assert told(Health.WRONG, seen()) == [words]
    if change == {"fields": []}:
        del graph.subscription["fields"]  # as Meta leaves it out
        assert told(Health.WRONG, seen()) == [words]


def test_another_callback_url_is_wrong(settings: Settings, graph: GraphApi) -> None:
    graph.subscription["callback_url"] = ELSEWHERE
    found = seen()
    # The accounts' numbers tell where messages go: an override may lead here.
    assert "at elsewhere.example: an override has to lead here." in found[0].words
    assert told(Health.WRONG, found) == [
        f"{NUMBER}: its messages go elsewhere, to elsewhere.example."
    ]
    settings.WHATSAPP_ACCESS_TOKEN = ""
    found = seen()
    assert told(Health.WRONG, found) == [
        "The app's callback URL is another one, at elsewhere.example."
    ]
    assert f"Make it {CALLBACK} in the App Dashboard" in found[0].remedy


@pytest.mark.parametrize("level", ["account", "number"])
def test_an_override_that_leads_here_is_well(graph: GraphApi, level: str) -> None:
    graph.subscription["callback_url"] = ELSEWHERE
    override(graph, level, CALLBACK)
    assert told(Health.WRONG, seen()) == []


@pytest.mark.parametrize(
    ("level", "remedy"),
    [("account", "Take away the override of the account"), ("number", "Take away the override of")],
)
def test_an_override_that_leads_elsewhere_is_wrong(
    graph: GraphApi, level: str, remedy: str
) -> None:
    override(graph, level, ELSEWHERE)
    found = seen()
    [wrong] = [each for each in found if each.health == Health.WRONG]
    assert wrong.words == f"{NUMBER}: its messages go elsewhere, to elsewhere.example."
    assert wrong.remedy.startswith(remedy)
    if level == "account":
        assert found[2].words.endswith(", by an override at elsewhere.example.")


def override(graph: GraphApi, level: str, url: str) -> None:
    if level == "account":
        graph.told[ACCOUNT][APP_ID] = url
    else:
        graph.numbers[PHONE_NUMBER_ID]["override"] = url


def test_a_numbers_override_comes_before_its_accounts(graph: GraphApi) -> None:
    override(graph, "account", ELSEWHERE)
    override(graph, "number", CALLBACK)
    assert told(Health.WRONG, seen()) == []


def test_an_account_that_the_app_is_not_told_of_is_wrong(graph: GraphApi) -> None:
    graph.told[ACCOUNT] = {"400000000000004": CALLBACK}
    assert told(Health.WRONG, seen()) == [f"The app is not told of account {ACCOUNT}."]


def test_an_account_without_numbers_is_wrong(graph: GraphApi) -> None:
    graph.numbers.clear()
    assert told(Health.WRONG, seen()) == [f"Account {ACCOUNT} has no number."]


def test_numbers_that_were_not_asked_for_are_not_well(graph: GraphApi) -> None:
    page = {"data": [{"id": PHONE_NUMBER_ID}], "paging": {"next": "https://graph.facebook.com/x"}}
    graph.refused[f"{ACCOUNT}/phone_numbers"] = 200, page
    assert told(Health.CANNOT_TELL, seen()) == [
        f"Account {ACCOUNT} has more numbers than were asked for."
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "BANNED"}, " is not connected (BANNED)."),
        ({"status": "+447700900123"}, " is not connected (unknown)."),
        ({"quality_rating": "RED"}, " has the quality RED."),
        ({"name_status": "DECLINED"}, " has a display name that Meta does not take (DECLINED)."),
    ],
)
def test_a_number_that_somebody_has_to_see_to_is_wrong(
    graph: GraphApi, change: dict[str, str], words: str
) -> None:
    graph.numbers[PHONE_NUMBER_ID] |= change
    assert told(Health.WRONG, seen()) == [f"{NUMBER}{words}"]


def test_a_number_that_cannot_be_asked_for_stops_no_other(graph: GraphApi) -> None:
    graph.numbers = {"1": graph.numbers[PHONE_NUMBER_ID] | {"id": "1"}} | graph.numbers
    graph.refused["1"] = graph_api.error(100, "nobody")
    found = seen()
    assert [each.health for each in found[-2:]] == [Health.WRONG, Health.WELL]
    assert found[-2].words.startswith(f"A number of account {ACCOUNT}: ")


@pytest.mark.parametrize("change", [{"quality_rating": "UNKNOWN"}, {"name_status": "NONE"}])
def test_what_meta_has_not_judged_yet_is_well(graph: GraphApi, change: dict[str, str]) -> None:
    graph.numbers[PHONE_NUMBER_ID] |= change
    assert {each.health for each in seen()} == {Health.WELL}


def test_a_number_of_which_meta_says_little_is_not_well(graph: GraphApi) -> None:
    graph.refused[PHONE_NUMBER_ID] = 200, {"id": PHONE_NUMBER_ID, "status": "CONNECTED"}
    [unknown] = told(Health.CANNOT_TELL, seen())
    assert unknown.endswith(": Meta does not say where its messages go.")


@pytest.mark.parametrize(
    ("code", "health", "remedy"),
    [
        (190, Health.WRONG, "Make a new WHATSAPP_ACCESS_TOKEN of the system user"),
        (10, Health.WRONG, "Give the system user the app and the account"),
        (200, Health.WRONG, "Give the system user the app and the account"),
        (100, Health.WRONG, "Look at WHATSAPP_APP_ID and WHATSAPP_ACCOUNTS"),
        (999, Health.WRONG, "Look the code up"),
        (4, Health.CANNOT_TELL, "Meta has trouble or was asked too often"),
        (80007, Health.CANNOT_TELL, "Meta has trouble or was asked too often"),
    ],
)
def test_an_error_of_metas_has_a_remedy_and_stops_no_other_look(
    settings: Settings, graph: GraphApi, code: int, health: Health, remedy: str
) -> None:
    settings.WHATSAPP_ACCOUNTS = (ACCOUNT, "102290129340399")
    graph.refused["102290129340399/subscribed_apps"] = graph_api.error(code, f"no: {TOKEN}")
    found = seen()
    assert [each.health for each in found] == [Health.WELL] * 4 + [health]
    assert found[-1].words == (
        f"Account 102290129340399: the Graph API answers with its error {code}."
    )
    assert found[-1].remedy.startswith(remedy)


def test_another_secret_or_token_is_told_and_not_shown(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WHATSAPP_APP_SECRET = "f" * 32
    settings.WHATSAPP_ACCESS_TOKEN = TOKEN + "x"
    found = [each for subject, each in examine(Asked()) if subject == "meta"]
    assert [each.words for each in found] == [
        "The app: the Graph API answers with its error 190.",
        f"Account {ACCOUNT}: the Graph API answers with its error 190.",
    ]
    shown = "".join(f"{each.words}{each.remedy}" for each in found) + caplog.text
    assert TOKEN not in shown
    assert "f" * 32 not in shown


@pytest.mark.parametrize(
    "answer",
    [(200, b"<html>Welcome</html>"), (200, {"data": {}}), (503, b""), (302, b""), (200, b"\xff")],
)
def test_what_is_not_meta_is_not_believed(graph: GraphApi, answer: graph_api.Answer) -> None:
    graph.refused[f"{APP_ID}/subscriptions"] = answer
    found = seen()
    assert found[0].health == Health.CANNOT_TELL
    assert found[0].words.startswith("The app: the Graph API does not answer (")
    assert len(told(Health.WELL, found)) == 2


def test_nobody_there_is_told(settings: Settings) -> None:
    settings.GRAPH_API_URL = "http://127.0.0.1:1"
    found = seen()
    assert [each.health for each in found] == [Health.CANNOT_TELL] * 2
    assert "(ConnectionError)" in found[0].words


@pytest.mark.parametrize(
    ("variable", "looks"),
    [
        ("WHATSAPP_APP_ID", ["Meta: WHATSAPP_APP_ID does not name the app."]),
        (
            "WHATSAPP_ACCESS_TOKEN",
            ["Meta's accounts and numbers: there is no WHATSAPP_ACCESS_TOKEN."],
        ),
    ],
)
def test_without_what_it_asks_with_it_does_not_look(
    settings: Settings, variable: str, looks: list[str]
) -> None:
    setattr(settings, variable, "")
    assert told(Health.NOT_LOOKED, seen()) == looks
    settings.SERVICES = ("queue-services",)
    assert told(Health.NOT_LOOKED, seen()) == ["Meta: only repair-serve-api has the app's secret."]


def test_whoever_says_nothing_keeps_nobody_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one time for all, however many accounts and numbers are asked for."""
    monkeypatch.setattr(meta, "SECONDS", 0.5)
    settings.WHATSAPP_ACCOUNTS = (ACCOUNT,) * 20
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.GRAPH_API_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        found = seen()
    assert time.monotonic() - began < 5
    assert [each.health for each in found] == [Health.CANNOT_TELL] * 21
    assert "(ReadTimeout)" in found[0].words
    assert "(BudgetSpent)" in found[-1].words
