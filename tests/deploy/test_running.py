"""Every definition of `deploy/`, run as it is written: command, variables, database, probes."""

import json
import re
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from sandbox import samples
from tests.deploy.definitions import Definition, definition, definitions, with_channels
from tests.deploy.document import DEPLOYMENT, block
from tests.deploy.recorder import recording
from tests.deploy.running import Place, ask
from tests.postgresql import USERS, owner_of
from webhooks.authentication import sign

pytestmark = pytest.mark.needs("postgresql")

SERVICES = [each.name for each in definitions("Service")]
JOBS = [each.name for each in definitions("Job")]
ANSWER_SECONDS = 60.0
# What the services' user may not do with the owner's tables and sequences, or may do in part.
REFUSED = """
    SELECT c.relname, p.name FROM pg_class c, (VALUES ('r', 'SELECT'), ('r', 'INSERT'),
        ('r', 'UPDATE'), ('r', 'DELETE'), ('S', 'USAGE'), ('S', 'SELECT')) AS p (kind, name)
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = p.kind::"char" AND NOT
        CASE p.kind WHEN 'r' THEN has_table_privilege('visn_services', c.oid, p.name)
                    ELSE has_sequence_privilege('visn_services', c.oid, p.name) END
"""
# As the button of the event log does.
ASK_FOR_A_TEST = """
    INSERT INTO eventlog_notification (channel_id, created_at, due_at, tries)
    SELECT id, now(), now(), 0 FROM eventlog_channel WHERE name = 'ops'
"""


@pytest.mark.parametrize("name", sorted({*JOBS} - {"doctor", "reconcile"}))
def test_a_job_ends_well(migrated: Place, name: str) -> None:
    status, output = migrated.run(definition(name))
    assert (status, "Traceback" in output) == (0, False), output


def test_a_check_that_cannot_look_fails(migrated: Place) -> None:
    """Where nobody is in Firestore's place."""
    status, output = migrated.run(definition("reconcile"))
    assert (status, "Traceback" in output) == (2, False), output
    assert '"finding": "could_not_tell", "exit_status": 2' in output


def test_the_doctor_says_what_it_does_not_find(migrated: Place) -> None:
    """Of repair-serve-api, where neither the services nor Google are."""
    status, output = migrated.run(definition("doctor"))
    assert (status, "Traceback" in output) == (1, False), output
    assert "ok      settings  The settings of repair-serve-api keep every rule." in output
    assert "ok      ledger    Every migration of this release was applied." in output
    host = definition("repair-serve-api").host
    assert f"UNKNOWN webhook   https://{host}/v1/webhooks/whatsapp/webhook" in output
    assert "WRONG   callable  No identity token can be made" in output


def test_the_doctor_runs_as_queue_services_too(migrated: Place) -> None:
    command = block(DEPLOYMENT, holding="--args=doctor")
    [argument] = re.findall(r"execute manage .*--args=(\S+)$", command, re.MULTILINE)
    status, output = migrated.run(definition("manage"), argument)
    assert (status, "Traceback" in output) == (1, False), output
    assert "ok      settings  The settings of queue-services keep every rule." in output
    assert "WRONG   firestore Firestore: there are no credentials" in output
    assert "WRONG   queue     The queue: there are no credentials" in output


def test_expired_sessions_go_by_the_clock(migrated: Place) -> None:
    with owner_of(migrated.databases["database-url"]) as database:
        database.execute(
            "INSERT INTO django_session VALUES ('old', '', now() - interval '1 second'), "
            "('new', '', now() + interval '1 hour')"
        )
        status, output = migrated.run(definition("retention"))
        assert status == 0, output
        assert database.execute("SELECT session_key FROM django_session").fetchall() == [("new",)]


def test_the_first_user_is_made(migrated: Place) -> None:
    [words] = re.findall(
        r"--args=(createsuperuser\S+)", block(DEPLOYMENT, holding="--args=createsuperuser")
    )
    password = {"DJANGO_SUPERUSER_PASSWORD": "made-up-first-password"}
    status, output = migrated.run(definition("manage"), *words.split(","), **password)
    assert (status, "Superuser created successfully." in output) == (0, True), output


def test_the_schedules_find_the_chores_and_strangers_start_none(migrated: Place) -> None:
    service = definition("queue-services")
    with migrated.serving(service) as port:
        answers = {
            path: start(port, service, path) for path in ("sweeper", "catch-up", "retention")
        }
    assert answers == {"sweeper": 401, "catch-up": 401, "retention": 404}


def start(port: int, service: Definition, chore: str) -> int:
    """Asks for a chore, with a token that nobody signed; returns the status."""
    headers = {"Host": service.host, "X-Forwarded-Proto": "https", "Authorization": "Bearer x.y.z"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)) as line:
        line.request("POST", f"/chores/{chore}", headers=headers)
        return line.getresponse().status


def test_people_are_told_by_channels_once_they_are_there(migrated: Place, tmp_path: Path) -> None:
    """By a job that looks for problems; the service starts with the same secret."""
    channels = {"channels": "ops=slack://TAAAAAAAA/BAAAAAAAA/AAAAAAAAAAAAAAAAAAAAAAAA/%23ops"}
    place = replace(migrated, databases={**migrated.databases, **channels})
    with recording(tmp_path, lambda _: (200, b"ok")) as slack:
        job = with_channels("manage")
        status, output = place.run(job, "watch", **slack.environment())
        assert status in (0, 1), output
        with owner_of(migrated.databases["database-url"]) as owner:
            owner.execute(ASK_FOR_A_TEST)
        place.run(job, "watch", **slack.environment())
        with owner_of(migrated.databases["database-url"]) as owner:
            unsent = owner.execute(
                "SELECT count(*) FROM eventlog_notification WHERE sent_at IS NULL"
            )
            assert unsent.fetchone() == (0,)
    [test] = [each for each in slack.asked if "A test of this channel" in json.dumps(each.body)]
    assert test.host == "hooks.slack.com"
    admin = definition("admin")
    assert f"https://{admin.host}/admin/" in json.dumps(test.body)
    service = with_channels("queue-services")
    with place.serving(service) as port:
        assert ask(port, "/health/ready", service.host) == 200


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_its_probes(migrated: Place, name: str) -> None:
    service = definition(name)
    assert service.probes
    with migrated.serving(service) as port:
        # A probe comes from within, and calls the container by an address.
        answers = {path: ask(port, path, f"127.0.0.1:{port}") for path in service.probes}
    assert answers == dict.fromkeys(service.probes, 200)


def test_deliveries_are_recorded_by_the_services_user_while_the_secret_is_rotated(
    migrated: Place,
) -> None:
    found = definition("repair-serve-api")
    new = replace(found.secrets["WHATSAPP_APP_SECRET"], version="2")
    service = replace(found, secrets={**found.secrets, "WHATSAPP_APP_SECRET": new})
    old = service.secrets["WHATSAPP_APP_SECRET_PREVIOUS"]
    assert migrated.value(old) != migrated.value(new)
    with migrated.serving(service) as port:
        answers = [post(port, service, migrated.value(secret)) for secret in (old, new)]
        answers.append(post(port, service, "of nobody"))
    assert answers == [200, 200, 401]
    with owner_of(migrated.databases["database-url"]) as owner:
        rows = owner.execute("SELECT verdict, item_count FROM webhooks_delivery")
        assert rows.fetchall() == [("readable", 1)] * 2


def post(port: int, service: Definition, secret: str) -> int:
    """Posts a photo as Meta does, signed with this secret; returns the status."""
    body = samples.encode(
        samples.envelope(
            samples.entry(samples.change(messages=[samples.image(caption=secret[:8])]))
        )
    )
    headers = {"Host": service.host, "X-Hub-Signature-256": sign(body, secret=secret)}
    headers["X-Forwarded-Proto"] = "https"  # as Cloud Run says
    with closing(HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)) as line:
        line.request("POST", "/v1/webhooks/whatsapp/webhook", body=body, headers=headers)
        return line.getresponse().status


def test_services_and_jobs_have_the_users_that_the_document_names() -> None:
    names = {each.name: each.secrets["DATABASE_URL"].name for each in definitions()}
    machines = {*SERVICES, "doctor"} - {"admin"}
    assert names == dict.fromkeys(names, "database-url") | dict.fromkeys(
        machines, "services-database-url"
    )


def test_the_services_user_may_use_whatever_was_migrated_after_it_was_made(
    migrated: Place,
) -> None:
    with owner_of(migrated.administrator) as session:
        assert session.execute(REFUSED).fetchall() == []


def test_the_services_user_may_use_whatever_was_migrated_before(migrated: Place) -> None:
    with (
        owner_of(migrated.administrator) as session,
        session.transaction(force_rollback=True),
    ):
        session.execute("DROP OWNED BY visn_services")
        assert session.execute(REFUSED).fetchall() != []
        session.execute("DROP ROLE visn_services; SET LOCAL ROLE visn_owner")
        session.execute(USERS.read_text())
        assert session.execute(REFUSED).fetchall() == []
