"""How many connections the definitions can open, and what the document says of it."""

import re
from configparser import ConfigParser

import pytest

from tests.deploy.definitions import DEPLOY, Definition, definitions
from tests.deploy.document import DEPLOYMENT, block

TEXT = DEPLOYMENT.read_text()
ROW = re.compile(
    r"^\| ([a-z-]+) \| (\d+|–) \| (\d+|–) \| (\d+|–) "  # concurrency, threads, workers
    r"\| (\d+) \| (\d+(?: \+ 1)?) \| (\d+) \| (.*) \|$",  # processes, of each, together, user
    re.MULTILINE,
)
WORKERS = re.search(r'--workers "\$\{WORKERS:-(\d+)\}"', (DEPLOY / "serve").read_text())
POOLS = {"services-database-url": "`visn_services`", "database-url": "the owner"}
PROBES = 1  # a connection of their own
USERS = 2  # of the database


def at_once(each: Definition) -> int:
    """How many processes of a definition there may be, each of which serves or runs once."""
    if each.kind == "Service":
        return each.instances
    schedules = dict(
        re.findall(r"^([a-z-]+) ([*\d].*)$", block(DEPLOYMENT, holding="JOBS"), re.MULTILINE)
    )
    every_minute = schedules.get(each.name) == "* * * * *"
    return each.seconds // 60 if every_minute else 1


def of_each(each: Definition) -> int:
    """How many connections one of them may have."""
    return int(each.variables["THREADS"]) + PROBES if each.kind == "Service" else 1


def at_work(each: Definition) -> tuple[str, str, str]:
    """Requests that Cloud Run sends to one, that one works on, and how many processes one has."""
    if each.kind == "Job":
        return "–", "–", "–"
    assert WORKERS
    threads, workers = each.variables["THREADS"], each.variables.get("WORKERS", WORKERS[1])
    return str(each.requests // each.instances), threads, workers


def together(kind: str = "") -> int:
    return sum(at_once(each) * of_each(each) for each in definitions(kind))


def limit(name: str) -> int:
    pooler = ConfigParser(interpolation=None)
    pooler.read(DEPLOY / "pgbouncer.ini")
    return pooler.getint("pgbouncer", name)


@pytest.mark.parametrize("each", definitions("Service"), ids=lambda each: each.name)
def test_a_service_is_sent_no_more_requests_than_it_works_on(each: Definition) -> None:
    assert each.requests == each.instances * int(each.variables["THREADS"])
    assert "WORKERS" not in each.variables  # one process, not several with as many threads each


def test_the_document_says_how_many_connections_each_definition_opens() -> None:
    said = {
        name: (work, int(processes), sum(map(int, each.split(" + "))), int(sum_), pool)
        for name, *work, processes, each, sum_, pool in ROW.findall(TEXT)
    }
    assert said == {
        each.name: (
            [*at_work(each)],
            at_once(each),
            of_each(each),
            at_once(each) * of_each(each),
            POOLS[each.secrets["DATABASE_URL"].name],
        )
        for each in definitions()
    }


def test_the_document_says_what_the_database_needs() -> None:
    most = together() + together("Service")  # while a release replaces another
    assert f"That is {together()} in all." in TEXT
    assert f"the services' {together('Service')} count twice: {most}." in TEXT
    assert f"`max_connections` has to be {most} and" in TEXT


def test_the_pooler_takes_them_all() -> None:
    size, clients = limit("default_pool_size"), limit("max_client_conn")
    assert together() + together("Service") <= clients
    assert f"`default_pool_size` ({size}) × its two database users, {size * USERS}," in TEXT
    assert f"`max_client_conn` ({clients})" in TEXT


def test_terraform_allows_as_many() -> None:
    """And three for administrators."""
    variables = (DEPLOY / "terraform" / "variables.tf").read_text()
    [allowed] = re.findall(
        r'variable "database_max_connections" \{.*?default +=\s*(\d+)', variables, re.DOTALL
    )
    [needed] = re.findall(r"`max_connections` has to be (\d+) and", TEXT)
    assert int(allowed) == int(needed) + 3
