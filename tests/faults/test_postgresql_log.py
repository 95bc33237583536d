"""What PostgreSQL writes into its own log, with its default settings: nothing of people."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import requests
import urllib3

from sandbox import samples, stack
from sandbox.stack import ALL_IN_ONE, Spec, Stack
from tests import postgresql
from tests.journeys.visitor import FORM_TOKEN, Visitor
from tests.programs import find_postgresql
from webhooks.authentication import sign
from webhooks.inserting import COPIED_FROM

pytestmark = pytest.mark.needs("postgresql")

ROOT = Path(__file__).parents[2]
MANY = COPIED_FROM * 2
WORDS = "Does it come in another color?"
NAMES = (
    samples.DRIVER_NUMBER,
    samples.DRIVER_USER_ID,
    samples.LEASE_NUMBER,
    samples.DRIVER_NAME,
    WORDS,
    "wamid.",
)
PERSONAL = (*NAMES, *(name.encode().hex() for name in NAMES))  # also as bytes are shown
LONGEST = 30.0  # seconds
LOCK_SECONDS = 1
META = urllib3.PoolManager()
AT_ONCE = 8  # forms
NAME, PASSWORD = "ada", "correct horse battery staple"
SUPERUSER = {
    "DJANGO_SUPERUSER_USERNAME": NAME,
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    "DJANGO_SUPERUSER_EMAIL": "ada@visn.example",
}
ERROR = re.compile(r"(?:ERROR|FATAL|PANIC):  (.*?)(?: at character \d+)?$", re.MULTILINE)


@dataclass(kw_only=True)
class Logged:
    """All services in one process, on a PostgreSQL that logs."""

    stack: Stack
    url: str
    log: Path
    serial: int = 0
    read: int = 0  # of the log

    def texts(self, count: int) -> bytes:
        """A payload of so many texts, never the same twice."""
        self.serial += 1
        serials = range(self.serial * 1000, self.serial * 1000 + count)
        ids = [samples.wamid(samples.DRIVER_NUMBER, serial) for serial in serials]
        return payload(*(samples.text(message_id=each, body=WORDS) for each in ids))

    def post(self, body: bytes) -> int:
        """Posts like Meta and returns the status."""
        headers = {"X-Hub-Signature-256": sign(body, secret=self.stack.secrets.app_secret)}
        url = self.stack.webhook_url
        return META.request("POST", url, body=body, headers=headers, retries=False).status

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Runs a statement as the owner of the database."""
        with self.connect() as owner:
            cursor = owner.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of somebody else."""
        return psycopg.connect(self.url.replace("postgres://", "postgresql://"))

    def settle(self) -> None:
        """Returns when no event is open."""
        is_open = "SELECT 1 FROM webhooks_event WHERE settled_at IS NULL LIMIT 1"
        wait_until(lambda: not self.sql(is_open))

    def errors(self) -> list[str]:
        """What was refused since the last page, in PostgreSQL's words."""
        return ERROR.findall(self.page())

    def page(self) -> str:
        """What was logged since the last page."""
        return self.log.read_text()[self.read :]

    def turn(self) -> None:
        """Begins a new page."""
        self.read = len(self.log.read_text())

    def quotes(self) -> list[str]:
        """What the page tells of people."""
        return [word for word in PERSONAL if word in self.page()]


def payload(*messages: object) -> bytes:
    """A payload of these messages."""
    change = samples.change(messages=messages, contacts=[samples.contact()])
    return samples.encode(samples.envelope(samples.entry(change)))


def wait_until(condition: Callable[[], object]) -> None:
    """Returns when it holds."""
    deadline = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logged]:
    """The processes and their database, with a chat for the driver."""
    folder, programs = tmp_path_factory.mktemp("logged"), find_postgresql()
    assert programs is not None
    log = folder / "postgresql.log"
    limits = {"lock_timeout": f"{LOCK_SECONDS}s", "deadlock_timeout": "100ms"}
    with postgresql.cluster(programs, log=log, **limits) as url:
        spec = Spec(folder=folder, servers=ALL_IN_ONE, database_url=url, variables=SUPERUSER)
        with stack.start(spec) as running:
            running.manage("createsuperuser", "--noinput")
            running.manage("simulate_whatsapp", "text", "--with-chat", "--url", running.webhook_url)
            made = Logged(stack=running, url=url, log=log)
            made.post(made.texts(10 * MANY))  # rows that a sequence may stand behind
            yield made


@pytest.fixture
def logged(started: Logged) -> Logged:
    """On a new page of the log."""
    started.settle()
    started.turn()
    return started


def test_nothing_fails_for_what_is_known(logged: Logged) -> None:
    """The same bytes again, the same texts in other bytes: events, placements and runs of both."""
    for body in (logged.texts(1), logged.texts(MANY)):
        assert [logged.post(body), logged.post(body), logged.post(body + b" ")] == [200] * 3
    logged.settle()
    again = "SELECT count(*) FROM webhooks_event WHERE reason = 'already_applied'"
    assert logged.sql(again) == [(1 + MANY,)]
    assert logged.errors() == []


@pytest.mark.parametrize(
    "message",
    [
        samples.text(body=WORDS, message_id="wamid." + "x" * 2000),
        samples.text(body=WORDS, number="9" * 400, user_id="GB." + "x" * 200),
        samples.text(body=WORDS, message_id="wamid.\x00\ud800", user_id="\x00"),
        samples.text(body=f"{WORDS}\x00\udfff"),
        samples.text(body=WORDS, timestamp=10**30),
        samples.image(caption=WORDS) | {"type": "x\x00" * 100},
        samples.text(body=WORDS * 5_000),
    ],
)
def test_nothing_fails_for_what_is_odd(logged: Logged, message: samples.Json) -> None:
    for count in (1, MANY):
        assert logged.post(payload(*[message] * count)) == 200
    assert logged.errors() == []


@pytest.mark.parametrize("count", [1, MANY])
def test_a_sequence_behind_its_table_is_put_off_and_mended(logged: Logged, count: int) -> None:
    """Neither a repeat nor bad data: 503, until somebody does what the runbook says."""
    logged.sql("SELECT setval('webhooks_event_id_seq', 1)")
    body = logged.texts(count)
    assert logged.post(body) == 503
    assert logged.errors() == [
        'duplicate key value violates unique constraint "webhooks_event_pkey"'
    ]
    assert logged.quotes() == []
    assert "webhooks_event_pkey" in noted(logged)
    for command in runbook("A sequence stands behind its table"):
        output = logged.stack.manage(*command)
        assert re.search(r"webhooks_event: next \d+, highest \d{3}", output)
    assert "behind: 0" in logged.stack.manage("mend_sequences", "--dry-run")
    assert logged.post(body) == 200
    events = "SELECT count(*) FROM webhooks_event e JOIN webhooks_delivery d ON d.id = delivery_id"
    newest = "WHERE d.received_at = (SELECT max(received_at) FROM webhooks_delivery)"
    assert logged.sql(f"{events} {newest} AND detail = ''") == [(count,)]


def noted(logged: Logged) -> set[str]:
    """The constraints that the processes have named as broken by rows that are sound."""
    lines = [
        json.loads(line)
        for log in logged.stack.logs().values()
        for line in log.splitlines()
        if line.startswith("{")
    ]
    words = "The ledger has a key already that it gave out for a new row."
    return {line["constraint"] for line in lines if line.get("message") == words}


def runbook(section: str) -> list[list[str]]:
    """The commands of manage.py in a section of the runbook."""
    text = (ROOT / "docs" / "runbook.md").read_text()
    section = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^manage ([a-z_]+[^`#\n]*)", section.partition("```sh")[2], re.MULTILINE)
    assert found
    return [words.split() for words in found]


def test_a_placement_whose_key_is_taken_is_tried_again(logged: Logged) -> None:
    """The text is not written without its row, and not given up either."""
    logged.sql("SELECT setval('listeners_placement_id_seq', 1)")
    assert logged.post(logged.texts(1)) == 200
    wait_until(logged.errors)
    logged.stack.manage("mend_sequences")
    logged.settle()
    assert set(logged.errors()) == {
        'duplicate key value violates unique constraint "listeners_placement_pkey"'
    }
    assert logged.quotes() == []
    assert "listeners_placement_pkey" in noted(logged)
    placed = "SELECT applied_at IS NOT NULL FROM listeners_placement ORDER BY event_id DESC LIMIT 1"
    assert logged.sql(placed) == [(True,)]


@pytest.mark.parametrize("count", [1, MANY])
def test_values_that_only_the_database_refuses_are_not_quoted(logged: Logged, count: int) -> None:
    """As when a column is narrower than we think, in a statement and in a copy."""
    column = "ALTER TABLE webhooks_event ALTER person_user_id TYPE varchar({}) USING left({}, {})"
    logged.sql(column.format(5, "person_user_id", 5))
    try:
        assert logged.post(logged.texts(count)) == 200
    finally:
        logged.sql(column.format(160, "person_user_id", 160))
    assert logged.errors() == ["value too long for type character varying(5)"]
    assert logged.quotes() == []


def test_statements_that_wait_in_vain_are_not_quoted(logged: Logged) -> None:
    with holding(logged, "LOCK webhooks_event IN EXCLUSIVE MODE"):
        assert [logged.post(logged.texts(count)) for count in (1, MANY)] == [503, 503]
    assert set(logged.errors()) == {"canceling statement due to lock timeout"}
    assert "STATEMENT:  INSERT INTO" in logged.page()
    assert "STATEMENT:  COPY" in logged.page()
    assert logged.quotes() == []


def test_a_deadlock_does_not_quote_either_statement(logged: Logged) -> None:
    with logged.connect() as other:
        other.execute("LOCK webhooks_event IN EXCLUSIVE MODE")
        posting = threading.Thread(target=logged.post, args=(logged.texts(1),))
        posting.start()
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'webhooks_event'::regclass"
        wait_until(lambda: logged.sql(waits))
        other.execute("SET lock_timeout = 0")
        try:
            other.execute("LOCK webhooks_delivery IN ACCESS EXCLUSIVE MODE")
        except psycopg.errors.DeadlockDetected:
            other.rollback()
        other.commit()
        posting.join()
    assert "deadlock detected" in logged.errors()
    assert re.search(r"Process \d+: INSERT INTO", logged.page())
    assert logged.quotes() == []


@pytest.fixture
def patient(logged: Logged) -> Iterator[Logged]:
    """As people are served: nobody's turn is over because others take long, on a busy machine."""
    logged.sql("ALTER ROLE postgres SET lock_timeout = 0")
    end_sessions(logged)
    yield logged
    logged.sql("ALTER ROLE postgres RESET lock_timeout")
    end_sessions(logged)


def end_sessions(logged: Logged) -> None:
    """Sessions that are kept would go on as they began. Turns the page once they have ended."""
    kept = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    logged.sql(f"SELECT pg_terminate_backend(pid) {kept}")
    wait_until(lambda: not logged.sql(f"SELECT 1 {kept}"))
    logged.turn()


@pytest.fixture(scope="module")
def address(started: Logged) -> str:
    """Where the admin is."""
    return started.stack.address("admin")


@pytest.fixture(scope="module")
def visitor(address: str) -> Visitor:
    """Somebody who may do everything there."""
    visitor = Visitor(address=address)
    visitor.log_in(NAME, PASSWORD)
    return visitor


def press_at_once(visitor: Visitor, page: str, **fields: str) -> list[int]:
    """Posts a form of a page to it, several times at the same moment; returns the statuses."""
    opened, barrier = visitor.get(page), threading.Barrier(AT_ONCE)
    data = {**fields, "csrfmiddlewaretoken": FORM_TOKEN.findall(opened.text)[0]}
    headers = {"Referer": opened.url}

    def press(_: int) -> int:
        session = requests.Session()
        session.cookies.update(visitor.session.cookies)
        barrier.wait(timeout=LONGEST)
        return session.post(
            opened.url, data=data, headers=headers, allow_redirects=False, timeout=LONGEST
        ).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(press, range(AT_ONCE)))


def test_logins_that_fail_at_once_are_counted_and_not_quoted(patient: Logged, address: str) -> None:
    """What somebody types for a name may be anything: a number, an address, a password."""
    for turn in range(5):
        name = f"{samples.DRIVER_NUMBER}-{turn}"
        statuses = press_at_once(
            Visitor(address=address), "/admin/login/", username=name, password="x"
        )
        assert set(statuses) <= {200, 429}
    assert patient.errors() == []
    # As many as close an account, and those that were under way beside the last of them.
    odd = "HAVING sum(failures_since_start) NOT BETWEEN 5 AND 8"
    per_account = "SELECT username FROM axes_accessattempt GROUP BY username"
    assert (len(patient.sql(per_account)), patient.sql(f"{per_account} {odd}")) == (5, [])


def test_a_user_who_is_added_twice_at_once_is_there_once(patient: Logged, visitor: Visitor) -> None:
    form = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    name = samples.DRIVER_NUMBER
    statuses = press_at_once(visitor, "/admin/auth/user/add/", username=name, **form)
    assert sorted(statuses) == [200] * (AT_ONCE - 1) + [302]  # the others are told in words
    assert patient.errors() == []


def test_a_replay_that_is_asked_for_twice_at_once_is_one(patient: Logged, visitor: Visitor) -> None:
    strangers = [samples.wamid("15550001234", serial) for serial in range(4)]
    body = payload(*(samples.text(message_id=each, number="15550001234") for each in strangers))
    assert patient.post(body) == 200
    patient.settle()
    patient.turn()
    skipped = patient.sql("SELECT id FROM webhooks_event WHERE state = 'skipped'")
    for (event,) in skipped:
        fields = {"event": str(event), "job": str(uuid4()), "name": "twice"}
        statuses = press_at_once(visitor, f"/admin/replays/new/?event={event}", **fields)
        assert statuses == [303] * AT_ONCE
    assert patient.errors() == []
    jobs = patient.sql("SELECT name, event_count FROM eventlog_replayjob")
    assert jobs == [("twice", 1)] * len(skipped)


def test_a_reveal_that_cannot_be_noted_is_not_made_and_says_so(
    patient: Logged, visitor: Visitor
) -> None:
    [(event,)] = patient.sql("SELECT max(id) FROM webhooks_event")
    entries = "SELECT count(*) FROM django_admin_log"
    [(before,)] = patient.sql(entries)
    page, button = f"/admin/webhooks/event/{event}/change/", f"/admin/reveal/event/{event}/"
    visitor.press(page, button)  # so that there is a key to be taken
    patient.sql("SELECT setval('django_admin_log_id_seq', 1, false)")
    told = visitor.press(page, button)
    assert (told.status_code, "mend_sequences" in told.text) == (500, True)
    assert "django_admin_log_pkey" in noted(patient)
    assert patient.quotes() == []
    patient.stack.manage("mend_sequences")
    assert visitor.press(page, button).status_code == 200
    assert patient.sql(entries) == [(int(str(before)) + 2,)]


@contextmanager
def holding(logged: Logged, lock: str) -> Iterator[None]:
    """Somebody else holds a lock."""
    with logged.connect() as other:
        other.execute(lock)
        yield


def test_what_remains_is_kept_out_by_the_setting_of_the_docs(logged: Logged) -> None:
    """A row that breaks a CHECK or NOT NULL is quoted whole, unless the log is terse."""
    deployment = (ROOT / "docs" / "deployment.md").read_text()
    [setting] = set(re.findall(r"ALTER SYSTEM SET [^;`]+;", deployment))
    odd = "CHECK (position <> 0) NOT VALID"
    logged.sql(f"ALTER TABLE webhooks_event ADD CONSTRAINT odd {odd}")
    try:
        assert logged.post(logged.texts(1)) == 503
        assert logged.quotes() != []
        with logged.connect() as owner:
            owner.autocommit = True
            owner.execute(setting)
            owner.execute("SELECT pg_reload_conf()")
        wait_until(lambda: logged.sql("SHOW log_error_verbosity") == [("terse",)])
        logged.turn()
        wait_until(lambda: logged.post(logged.texts(1)) == 503 and not logged.quotes())
    finally:
        logged.sql("ALTER TABLE webhooks_event DROP CONSTRAINT odd")
    assert "violates check constraint" in logged.page()
