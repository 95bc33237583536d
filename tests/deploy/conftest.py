"""An image and its database, in which the definitions are run.

The database belongs to a user who is no superuser, as on Cloud SQL, and the services have the user
that the owner makes for them, so that whatever they forgot to grant is refused here too.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack.guard import Guard
from tests.deploy import image
from tests.deploy.definitions import DEPLOY, definition
from tests.deploy.google import Google
from tests.deploy.recorder import recording
from tests.deploy.running import Place
from tests.deploy.shell import Shell
from tests.postgresql import USERS, cluster, owner_of
from tests.programs import find_postgresql


@pytest.fixture(scope="package")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The image, and an empty PostgreSQL with its two users."""
    programs = find_postgresql()
    assert programs
    guard = Guard()
    try:
        with cluster(programs) as url:
            with owner_of(url) as administrator:
                administrator.execute("CREATE ROLE visn_owner LOGIN CREATEROLE")
                administrator.execute("CREATE DATABASE visn OWNER visn_owner")
            visn = url.replace("/postgres?", "/visn?")
            owners = visn.replace("postgres@", "visn_owner@")
            with owner_of(owners) as owner:
                owner.execute(USERS.read_text())
            services = visn.replace("postgres@", "visn_services@")
            databases = {"database-url": owners, "services-database-url": services}
            built = image.build(tmp_path_factory.mktemp("app"))
            logs = tmp_path_factory.mktemp("logs")
            yield Place(
                image=built, databases=databases, administrator=visn, guard=guard, logs=logs
            )
    finally:
        guard.close()


@pytest.fixture(scope="package")
def migrated(place: Place) -> Place:
    """The same, once the definition that migrates has been run."""
    status, output = place.run(definition("migrate"))
    assert status == 0, output
    return place


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in a clone's place, and Google as far as it is asked."""
    google = Google()
    clone = tmp_path / "clone"
    shutil.copytree(DEPLOY, clone / "deploy")
    with recording(tmp_path, google) as recorder:
        yield Shell(folder=tmp_path, clone=clone, recorder=recorder, google=google)
