"""What the definitions say, held to the settings, to the document and to each other."""

import os
import re
import subprocess
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from eventlog.management.moments import span
from operations.doctor.queue import MADE
from tests.deploy.definitions import (
    DEPLOY,
    FILLED_IN_WITH,
    NAMES,
    Definition,
    definition,
    definitions,
    filled_in,
)
from tests.deploy.document import DEPLOYMENT, ROOT, block, blocks
from visn_whatsapp.roles import ALL_SERVICES, required
from webhooks.chores import LATE, Chore
from webhooks.queue_standing import Standing

SERVICES = definitions("Service")
JOBS = definitions("Job")
# Google's rule for the name of a service account.
ACCOUNT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
DOMAIN = f"@{FILLED_IN_WITH['PROJECT']}.iam.gserviceaccount.com"
# Variables that differ between definitions for good reasons. All others have one value everywhere.
OF_ITS_OWN = {"SERVICES", "THREADS", "ALLOWED_HOSTS"}


def test_there_is_one_for_each_service_and_each_job_of_the_document() -> None:
    assert len(SERVICES) + len(JOBS) == len([*DEPLOY.rglob("*.yaml"), *DEPLOY.rglob("*.yml")])
    assert {each.name for each in SERVICES} == set(ALL_SERVICES)
    table = re.findall(r"^\| ([a-z, -]+) \((?:job|jobs)\) \|", DEPLOYMENT.read_text(), re.MULTILINE)
    assert {name for names in table for name in names.split(", ")} == {each.name for each in JOBS}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_named_like_its_file(name: str) -> None:
    assert definition(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_each_has_what_its_services_require(name: str) -> None:
    found = definition(name)
    given = set(found.variables) | set(found.secrets)
    served = found.variables["SERVICES"].split(",")
    of_job = "repair-serve-api" if name == "doctor" else "queue-services"
    assert served == [name if found.kind == "Service" else of_job]
    assert set(required(served)) - given <= {"WEBHOOK_VERSIONS"}  # which has a default


@pytest.mark.parametrize("name", NAMES)
def test_each_is_filled_in_completely_and_nothing_else_is_touched(name: str) -> None:
    written = (DEPLOY / f"{name}.yaml").read_text()
    by_hand = re.sub(r"<([A-Z]+)>", lambda found: FILLED_IN_WITH[found[1]], written)
    assert filled_in(name) == by_hand
    assert "GOOGLE_CLOUD_PROJECT" in by_hand


@pytest.mark.parametrize("name", FILLED_IN_WITH)
def test_what_the_shell_does_not_know_is_named_and_nothing_is_printed(name: str) -> None:
    """Such as the project's number in tomorrow's shell: no task would arrive at half an address."""
    finished = subprocess.run(
        ["/bin/bash", "-c", f"{block(DEPLOYMENT, holding='fill()')}\nfill deploy/admin.yaml | cat"],
        env={"PATH": os.environ["PATH"], **FILLED_IN_WITH, name: ""},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, f"{name}: parameter null or not set" in finished.stderr) == ("", True)


def test_a_variable_says_the_same_wherever_it_stands() -> None:
    values: dict[str, set[str]] = {}
    for each in definitions():
        for name, value in each.variables.items():
            values.setdefault(name, set()).add(value)
    differing = {name for name, found in values.items() if len(found) > 1}
    assert differing <= OF_ITS_OWN


def test_a_secret_is_the_same_version_wherever_it_stands() -> None:
    """What the doctor looks with is what the service was given."""
    versions: dict[tuple[str, str], set[str]] = {}
    for each in definitions():
        for variable, found in each.secrets.items():
            versions.setdefault((variable, found.name), set()).add(found.version)
    assert {secret: found for secret, found in versions.items() if len(found) > 1} == {}


def test_tasks_find_the_task_handler() -> None:
    handler = definition("queue-services")
    for each in definitions():
        if "TASK_HANDLER_URL" in each.variables:
            url = urlsplit(each.variables["TASK_HANDLER_URL"])
            assert url.hostname == handler.host
            assert each.variables["TASK_HANDLER_AUDIENCE"] == f"https://{handler.host}"
            assert each.variables.get("TASK_HANDLER_INGRESS", "internal") == handler.ingress
        if each.variables["SERVICES"] == "queue-services":
            assert urlsplit(each.variables["CHORES_AUDIENCE"]).hostname == handler.host
            assert each.variables["ALLOWED_HOSTS"].split(",") == [handler.host]


def test_forwarded_events_find_the_callable_and_may_call_it() -> None:
    api, target = definition("repair-serve-api"), definition("repair-serve-callable")
    assert urlsplit(api.variables["CALLABLE_URL"]).hostname == target.host
    assert api.variables["CALLABLE_AUDIENCE"] == f"https://{target.host}"
    assert target.variables["CALLABLE_CALLERS"].split(",") == [api.account]
    assert target.ingress == "all"  # one service calls another from without


def test_links_to_problems_lead_to_the_admin() -> None:
    host = definition("admin").host
    named = {each.variables["ADMIN_URL"] for each in definitions() if "ADMIN_URL" in each.variables}
    assert named == {f"https://{host}/admin/"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_a_service_answers_to_its_own_address(service: Definition) -> None:
    assert service.host in service.variables["ALLOWED_HOSTS"].split(",")


def test_every_account_is_made_and_has_a_name_that_google_takes() -> None:
    text = "".join(blocks(DEPLOYMENT))
    [made] = re.findall(r"for name in ([a-z -]+); do\n  gcloud iam service-accounts create", text)
    used = {each.account for each in definitions()}
    used |= {each.variables.get("TASKS_SERVICE_ACCOUNT", "") for each in definitions()} - {""}
    named = set(re.findall(r"serviceAccount:([a-z-]+)@", text))
    assert {account.removesuffix(DOMAIN) for account in used} | named <= set(made.split())
    assert [name for name in made.split() if not ACCOUNT.fullmatch(name)] == []


def test_the_queue_dispatches_as_many_tasks_as_the_task_handler_takes() -> None:
    command = block(DEPLOYMENT, holding="queues create")
    [at_once] = re.findall(r"--max-concurrent-dispatches=(\d+)", command)
    assert int(at_once) == definition("queue-services").requests


def test_the_doctor_expects_the_queue_as_the_document_makes_it() -> None:
    command = block(DEPLOYMENT, holding="queues create")
    flags = dict(re.findall(r"--([a-z-]+)=(\d+)s?", command))
    assert (
        Standing(
            state="running",
            at_once=int(flags["max-concurrent-dispatches"]),
            a_second=float(flags["max-dispatches-per-second"]),
            attempts=int(flags["max-attempts"]),
            shortest=int(flags["min-backoff"]),
            longest=int(flags["max-backoff"]),
            doublings=int(flags["max-doublings"]),
        )
        == MADE
    )


def test_each_chore_and_each_check_is_scheduled() -> None:
    words = block(DEPLOYMENT, holding="JOBS")
    scheduled = {name for name, _ in re.findall(r"^([a-z-]+) ([*\d].*)$", words, re.MULTILINE)}
    every_minute = r'^for chore in (.+); do\n.*--schedule="\* \* \* \* \*"'
    [requests] = re.findall(every_minute, words, re.MULTILINE)
    frequent = {chore.value for chore in Chore if LATE[chore] < timedelta(hours=1)}
    assert set(requests.split()) == frequent
    assert scheduled == {chore.value for chore in Chore} - frequent | {"accounted", "reconcile"}
    assert scheduled <= {job.name for job in JOBS}


def test_a_chore_of_every_minute_is_no_job_of_its_own() -> None:
    """A container would start for each of its rounds."""
    rare = {chore.value for chore in Chore if LATE[chore] > timedelta(hours=1)}
    assert {chore.value for chore in Chore} & {each.name for each in JOBS} == rare


def test_a_check_leaves_nothing_out_between_two_executions() -> None:
    """Not even if one begins as late as an execution may take."""
    cron = r"^(accounted|reconcile) \d+ (\*|\*/(\d+)) \* \* \*$"
    found = re.findall(cron, block(DEPLOYMENT, holding="JOBS"), re.MULTILINE)
    assert {name for name, *_ in found} == {"accounted", "reconcile"}
    for name, _, hours in found:
        job = definition(name)
        [last] = [word for word in job.arguments if word.startswith("--last=")]
        between = timedelta(hours=int(hours or 1))
        assert span(last.partition("=")[2]) > between + timedelta(seconds=job.seconds)


def test_cron_and_one_machine_do_what_the_schedules_do() -> None:
    """What is by hand in a document is what the definitions run, at the same times."""
    text = DEPLOYMENT.read_text()
    jobs = {name: " ".join(definition(name).arguments) for name in ("accounted", "reconcile")}
    jobs[Chore.RETENTION] = " ".join(definition(Chore.RETENTION).arguments)
    scheduled = re.findall(
        r"^([a-z-]+) ([*\d].*)$", block(DEPLOYMENT, holding="JOBS"), re.MULTILINE
    )
    rounds = [("* * * * *", command) for command in ("requeue_stuck", "catch_up")]
    cron = re.findall(r"^(\S.*?) +cd /app && python manage\.py (.+)$", text, re.MULTILINE)
    assert cron == [*rounds, *((words, jobs[name]) for name, words in scheduled)]
    [nightly] = re.findall(r"--rm manage (prune_ledger [^`]+)` every night", text)
    others = re.findall(r"`([^`]+)` and `([^`]+)` in its place every hour and every six", text)
    assert [nightly, *others] == [jobs[Chore.RETENTION], (jobs["accounted"], jobs["reconcile"])]


@pytest.mark.parametrize("job", JOBS, ids=lambda each: each.name)
def test_arguments_of_an_execution_replace_the_command(job: Definition) -> None:
    """They are put behind `command`: with `retention --args=--days=30` nothing must be deleted."""
    assert job.command == ("python", "manage.py")
    assert job.arguments


def test_secrets_are_named_by_version_and_never_written() -> None:
    secret = {each for found in definitions() for each in found.secrets}
    assert secret == {
        *("SECRET_KEY", "DATABASE_URL"),
        *("WHATSAPP_APP_SECRET", "WHATSAPP_APP_SECRET_PREVIOUS", "WHATSAPP_VERIFY_TOKEN"),
    }
    assert {name for each in definitions() for name in each.variables} & secret == set()
    versions = {found.version for each in definitions() for found in each.secrets.values()}
    assert [version for version in versions if not version.isdecimal()] == []
