"""Every definition of `deploy/`, run as it is written: command, variables, database, probes."""

import re

import psycopg
import pytest

from tests.deploy.definitions import definition, definitions
from tests.deploy.document import DEPLOYMENT, block
from tests.deploy.running import Place, ask

pytestmark = pytest.mark.needs("postgresql")

SERVICES = [each.name for each in definitions("Service")]
JOBS = [each.name for each in definitions("Job")]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_well(migrated: Place, name: str) -> None:
    status, output = migrated.run(definition(name))
    assert (status, "Traceback" in output) == (0, False), output


def test_expired_sessions_go_by_the_clock(migrated: Place) -> None:
    with psycopg.connect(migrated.database_url) as database:
        database.execute(
            "INSERT INTO django_session VALUES ('old', '', now() - interval '1 second'), "
            "('new', '', now() + interval '1 hour')"
        )
        database.commit()
        status, output = migrated.run(definition("retention"))
        assert status == 0, output
        assert database.execute("SELECT session_key FROM django_session").fetchall() == [("new",)]


def test_the_first_user_is_made(migrated: Place) -> None:
    [words] = re.findall(
        r"--args=(createsuperuser\S+)", block(DEPLOYMENT, holding="createsuperuser")
    )
    password = {"DJANGO_SUPERUSER_PASSWORD": "made-up-first-password"}
    status, output = migrated.run(definition("manage"), *words.split(","), **password)
    assert (status, "Superuser created successfully." in output) == (0, True), output


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_its_probes(migrated: Place, name: str) -> None:
    service = definition(name)
    assert service.probes
    with migrated.serving(service) as port:
        # A probe comes from within, and calls the container by an address.
        answers = {path: ask(port, path, f"127.0.0.1:{port}") for path in service.probes}
    assert answers == dict.fromkeys(service.probes, 200)
