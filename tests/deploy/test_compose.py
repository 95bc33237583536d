"""`compose.yaml`, whose containers are run as processes: their commands, variables and checks."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.stack.guard import Guard
from tests.deploy import image
from tests.deploy.definitions import FILLED_IN_WITH, Definition, definition
from tests.deploy.document import DEPLOYMENT, ROOT, block
from tests.deploy.running import Place, ask
from tests.deploy.test_running import post
from tests.postgresql import cluster, owner_of
from tests.programs import find_postgresql
from visn_whatsapp.roles import ALL_SERVICES
from webhooks.chores import Chore

COMPOSE = ROOT / "compose.yaml"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(:\?|:-)\}")
APP_SECRET = "of-the-apps-dashboard-0123456789"


def filled_in(variables: Mapping[str, str]) -> Any:
    """Reads the file, and puts variables into its values as Compose does.

    Raises KeyError for one that has to be given.
    """

    def value(found: re.Match[str]) -> str:
        name, condition = found.groups()
        return variables[name] if condition == ":?" else variables.get(name, "")

    def walked(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: walked(each) for key, each in node.items()}
        if isinstance(node, list):
            return [walked(each) for each in node]
        return VARIABLE.sub(value, node) if isinstance(node, str) else node

    return walked(yaml.safe_load(COMPOSE.read_text()))


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the document's own command writes."""
    folder = tmp_path_factory.mktemp("clone")
    script = block(DEPLOYMENT, holding="cat >one-machine.env")
    given = {"PATH": "/usr/bin:/bin", "APP_SECRET": APP_SECRET, **FILLED_IN_WITH}
    subprocess.run(["/bin/bash", "-euc", script], env=given, cwd=folder, check=True)
    written = folder / "one-machine.env"
    assert oct(written.stat().st_mode & 0o777) == "0o600"
    return dict(line.split("=", 1) for line in written.read_text().splitlines())


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The containers, with a PostgreSQL of the test in the place of theirs."""

    content: Mapping[str, Any]
    place: Place

    def container(self, name: str) -> Definition:
        """A container, as what a place can run."""
        service = self.content["services"][name]
        given = {**service["environment"], "DATABASE_URL": self._url(service)}
        command = [*service.get("entrypoint", ()), *service.get("command", ())]
        once = tuple(word for word in command if not word.startswith("--every="))
        return replace(
            definition("manage"),
            name=name,
            kind="Container",
            command=once,
            arguments=(),
            variables=given,
            secrets={},
        )

    def _url(self, service: Mapping[str, Any]) -> str:
        url = str(service["environment"]["DATABASE_URL"])
        at_home = re.sub(r":[0-9a-f]{64}@postgres/visn$", "@/visn", url)
        assert at_home != url
        return at_home + "?" + self.place.administrator.partition("?")[2]


@pytest.fixture(scope="module")
def composition(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Composition]:
    """Everything but the processes: the image, and PostgreSQL as its first start leaves it."""
    content, programs, guard = filled_in(variables), find_postgresql(), Guard()
    assert programs
    try:
        with cluster(programs) as url:
            with owner_of(url) as session:
                session.execute("CREATE ROLE visn LOGIN SUPERUSER")
                session.execute("CREATE DATABASE visn OWNER visn")
            owners = url.replace("postgres@/postgres?", "visn@/visn?")
            with owner_of(owners) as owner:
                for each in _first_start(content):
                    owner.execute(each.encode())
            folders = (tmp_path_factory.mktemp(name) for name in ("app", "logs"))
            app, logs = folders
            place = Place(
                image=image.build(app), databases={}, administrator=owners, guard=guard, logs=logs
            )
            yield Composition(content=content, place=place)
    finally:
        guard.close()


def _first_start(content: Mapping[str, Any]) -> Iterator[str]:
    """What PostgreSQL's container runs when its volume is made, in the order of the names."""
    postgres = content["services"]["postgres"]
    mounted = dict(
        reversed(volume.split(":")[:2]) for volume in postgres["volumes"] if "initdb" in volume
    )
    written = {
        each["target"]: content["configs"][each["source"]]["content"]
        for each in postgres["configs"]
    }
    found = {path: (ROOT / source).read_text() for path, source in mounted.items()} | written
    yield from (found[path] for path in sorted(found))


@pytest.mark.needs("postgresql")
def test_everything_starts_in_its_order_and_receives(composition: Composition) -> None:
    place = composition.place
    for name in ("migrate", "sweeper", "catch-up"):
        status, output = place.run(composition.container(name))
        assert (status, "Traceback" in output) == (0, False), output
    services, admin = composition.container("services"), composition.container("admin")
    host = services.variables["ALLOWED_HOSTS"]
    with place.serving(services) as port:
        assert _is_healthy(composition, "services", port)
        assert post(port, services, APP_SECRET) == 200
        assert post(port, services, "of nobody") == 401
    with place.serving(admin) as port:
        assert _is_healthy(composition, "admin", port)
        assert ask(port, "/admin/login/", host) == 301  # to where TLS is
    status, output = place.run(composition.container("manage"), "accounted")
    assert (status, "Deliveries: 1" in output) == (0, True), output


def _is_healthy(composition: Composition, name: str, port: int) -> bool:
    """What Compose asks within the container, at the port that is free here."""
    [cmd, *check] = composition.content["services"][name]["healthcheck"]["test"]
    assert cmd == "CMD"
    here = [word.replace(":8080/", f":{port}/") for word in check]
    return subprocess.run(["/usr/bin/env", *here], check=False).returncode == 0


def test_it_serves_everything_once_and_runs_each_chore(variables: dict[str, str]) -> None:
    services = filled_in(variables)["services"]
    served = [services[name]["environment"]["SERVICES"] for name in ("services", "admin")]
    assert sorted(",".join(served).split(",")) == sorted(ALL_SERVICES)
    assert {*Chore} - {Chore.RETENTION} <= services.keys()


def test_who_looks_for_problems_tells_people(variables: dict[str, str]) -> None:
    channels = {
        "CHANNELS": "ops=slack://a/b/c",
        "CHANNELS_QUIET": "22:00-07:00",
        "CHANNELS_DIGEST": "07:30",
    }
    for given in (channels, {}):
        services = filled_in(variables | given)["services"]
        told = {
            name: {word: each["environment"][word] for word in channels}
            for name, each in services.items()
            if "CHANNELS" in each["environment"]
        }
        expected = {word: given.get(word, "") for word in channels}
        assert told == {"catch-up": expected, "manage": expected}


@pytest.mark.parametrize("name", ["SECRET_KEY", "WHATSAPP_APP_SECRET", "OWNER_PASSWORD"])
def test_nothing_starts_without_a_secret(variables: dict[str, str], name: str) -> None:
    with pytest.raises(KeyError, match=name):
        filled_in({key: value for key, value in variables.items() if key != name})


def test_commands_name_what_there_is(variables: dict[str, str]) -> None:
    """Files that it mounts, and containers that are run by hand."""
    content = filled_in(variables)
    postgres = content["services"]["postgres"]
    assert all((ROOT / each.split(":")[0]).is_file() for each in postgres["volumes"][1:])
    by_hand = re.findall(r"docker compose \S+ \S+ run --rm (\S+)", DEPLOYMENT.read_text())
    assert by_hand
    assert {*by_hand} <= content["services"].keys()
    assert Path(ROOT / content["x-image"]["build"]["dockerfile"]).is_file()
