"""The commands of the documents, run as they are written by bash, gcloud and curl themselves."""

import base64
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from eventlog.catching_up import BUDGET
from operations.chores.views import SWEEP_SECONDS
from tests.deploy.definitions import (
    FILLED_IN_WITH,
    NAMES,
    Secret,
    definition,
    definitions,
    filled_in,
    read,
)
from tests.deploy.document import DEPLOYMENT, RUNBOOK, block, blocks, inline
from tests.deploy.google import BACKEND, EXECUTION, READY
from tests.deploy.recorder import Asked
from tests.deploy.shell import TOKEN, Shell
from visn_whatsapp.safety.proxy import proxy_is_for_this_service
from webhooks.chores import Chore
from webhooks.task_queue import COMMAND_BUDGET_SECONDS

pytestmark = pytest.mark.needs("gcloud")

SECRETS = {"DATABASE_URL": "one", "SERVICES_DATABASE_URL": "two", "APP_SECRET": "three"}
NEWEST = {"latestRevision": True}
AT_A_RELEASE = {"TAG": "3d1bb47", "MOMENT": "2026-06-01T10:00"}
RELEASE = "docker build"  # no container engine is needed to see that the rest is right
COMPOSE = "docker compose"
FROM_BEFORE = "run jobs delete"  # what a new project does not have
PROXIED = "name: IAP_AUDIENCE"  # what changes a definition
CHANNELS = "#channels"  # what changes others
JOBS = "/apis/run.googleapis.com/v1/namespaces/visn-example/jobs"


def bodies(asked: list[Asked], ending: str) -> list[Asked]:
    """Returns the requests whose path ends so."""
    return [each for each in asked if each.path.endswith(ending)]


def test_a_project_is_set_up_and_a_release_deployed(shell: Shell) -> None:
    pieces = [piece for piece in blocks(DEPLOYMENT) if not held(piece)]
    finished = shell.run("\n".join(pieces), SECRETS | AT_A_RELEASE)
    assert finished.returncode == 0, finished.stderr

    [queue] = bodies(shell.asked(host="cloudtasks", method="POST"), "/queues")
    assert queue.body["rateLimits"]["maxConcurrentDispatches"] == 64
    assert queue.body["retryConfig"]["maxAttempts"] == 12

    index, *exempt = shell.asked(host="firestore", method="PATCH")
    assert {each.token for each in (index, *exempt)} == {f"Bearer {TOKEN}"}
    assert index.path.endswith("(default)/collectionGroups/chatMessages/fields/whatsappMessageId")
    assert index.query == {"updateMask": ["indexConfig"]}
    assert [each.body for each in exempt] == [{"indexConfig": {"indexes": []}}] * 4

    added = bodies(shell.asked(host="secretmanager"), ":addVersion")
    values = {each.path.split("/")[-1].split(":")[0]: _payload(each) for each in added}
    assert (values["database-url"], values["services-database-url"]) == ("one", "two")
    named = {each.name for name in NAMES for each in definition(name).secrets.values()}
    assert named == set(values)

    assert may_read(shell.recorder.asked) == {
        (each.account, secret.name) for each in definitions() for secret in each.secrets.values()
    }

    assert firestore_roles(shell.recorder.asked) == {
        (f"{account}@visn-example.iam.gserviceaccount.com", role, database)
        for account, role in (
            ("queue-services", "roles/datastore.user"),
            ("event-log", "roles/datastore.viewer"),
        )
        for database in ("(default)", "ancillary")
    }

    assert {path.split("/")[-1] for path in shell.google.resources} == set(NAMES)
    for path, resource in shell.google.resources.items():
        given = yaml.safe_load(filled_in(path.split("/")[-1]))
        assert resource["spec"].keys() >= given["spec"].keys()

    [reread, *_] = bodies(shell.asked(method="POST"), "/jobs/manage:run")
    assert _arguments(reread) == ["reread", "--since=2026-06-01T10:00"]

    before = {"revisionName": "repair-serve-api-00001-new"}
    orders = bodies(shell.asked(method="PUT"), "/services/repair-serve-api")
    assert [each.body["spec"]["traffic"] for each in orders] == [
        [before | {"percent": 100}, NEWEST | {"percent": 0, "tag": "next"}],
        [before | {"percent": 95}, NEWEST | {"percent": 5}, NEWEST | {"tag": "next"}],
        [before | {"percent": 50}, NEWEST | {"percent": 50}, NEWEST | {"tag": "next"}],
        [NEWEST | {"percent": 100}, NEWEST | {"tag": "next"}],
        [NEWEST | {"percent": 100}],
        [before | {"percent": 100}],
    ]
    assert [
        _arguments(each) for each in bodies(shell.asked(method="POST"), "/jobs/doctor:run")
    ] == [
        None,
        [
            "doctor",
            "--webhook-url=https://next---repair-serve-api-123456789012.europe-west1.run.app",
        ],
    ]

    are_scheduled(bodies(shell.asked(host="cloudscheduler", method="POST"), "/jobs"))


def test_a_definition_that_says_what_cloud_run_does_not_know_is_refused(shell: Shell) -> None:
    """gcloud holds it to the published schema, so those that it takes are of that form."""
    admin = shell.clone / "deploy" / "admin.yaml"
    admin.write_text(admin.read_text().replace("timeoutSeconds", "timeoutSecond"))
    script = f"{block(DEPLOYMENT, holding='fill()')}\nfill deploy/admin.yaml"
    finished = shell.run(
        f'{script} | gcloud run services replace - --region="$REGION" --project="$PROJECT"'
    )
    assert finished.returncode == 1
    assert "Service.spec.template.spec.timeoutSecond" in finished.stderr
    assert shell.google.resources == {}


def held(piece: str) -> set[str]:
    """Returns what a piece of shell has in it that is not run with the others."""
    return {each for each in (RELEASE, COMPOSE, FROM_BEFORE, PROXIED, CHANNELS) if each in piece}


def are_scheduled(asked: list[Asked]) -> None:
    """Each chore, at its time, and so that queue-services lets Cloud Scheduler in."""
    found = {each.body["name"].rpartition("/")[2]: each.body for each in asked}
    rare = {Chore.RETENTION: "30 2 * * *", "accounted": "10 * * * *", "reconcile": "20 */6 * * *"}
    for name, schedule in rare.items():
        job = found.pop(name)
        assert job["schedule"] == schedule
        assert job["httpTarget"]["uri"].endswith(f"/jobs/{name}:run")
    service = definition("queue-services")
    audience, account = (service.variables[f"CHORES_{name}"] for name in ("AUDIENCE", "CALLERS"))
    assert found.keys() == {Chore.SWEEPER, Chore.CATCH_UP}
    for name, body in found.items():
        assert body["schedule"] == "* * * * *"
        assert body["httpTarget"] == {
            "uri": f"https://{service.host}/chores/{name}",
            "httpMethod": "POST",
            "oidcToken": {"serviceAccountEmail": account, "audience": audience},
        }
        # A round is over before the schedule gives it up, and before Cloud Run does.
        deadline = int(body["attemptDeadline"].removesuffix("s"))
        assert SWEEP_SECONDS + COMMAND_BUDGET_SECONDS < deadline < service.seconds
    assert BUDGET.total_seconds() == SWEEP_SECONDS


def test_the_admin_is_told_whom_the_proxy_logs_in(shell: Shell) -> None:
    script = f"gcloud config set project visn-example\n{block(DEPLOYMENT, holding=PROXIED)}"
    finished = shell.run(script)
    assert finished.returncode == 0, finished.stderr
    [asked] = shell.asked(host="compute")
    assert asked.path.endswith("/projects/visn-example/global/backendServices/visn-admin")
    text = (shell.clone / "deploy" / "admin.yaml").read_text()
    [container] = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"]
    given = {each["name"]: each.get("value") for each in container["env"]}
    chosen = {name: given[name] for name in ("IAP_AUDIENCE", "IAP_GROUPS")}
    assert chosen["IAP_AUDIENCE"] == f"/projects/123456789012/global/backendServices/{BACKEND}"
    assert (
        proxy_is_for_this_service(
            SimpleNamespace(**chosen | {"IAP_GROUPS": tuple(chosen["IAP_GROUPS"].split(","))})
        )
        == ""
    )


def test_who_looks_for_problems_is_given_channels(shell: Shell) -> None:
    script = f"gcloud config set project visn-example\n{block(DEPLOYMENT, holding=CHANNELS)}"
    finished = shell.run(script, FILLED_IN_WITH | {"CHANNELS": "ops=slack://a/b/c"})
    assert finished.returncode == 0, finished.stderr
    [added] = bodies(shell.asked(host="secretmanager"), "/secrets/channels:addVersion")
    assert _payload(added) == "ops=slack://a/b/c"
    given = {}
    for name in NAMES:
        text = (shell.clone / "deploy" / f"{name}.yaml").read_text()
        given[name] = read(re.sub(r"<([A-Z]+)>", lambda found: FILLED_IN_WITH[found[1]], text))
    told = {name: each for name, each in given.items() if "CHANNELS" in each.secrets}
    assert told.keys() == {"queue-services", "manage"}
    assert may_read(shell.recorder.asked) == {(each.account, "channels") for each in told.values()}
    for name, each in given.items():
        secret = {"CHANNELS": Secret(name="channels", version="1")} if name in told else {}
        assert each.secrets == {**definition(name).secrets, **secret}
        assert replace(each, secrets={}) == replace(definition(name), secrets={})


def test_the_jobs_of_before_are_deleted(shell: Shell) -> None:
    jobs = {f"{JOBS}/{name}": {"metadata": {"name": name}} for name in ("sweeper", "catch-up")}
    shell.google.resources |= jobs
    script = f"gcloud config set project visn-example\n{block(DEPLOYMENT, holding=FROM_BEFORE)}"
    finished = shell.run(script)
    assert finished.returncode == 0, finished.stderr
    assert shell.google.resources == {}
    schedules = shell.asked(host="cloudscheduler", method="DELETE")
    assert [each.path.rpartition("/")[2] for each in schedules] == ["sweeper", "catch-up"]


def may_read(asked: list[Asked]) -> set[tuple[str, str]]:
    """Returns who may read which secret by now."""
    given = bodies([each for each in asked if "/secrets/" in each.path], ":setIamPolicy")
    return {
        (member.removeprefix("serviceAccount:"), each.path.split("/")[-1].split(":")[0])
        for each in given
        for binding in each.body["policy"]["bindings"]
        for member in binding["members"]
        if binding["role"] == "roles/secretmanager.secretAccessor"
    }


def _arguments(run: Asked) -> list[str] | None:
    """Returns the arguments that an execution of a job has in place of the definition's."""
    overrides = (run.body or {}).get("overrides", {}).get("containerOverrides", [{}])
    arguments: list[str] | None = overrides[0].get("args")
    return arguments


def firestore_roles(asked: list[Asked]) -> set[tuple[str, str, str]]:
    """Returns who has a role of Firestore's in which database; fails for one in all of them."""
    found = set()
    for each in bodies([each for each in asked if "/projects/" in each.path], ":setIamPolicy"):
        for binding in each.body["policy"]["bindings"]:
            if binding["role"].startswith("roles/datastore."):
                [member] = binding["members"]
                begins, ends = 'resource.name=="projects/visn-example/databases/', '"'
                expression = binding["condition"]["expression"]
                assert expression.startswith(begins)
                database = expression.removeprefix(begins).removesuffix(ends)
                found.add((member.removeprefix("serviceAccount:"), binding["role"], database))
    return found


def _payload(asked: Asked) -> str:
    data = asked.body["payload"]["data"]
    return base64.urlsafe_b64decode(data).decode()


PRINTED: list[dict[str, Any]] = [
    {"textPayload": "Events in the replay: 3."},
    {"jsonPayload": {"finding": "wrong", "exit_status": 1}},
]


@pytest.mark.parametrize("ends_well", [True, False])
def test_the_runbooks_commands_reach_the_job(shell: Shell, ends_well: bool) -> None:
    shell.google.execution_ends_well, shell.google.printed = ends_well, PRINTED
    shell.google.looks_until_it_ends = 1
    shell.google.resources[f"{JOBS}/manage"] = yaml.safe_load(filled_in("manage")) | {"status": {}}
    command = 'manage replay --reason malformed --name "late, again | ^2^"'
    script = f"gcloud config set project visn-example\n{block(RUNBOOK, holding='gcloud logging')}"
    finished = shell.run(f"{script}\n{command}")
    assert finished.returncode == (0 if ends_well else 1), finished.stderr
    assert finished.stdout == "Events in the replay: 3.\nexit_status=1;finding=wrong\n"
    [run] = bodies(shell.asked(method="POST"), "/jobs/manage:run")
    assert _arguments(run) == ["replay", "--reason", "malformed", "--name", "late, again | ^2^"]
    [logs] = shell.asked(host="logging")
    assert f'labels."run.googleapis.com/execution_name"={EXECUTION}' in logs.body["filter"]


def test_a_command_that_does_not_begin_shows_nothing_of_another(shell: Shell) -> None:
    shell.google.printed = PRINTED
    script = f"gcloud config set project visn-example\n{block(RUNBOOK, holding='gcloud logging')}"
    finished = shell.run(f"{script}\nmanage accounted")  # there is no such job yet
    assert finished.returncode == 1
    assert finished.stdout == ""


def test_the_runbooks_changes_reach_google(shell: Shell) -> None:
    pieces = [piece for piece in blocks(RUNBOOK) if "gcloud" in piece or "name_version" in piece]
    pieces = [piece for piece in pieces if "manage()" not in piece]
    functions = [block(DEPLOYMENT, holding="fill()"), block(RUNBOOK, holding="name_version()")]
    project = ["gcloud config set project visn-example", *functions]
    script = "\n".join([*project, *pieces, *inline(RUNBOOK, beginning="gcloud ")])
    runs = "/apis/serving.knative.dev/v1/namespaces/visn-example/services/repair-serve-api"
    shell.google.resources[runs] = yaml.safe_load(filled_in("repair-serve-api")) | {"status": READY}
    finished = shell.run(script, FILLED_IN_WITH | SECRETS | {"MOMENT": "2026-06-01T10:00Z"})
    assert finished.returncode == 0, finished.stderr

    queue = [each.path.rpartition("/")[2] for each in shell.asked(host="cloudtasks")]
    assert queue == [
        "whatsapp-messages-queue:pause",
        "whatsapp-messages-queue:resume",
        "whatsapp-messages-queue-2",
        "whatsapp-messages-queue:pause",
        "whatsapp-messages-queue",
    ]
    files = "".join(path.read_text() for path in (shell.clone / "deploy").glob("*.yaml"))
    assert set(re.findall(r'"(whatsapp-messages-queue.*)"', files)) == {"whatsapp-messages-queue-2"}

    [executions] = bodies(shell.recorder.asked, "/executions")
    assert executions.query["labelSelector"] == ["run.googleapis.com/job = retention"]
    sweeper = [each.path.rpartition("/")[2] for each in shell.asked(host="cloudscheduler")]
    assert sorted(sweeper) == ["sweeper", "sweeper:pause", "sweeper:resume"]

    secrets = shell.asked(host="secretmanager", method="POST")
    assert [each.path.partition("/secrets/")[2] for each in secrets] == [
        "services-database-url:addVersion",
        "database-url:addVersion",
        "services-database-url/versions/1:disable",
        "database-url/versions/1:disable",
        "whatsapp-app-secret:addVersion",
        "whatsapp-app-secret/versions/1:disable",
        "services-database-url:addVersion",
        "services-database-url/versions/1:disable",
    ]
    values = [_payload(each) for each in secrets if "payload" in each.body]
    assert values == ["two", "one", "three", "two"]
    clone, promote = shell.asked(host="sqladmin", method="POST")
    assert clone.body["cloneContext"]["destinationInstanceName"] == "ledger-2"
    assert clone.body["cloneContext"]["pointInTime"] == "2026-06-01T10:00:00.000000Z"
    assert promote.path.endswith("/instances/ledger-elsewhere/promoteReplica")

    given = [each.body for each in shell.asked(method="PUT") if "-run." in each.host]
    services = [each["metadata"] for each in given if each["kind"] == "Service"]
    assert [
        (each["name"], each["annotations"]["run.googleapis.com/ingress"]) for each in services
    ] == [("repair-serve-api", "internal"), ("repair-serve-api", "all")]
    assert {path.rpartition("/")[2] for path in shell.google.resources} == {
        *("repair-serve-api", "manage", "doctor"),
    }


def test_a_new_version_of_a_secret_is_named_wherever_it_is_read(shell: Shell) -> None:
    files = [path for path in (shell.clone / "deploy").iterdir() if path.is_file()]
    before = {path.name: path.read_text() for path in files}
    finished = shell.run(
        f"{block(RUNBOOK, holding='name_version()')}\nname_version database-url 12"
    )
    assert finished.returncode == 0, finished.stderr
    after = {name: (shell.clone / "deploy" / name).read_text() for name in sorted(before)}
    old, new = (f'{{name: database-url, key: "{version}"}}' for version in (1, 12))
    assert after == {name: text.replace(old, new) for name, text in before.items()}
    readers = [
        each for each in definitions() if each.secrets["DATABASE_URL"].name == "database-url"
    ]
    assert [name for name in after if after[name] != before[name]] == sorted(
        f"{each.name}.yaml" for each in readers
    )
