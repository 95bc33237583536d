"""`make demo` as a newcomer sees it: shown, judged, watched, interrupted, killed."""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from sandbox.demo import cast
from sandbox.demo.scenes import Post
from sandbox.demo.searches import SEARCHES
from sandbox.demo.story import story
from sandbox.demo.texts import TEXTS
from sandbox.management.commands.demo import CHORES
from sandbox.stack.ports import Port
from tests.sandbox.conftest import COMMAND, ENVIRONMENT, ROOT, Terminal
from tests.sandbox.stack.processes import environment_of, eventually, mentioning
from visn_whatsapp.roles import ALL_SERVICES
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

Once = tuple[subprocess.CompletedProcess[str], Path]


def test_everything_is_as_it_must_be_beside_another_demonstration(once: Once) -> None:
    finished, _ = once
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.endswith(
        "\n75 events of 26 deliveries: every outcome and every document is as it must be.\n"
    )


def test_the_table_tells_each_outcome(once: Once) -> None:
    rows = [re.split(r" {2,}", line.strip()) for line in once[0].stdout.splitlines()]
    assert ["a text of Sheena", "processed", "applied", "bumper-101/…MDA2NQA="] in rows
    assert ["status failed", "processed", "failed after delivery", "bumper-101/…00000003"] in rows
    assert ["an unknown driver's text", "skipped", "no active tracking", "-"] in rows
    assert ["Somebody forges a text of Sheena's", "401", "not signed by Meta", "-"] in rows
    assert ["16 times a text of the batch", "processed", "applied", "16 messages"] in rows


def test_the_chats_show_ticks_reactions_replies_and_unread_counts(once: Once) -> None:
    chat = once[0].stdout.partition("  bumper-101, ")[2].partition("\n\n")[0]
    assert [" ".join(line.split()) for line in chat.splitlines()] == [
        "Sheena Nelson 2 unread",
        "customer Your car is booked in for Tuesday at nine. ✓✓ read 🙏",
        "customer Please bring the spare key. ✓✓",
        "customer (voice message, 0:12) ✓✓ played",
        "customer There is a courtesy car for you. ✗ failed",
        "customer The workshop has confirmed. ✓✓",
        "Sheena Good morning! Is my car still booked?",
        "│ Your car is booked in for Tuesday at nine.",
        "Sheena Tuesday at nine suits me.",
    ]


def test_without_a_terminal_there_is_no_colour(once: Once) -> None:
    assert "\x1b" not in once[0].stdout


def test_on_a_terminal_there_is(serving: Terminal) -> None:
    assert "\x1b[32mprocessed\x1b[0m" in serving.raw


def test_the_login_opens_the_event_log(serving: Terminal) -> None:
    admin = found(r"the event log +(\S+)", serving.screen)
    _, page = logged_in(serving)
    assert (page.status, page.url) == (200, admin)


def logged_in(serving: Terminal) -> tuple[Callable[..., HTTPResponse], HTTPResponse]:
    """A browser that sends forms, and the page to which the login leads."""
    shown = serving.screen
    admin = found(r"the event log +(\S+)", shown)
    user, password = found(r"login +(\S+ / \S+)", shown).split(" / ")
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))

    def send(address: str, **form: str) -> HTTPResponse:
        token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
        data = urlencode({**form, "csrfmiddlewaretoken": str(token)}).encode()
        return browser.open(f"{admin}{address}", data=data)  # type: ignore[no-any-return]

    browser.open(f"{admin}login/").close()
    return send, send("login/", username=user, password=password, next="/admin/")


def test_what_is_said_to_be_searched_for_is_found_as_it_is_said(serving: Terminal) -> None:
    printed = serving.screen.partition("What to search for there")[2].partition("A little")[0]
    lines = [re.split(r" {2,}", line.strip()) for line in printed.splitlines() if line.strip()]
    assert [words for words, _ in lines] == [search.words for search in SEARCHES]
    send, _ = logged_in(serving)
    opened = []
    for words, _ in lines:
        page = send("find/", words=words)
        html = page.read().decode()
        rows = html.partition('id="result_list"')[2].partition("</table>")[0].count("<tr")
        story = re.search(r"/event/\d+/change/$", page.url)
        assert words not in page.url
        opened.append("story" if story else f"list of {'some' if rows > 1 else 'none'}")
    assert opened == [
        {"list": "list of some", "story": "story"}[says.partition(":")[0]] for _, says in lines
    ]


def test_the_command_that_is_shown_posts_another_text(serving: Terminal) -> None:
    shown = serving.screen.partition("post to it")[2].partition("\n\n")[0]
    arguments = shown.replace("\\\n", " ").partition("manage.py")[2].split()
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "1 delivery" in finished.stdout


def test_no_log_tells_of_people_or_secrets(serving: Terminal) -> None:
    logs = {log.stem: log.read_text() for log in serving.folder.glob("visn-demo-*/*.log")}
    assert logs.keys() == {"migrate", *CHORES, *ALL_SERVICES}
    assert "POST /v1/webhooks/whatsapp/webhook" in logs["repair-serve-api"]
    assert "POST /callable/whatsapp/events" in logs["repair-serve-callable"]
    assert "POST /webhook-listeners/whatsapp" in logs["queue-services"]
    assert "POST /admin/login/" in logs["admin"]
    words = (*personal_words(), *secrets_of(serving), "eyJ")  # eyJ begins every token
    told = [
        (name, line, word)
        for name, log in logs.items()
        for line in log.splitlines()
        for word in words
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line)
    ]
    assert told == []


def personal_words() -> Iterator[str]:
    """Every number, name, text, message id and user id of the story."""
    for driver in (*(enquiry.driver for enquiry in cast.ENQUIRIES), cast.STRANGER):
        yield from (driver.number, driver.user_id, driver.name, driver.name.split()[0])
    yield from (cast.NORTHWIND, cast.SOUTHGATE)
    for message in (*cast.STORED_AT_FIRST, cast.CONFIRMED):
        yield from (message.message_id, message.words)
    for text in TEXTS:
        yield from (text.message_id, text.document_id, text.words)
    for step in story(start=0):
        if isinstance(step, Post):
            yield from (event.message_id for event in read(parse(step.body)) if event.message_id)


def secrets_of(terminal: Terminal) -> list[str]:
    """The secrets of its processes, and the password that it shows."""
    pid = next(pid for pid in terminal.running() if serves(pid, "repair-serve-api"))
    variables = environment_of(pid)
    names = ("SECRET_KEY", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN")
    password = found(r"login +\S+ / (\S+)", terminal.screen)
    return [*(variables[name] for name in names), password]


def test_ctrl_c_ends_everything_and_leaves_no_file(serving: Terminal) -> None:
    assert len(serving.running()) > 8  # four servers and their workers among them
    serving.press_ctrl_c()
    assert serving.process.wait(20) == 0
    assert serving.screen.rstrip().endswith("Everything has ended.")
    assert serving.running() == []
    assert list(serving.folder.iterdir()) == []


def test_a_killed_demonstration_takes_everything_with_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.wait_for("Sheena writes")
    assert len(terminal.running()) > 8
    os.kill(terminal.first_process(), signal.SIGKILL)
    assert eventually(lambda: terminal.running() == [])
    terminal.close()


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    port = Port()
    finished = subprocess.run(
        [*COMMAND, "--port", str(port.number)],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    port.release()
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"CommandError: Port {port.number} cannot be used")


def test_what_goes_wrong_is_told_and_fails(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    process = subprocess.Popen(
        [*COMMAND, "--once", "--folder", str(folder)],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if "ready after" in line:
                break
        # The gateway stops to answer, without a word.
        api = [pid for pid in mentioning(str(folder)) if serves(pid, "repair-serve-api")]
        for pid in api:
            os.kill(pid, signal.SIGKILL)
        shown, complaint = process.stdout.read(), process.stderr.read()
    assert len(api) == 2  # granian and its worker
    assert shown.endswith(
        "\nNOT as it must be:\n  Messages to three drivers were delivered: answered 0\n"
    )
    assert complaint == "CommandError: The demonstration did not come out as it must.\n"
    assert process.returncode == 1


def serves(pid: int, service: str) -> bool:
    """Tells whether a process runs this service alone."""
    return environment_of(pid).get("SERVICES") == service


def found(pattern: str, text: str) -> str:
    """Returns what the pattern's group matches."""
    match = re.search(pattern, text)
    assert match, text
    return match[1]
