"""An image and its database, in which the definitions are run."""

from collections.abc import Iterator

import pytest

from tests.deploy import image
from tests.deploy.definitions import definition
from tests.deploy.running import Place
from tests.postgresql import cluster
from tests.programs import find_postgresql
from visn_whatsapp.stack.guard import Guard


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The image, and an empty PostgreSQL."""
    programs = find_postgresql()
    assert programs
    guard = Guard()
    try:
        with cluster(programs) as url:
            built = image.build(tmp_path_factory.mktemp("app"))
            logs = tmp_path_factory.mktemp("logs")
            yield Place(image=built, database_url=url, guard=guard, logs=logs)
    finally:
        guard.close()


@pytest.fixture(scope="package")
def migrated(place: Place) -> Place:
    """The same, once the definition that migrates has been run."""
    status, output = place.run(definition("migrate"))
    assert status == 0, output
    return place
