"""The page from zero to the first message: its commands as they are written, and what it names."""

import base64
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from eventlog.kinds.change import WORDS
from tests import graph_api, production
from tests.deploy.definitions import DEPLOY, FILLED_IN_WITH, filled_in
from tests.deploy.document import DEPLOYMENT, ROOT, block, blocks, inline
from tests.deploy.google import Google
from tests.deploy.recorder import Asked, recording
from tests.deploy.shell import Shell
from tests.graph_api import ACCOUNT, APP_ID, APP_SECRET, PHONE_NUMBER_ID, GraphApi
from tests.test_log_lines import calls
from webhooks.outcomes import Reason

pytestmark = pytest.mark.needs("gcloud")

PAGE = ROOT / "docs" / "first-message.md"
HANDSHAKE = "hub.challenge"
CLOUD_RUN = {"jobs": "apis/run.googleapis.com/v1", "services": "apis/serving.knative.dev/v1"}
VARIABLES = {
    **FILLED_IN_WITH,
    "TOKEN": graph_api.TOKEN,
    "APP_SECRET": APP_SECRET,
    "VERIFY_TOKEN": "test_verify_token",
    "PIN": "123456",
    "CALLBACK": graph_api.CALLBACK,
}


@pytest.fixture
def meta() -> GraphApi:
    """Before anything was done: no account is told to the app, and the number is new."""
    found = GraphApi(told={ACCOUNT: {}})
    found.numbers[PHONE_NUMBER_ID]["status"] = "PENDING"
    return found


@pytest.fixture
def shell(tmp_path: Path, meta: GraphApi) -> Iterator[Shell]:
    """A shell that asks the recorder, at Google's and at Meta's."""
    google = Google()

    def answer(asked: Asked) -> tuple[int, Any]:
        if asked.host != "graph.facebook.com":
            return google(asked)
        query = {name: value for name, [value] in asked.query.items()}
        return meta.answer(asked.method, asked.path, query, asked.token, asked.body)

    (tmp_path / "clone").mkdir()
    with recording(tmp_path, answer) as recorder:
        yield Shell(folder=tmp_path, clone=tmp_path / "clone", recorder=recorder, google=google)


def test_what_is_asked_of_meta_does_what_the_page_says(shell: Shell, meta: GraphApi) -> None:
    pieces = [piece for piece in blocks(PAGE) if HANDSHAKE not in piece and "gcloud" not in piece]
    finished = shell.run("\n".join(pieces), VARIABLES)
    assert finished.returncode == 0, (finished.stderr, finished.stdout)
    answers = [
        json.loads(each) for each in re.findall(r"\{.*?\}(?=\{|$)", finished.stdout, re.DOTALL)
    ]
    numbers, registered, app, subscribed, apps, leads, overridden, lifted = answers
    assert [each["status"] for each in numbers["data"]] == ["PENDING"]
    assert [each["success"] for each in (registered, subscribed, overridden, lifted)] == [True] * 4
    assert app["data"][0]["fields"] == [{"name": "messages", "version": graph_api.VERSION}]
    assert [each["whatsapp_business_api_data"]["id"] for each in apps["data"]] == [APP_ID]
    assert leads["webhook_configuration"] == {"application": graph_api.CALLBACK}
    assert meta.numbers[PHONE_NUMBER_ID]["status"] == "CONNECTED"
    assert meta.told == {ACCOUNT: {APP_ID: ""}}
    override, none = shell.asked(method="POST")[-2:]
    assert override.body == {
        "webhook_configuration": {
            "override_callback_uri": graph_api.CALLBACK,
            "verify_token": "test_verify_token",
        }
    }
    assert none.body == {"webhook_configuration": {"override_callback_uri": ""}}


def test_a_refusal_of_metas_ends_the_command(shell: Shell) -> None:
    script = "\n".join(blocks(PAGE)[:3])
    finished = shell.run(script, VARIABLES | {"TOKEN": "ended"})
    assert finished.returncode == 22
    assert json.loads(finished.stdout)["error"]["code"] == 190


def test_the_token_is_in_no_list_of_processes(shell: Shell) -> None:
    """What a command is started with, everybody on the machine can read."""
    script = f"curl() {{ printf '%s\\n' \"$@\"; }}\n{block(PAGE, holding='graph()')}\ngraph x"
    finished = shell.run(script, VARIABLES)
    assert "https://graph.facebook.com/" in finished.stdout
    assert graph_api.TOKEN not in finished.stdout


def test_what_is_asked_of_google_reaches_it(shell: Shell) -> None:
    pieces = [block(PAGE, holding="execute doctor")]
    script = ["gcloud config set project visn-example", *inline(PAGE, beginning="gcloud "), *pieces]
    paths = {kind: f"/{of}/namespaces/visn-example/{kind}" for kind, of in CLOUD_RUN.items()}
    manifest = {"metadata": {"name": "doctor"}, "spec": {}, "status": {}}
    shell.google.resources[f"{paths['jobs']}/doctor"] = manifest
    shell.google.resources[paths["services"]] = {"items": []}
    finished = shell.run("\n".join(script), VARIABLES)
    assert finished.returncode == 0, finished.stderr
    [run] = [each for each in shell.asked(method="POST") if each.path.endswith("/doctor:run")]
    [override] = run.body["overrides"]["containerOverrides"]
    assert override["args"] == ["doctor", f"--webhook-url={graph_api.CALLBACK}"]


def test_the_doctor_is_given_a_token(shell: Shell) -> None:
    shutil.copytree(DEPLOY, shell.clone / "deploy")
    ids = block(PAGE, holding="APP_ID=")
    give = block(PAGE, holding="whatsapp-access-token")
    fill = block(DEPLOYMENT, holding="fill()")
    script = ["gcloud config set project visn-example", fill, ids, give]
    finished = shell.run("\n".join(script), VARIABLES)
    assert finished.returncode == 0, finished.stderr
    [added] = [each for each in shell.asked() if each.path.endswith(":addVersion")]
    assert base64.urlsafe_b64decode(added.body["payload"]["data"]).decode() == graph_api.TOKEN
    reader = "serviceAccount:repair-serve-api@visn-example.iam.gserviceaccount.com"
    assert {"role": "roles/secretmanager.secretAccessor", "members": [reader]} in [
        binding
        for each in shell.asked(method="POST")
        if each.path.endswith("whatsapp-access-token:setIamPolicy")
        for binding in each.body["policy"]["bindings"]
    ]
    [job] = [each for path, each in shell.google.resources.items() if path.endswith("/doctor")]
    now = {each["name"]: each for each in variables(job)}
    secret = now.pop("WHATSAPP_ACCESS_TOKEN")["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "whatsapp-access-token", "key": "1"}
    given = {name: now.pop(name)["value"] for name in ("WHATSAPP_APP_ID", "WHATSAPP_ACCOUNTS")}
    assert list(now.values()) == variables(yaml.safe_load(filled_in("doctor")))
    # A process takes them as they stand there.
    with_token = {**given, "WHATSAPP_ACCESS_TOKEN": graph_api.TOKEN}
    assert given == {"WHATSAPP_APP_ID": APP_ID, "WHATSAPP_ACCOUNTS": ACCOUNT}
    started = production.run([sys.executable, "-c", "import django; django.setup()"], with_token)
    assert started.returncode == 0, started.stderr


def variables(job: dict[str, Any]) -> list[dict[str, Any]]:
    """What a job's container is given."""
    [container] = job["spec"]["template"]["spec"]["template"]["spec"]["containers"]
    found: list[dict[str, Any]] = container["env"]
    return found


def test_the_handshake_by_hand_is_ours(shell: Shell, live_server: SimpleNamespace) -> None:
    here = {"CALLBACK": f"{live_server.url}/v1/webhooks/whatsapp/webhook"}
    script = block(PAGE, holding=HANDSHAKE)
    finished = shell.run(script, VARIABLES | here)
    assert (finished.returncode, finished.stdout) == (0, "1158201444"), finished.stderr
    refused = shell.run(script, VARIABLES | here | {"VERIFY_TOKEN": "another"})
    assert (refused.returncode, refused.stdout) == (22, "")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    [section] = re.findall(
        rf"^#+ {heading}.*?\n(.*?)(?=^#|\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    return [line.split(" | ") for line in lines[1:]]


def test_the_page_has_a_word_for_each_field_that_we_know() -> None:
    named = [name for first, *_ in rows("Which fields") for name in re.findall(r"`(\w+)`", first)]
    withdrawn = {"template_correct_category_detection"}
    assert sorted(named) == sorted({*WORDS, "messages"} | withdrawn)


def test_what_it_tells_people_to_look_for_is_there() -> None:
    cells = " ".join(" ".join(row) for row in rows("Nothing arrives"))
    quoted = re.findall(r"`([A-Z][a-z ][^`]*\.)`", cells)
    assert len(quoted) >= 3
    written = {call.sentence() for call in calls()}
    assert [words for words in quoted if words not in written] == []
    reasons = set(re.findall(r"`([a-z_]+)`", cells)) & {reason.value for reason in Reason}
    assert reasons >= {"no_active_tracking", "no_person", "unsupported_field", "unsupported_type"}
    places = re.findall(r"Steps? ((?:\d+(?:, | and )?)+)", cells)
    headings = set(re.findall(r"^## (\d+)\. ", PAGE.read_text(), re.MULTILINE))
    assert {number for each in places for number in re.findall(r"\d+", each)} <= headings


def test_one_version_of_the_graph_api_is_asked() -> None:
    assert set(re.findall(r"graph\.facebook\.com/(v[\d.]+)", PAGE.read_text())) == {
        graph_api.VERSION
    }
