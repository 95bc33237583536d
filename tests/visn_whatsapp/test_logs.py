"""What a log line tells, and that it never tells of people, whatever is thrown at it."""

import json
import logging
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from io import StringIO

import pytest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from tests.production import run
from tests.visn_whatsapp.written import collecting, lines
from visn_whatsapp.logs import FIELDS, JsonFormatter, configuration
from visn_whatsapp.traces import Handling
from webhooks.outcomes import Reason

NUMBER = "16505551234"
NAME = "Sheena Nelson"
WORDS = "Does it come in another color?"
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
TOKEN = "test_verify_token"
PERSONAL = (NUMBER, NAME, WORDS, WAMID, TOKEN)


def fails(request: HttpRequest, wamid: str) -> HttpResponse:
    """Raises what a database would say about a row that it refuses."""
    try:
        raise DatabaseError(f"duplicate key: ({NUMBER}, {NAME})")
    except DatabaseError as error:
        raise ValueError(WORDS) from error


def answers_500(request: HttpRequest) -> HttpResponse:
    """Answers an error without raising one."""
    return HttpResponse(status=500)


urlpatterns = [path("fails/<str:wamid>", fails), path("answers-500", answers_500)]


@pytest.fixture
def written() -> Iterator[StringIO]:
    """Collects what every logger writes, from DEBUG up."""
    with collecting() as stream:
        yield stream


def test_a_line_says_what_when_and_where(written: StringIO) -> None:
    delivery = uuid.uuid4()
    logging.getLogger("webhooks.receiving").warning(
        "A task could not be made.",
        extra={"delivery": delivery, "reason": Reason.GAVE_UP, "count": 2},
    )
    [line] = lines(written)
    assert line.pop("time").endswith("+00:00")
    assert line.pop("at").startswith("test_logs:")
    assert line == {
        "severity": "WARNING",
        "message": "A task could not be made.",
        "logger": "webhooks.receiving",
        "delivery": str(delivery),
        "reason": "gave_up",
        "count": 2,
    }


def test_fields_that_are_not_allowed_are_named_and_withheld(written: StringIO) -> None:
    extra = {"sender": NUMBER, "body": WORDS, "event": 7}
    logging.getLogger("listeners.services").info("An event was applied.", extra=extra)
    [line] = lines(written)
    assert (line["event"], line["withheld"]) == (7, ["body", "sender"])


def test_objects_and_long_texts_do_not_get_in_through_allowed_fields(written: StringIO) -> None:
    extra = {"error": ValueError(WORDS), "kind": NUMBER * 100, "reason": b"bytes", "event": [WAMID]}
    logging.getLogger("listeners.services").info("An event was applied.", extra=extra)
    [line] = lines(written)
    assert line["error"] == "(ValueError)"
    assert line["kind"] == (NUMBER * 100)[:200]
    assert (line["reason"], line["event"]) == ("(bytes)", "(list)")


@pytest.mark.parametrize(
    "log",
    [
        lambda logger: logger.warning(f"Invalid host: {NUMBER}"),
        lambda logger: logger.warning("Refused %s", WORDS),
        lambda logger: logger.warning("Refused %(name)s", {"name": NAME}),
        lambda logger: logger.warning(ValueError(WAMID)),
    ],
)
@pytest.mark.parametrize("name", ["django.security", "urllib3.connectionpool", "google.auth"])
def test_libraries_tell_no_values(
    written: StringIO, log: Callable[[logging.Logger], None], name: str
) -> None:
    log(logging.getLogger(name))
    [line] = lines(written)
    assert line["message"] in {"(message withheld)", "Refused %s", "Refused %(name)s"}


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACED = {
    "logging.googleapis.com/trace": f"projects/test/traces/{TRACE}",
    "logging.googleapis.com/spanId": "00f067aa0ba902b7",
    "logging.googleapis.com/trace_sampled": True,
}


def traced(line: dict[str, object]) -> dict[str, object]:
    """Returns what a line tells of a trace."""
    return {name: value for name, value in line.items() if name.startswith("logging.")}


def test_a_line_of_a_request_names_its_trace_and_no_other_line_does(written: StringIO) -> None:
    logger = logging.getLogger("webhooks.authentication")
    logger.warning("A webhook was refused.")
    with Handling({"HTTP_TRACEPARENT": f"00-{TRACE}-00f067aa0ba902b7-01"}):
        logger.warning("A webhook was refused.")
        beside = threading.Thread(target=logger.warning, args=("A webhook was refused.",))
        beside.start()
        beside.join()
    logger.warning("A webhook was refused.")
    assert [traced(line) for line in lines(written)] == [{}, TRACED, {}, {}]


def test_a_trace_without_a_span_has_none(written: StringIO) -> None:
    with Handling({"HTTP_X_CLOUD_TRACE_CONTEXT": TRACE}):
        logging.getLogger("webhooks.authentication").warning("A webhook was refused.")
    [line] = lines(written)
    assert traced(line) == {
        "logging.googleapis.com/trace": f"projects/test/traces/{TRACE}",
        "logging.googleapis.com/trace_sampled": False,
    }


def test_without_a_project_there_are_no_traces(written: StringIO, settings: Settings) -> None:
    settings.GOOGLE_CLOUD_PROJECT = ""
    with Handling({"HTTP_TRACEPARENT": f"00-{TRACE}-00f067aa0ba902b7-01"}):
        logging.getLogger("webhooks.authentication").warning("A webhook was refused.")
    [line] = lines(written)
    assert traced(line) == {}


@pytest.mark.parametrize("words", [*PERSONAL, f"00-{TRACE}-{NUMBER}-01", f"{TRACE}/{WORDS};o=1"])
def test_a_header_that_is_no_trace_is_not_told(written: StringIO, words: str) -> None:
    with Handling({"HTTP_TRACEPARENT": words, "HTTP_X_CLOUD_TRACE_CONTEXT": words}):
        logging.getLogger("webhooks.authentication").warning("A webhook was refused.")
    [line] = lines(written)
    assert traced(line) == {}
    assert [word for word in (*PERSONAL, TRACE) if word in written.getvalue()] == []


def test_what_the_server_tells_below_the_first_line_is_left_out(written: StringIO) -> None:
    logging.getLogger("_granian").error(f"The application raised.\nTraceback: {NUMBER}")
    [line] = lines(written)
    assert line["message"] == "The application raised."


def test_our_own_values_are_not_filled_in_either(written: StringIO) -> None:
    logging.getLogger("webhooks.views").warning("A webhook of %s was refused.", NUMBER)
    [line] = lines(written)
    assert line["message"] == "A webhook of %s was refused."


def test_an_exception_is_told_by_type_and_place(written: StringIO) -> None:
    try:
        fails(HttpRequest(), WAMID)
    except ValueError:
        logging.getLogger("webhooks.views").exception("A rule raised.")
    [line] = lines(written)
    first, *places, last = line["stack_trace"].splitlines()
    assert (first, last) == ("Traceback (most recent call last):", "builtins.ValueError")
    assert "django.db.utils.DatabaseError" in places
    assert any(place.endswith("in fails") and __file__ in place for place in places)


@pytest.mark.urls(__name__)
def test_a_request_that_fails_tells_nothing_of_people(
    written: StringIO, settings: Settings
) -> None:
    client = Client(raise_request_exception=False, HTTP_USER_AGENT=NAME)
    client.post(
        f"/fails/{WAMID}?hub.verify_token={TOKEN}", {"text": WORDS}, HTTP_REFERER=f"/{NUMBER}"
    )
    [line] = [line for line in lines(written) if line["logger"] == "django.request"]
    assert (line["severity"], line["method"], line["status"]) == ("ERROR", "POST", 500)
    assert line["route"] == "fails/<str:wamid>"
    assert "builtins.ValueError" in line["stack_trace"]
    assert [word for word in PERSONAL if word in written.getvalue()] == []


@pytest.mark.urls(__name__)
def test_paths_queries_and_hosts_are_not_told(written: StringIO) -> None:
    client = Client()
    client.get(f"/answers-500?hub.verify_token={TOKEN}")
    client.get(f"/nowhere/{NUMBER}?hub.verify_token={TOKEN}")
    client.get(f"/nowhere/{NUMBER}", HTTP_HOST=f"{NUMBER}.example")
    assert [line["status"] for line in lines(written) if "status" in line] == [500, 404, 400]
    assert [word for word in PERSONAL if word in written.getvalue()] == []


@pytest.mark.parametrize("name", ["google.auth", "django.server", "urllib3", "py.warnings"])
def test_every_logger_ends_at_standard_output(name: str) -> None:
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None and logger.propagate and logger.parent is not None:
        logger = logger.parent
    assert logger is not None
    assert JsonFormatter in {type(handler.formatter) for handler in logger.handlers}


def test_everything_goes_to_standard_output_in_this_form() -> None:
    config = configuration("WARNING")
    assert config["handlers"]["console"]["stream"] == "ext://sys.stdout"
    assert config["formatters"]["json"] == {"()": JsonFormatter}
    handlers = {name: logging.getLogger(name).handlers for name in ("django", "django.server")}
    assert handlers == {"django": [], "django.server": []}
    assert all(logging.getLogger(name).propagate for name in handlers)


CRASHES = f"""
import django, threading, warnings
django.setup()
def fail():
    raise ValueError({WORDS!r})
warnings.warn({NAME!r})
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""


def test_a_deployed_process_that_crashes_tells_nothing_of_people() -> None:
    crashed = run([sys.executable, "-c", CRASHES])
    assert (crashed.returncode, crashed.stderr) == (1, "")
    told = [json.loads(line) for line in crashed.stdout.splitlines()]
    assert [line["logger"] for line in told] == ["py.warnings", *["visn_whatsapp.logs"] * 2]
    assert all("builtins.ValueError" in line["stack_trace"] for line in told[1:])
    assert [word for word in PERSONAL if word in crashed.stdout] == []


def test_allowed_fields_are_no_attributes_of_records() -> None:
    assert FIELDS & set(vars(logging.makeLogRecord({}))) == set()
