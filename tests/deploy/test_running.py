"""Every definition of `deploy/`, run as it is written: command, variables, database, probes."""

import pytest

from tests.deploy.definitions import definition, definitions
from tests.deploy.running import Place, ask

pytestmark = pytest.mark.needs("postgresql")

SERVICES = [each.name for each in definitions("Service")]
JOBS = [each.name for each in definitions("Job")]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_ends_well(migrated: Place, name: str) -> None:
    status, output = migrated.run(definition(name))
    assert (status, "Traceback" in output) == (0, False), output


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_its_probes(migrated: Place, name: str) -> None:
    service = definition(name)
    assert service.probes
    with migrated.serving(service) as port:
        # A probe comes from within, and calls the container by an address.
        answers = {path: ask(port, path, f"127.0.0.1:{port}") for path in service.probes}
    assert answers == dict.fromkeys(service.probes, 200)
