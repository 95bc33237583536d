"""What `deploy/monitoring/` says, held to Google's types, to our definitions and documents."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud.logging_v2.types import LogMetric
from google.cloud.monitoring_dashboard_v1 import Dashboard
from google.cloud.monitoring_v3 import (
    AlertPolicy,
    NotificationChannel,
    Service,
    ServiceLevelObjective,
    UptimeCheckConfig,
)
from google.protobuf import json_format

from tests.deploy.definitions import DEPLOY, FILLED_IN_WITH, definition, definitions
from tests.deploy.document import DEPLOYMENT, RUNBOOK, block
from tests.deploy.monitoring import (
    ALERTS,
    FILES,
    LATER,
    METRICS,
    MONITORING,
    UPTIMES,
    alert,
    fill,
    metric,
    read,
    strings,
)
from tests.test_documents import anchor_of

TYPES: dict[str, Any] = {
    "metrics": LogMetric,
    "alerts": AlertPolicy,
    "uptime": UptimeCheckConfig,
    "channel.json": NotificationChannel,
    "service.json": Service,
    "slo.json": ServiceLevelObjective,
    "dashboard.json": Dashboard,
}
OWN_METRIC = re.compile(r'metric\.type="logging\.googleapis\.com/user/(\w+)"')
GOOGLES_METRIC = re.compile(
    r'metric\.type="((?:run|cloudtasks|monitoring)\.googleapis\.com/[\w/]+)"'
)
# Of each of Google's metrics: its kind of resource, and the labels that it has.
# https://cloud.google.com/monitoring/api/metrics_gcp
GOOGLES = {
    "run.googleapis.com/request_count": ("cloud_run_revision", {"response_code_class"}),
    "run.googleapis.com/job/completed_execution_count": ("cloud_run_job", {"result"}),
    "cloudtasks.googleapis.com/queue/depth": ("cloud_tasks_queue", set()),
    "monitoring.googleapis.com/uptime_check/check_passed": ("uptime_url", {"check_id"}),
}
LONGEST_FILTER = 2048
# Another language than that of the log's filters: https://cloud.google.com/monitoring/api/v3/filters
MONITORING_TERM = re.compile(r'[\w.]+=(?:"[^"]*"|one_of\("[^"]*"(?:, "[^"]*")*\))')
SHORTEST_ABSENCE, LONGEST_ABSENCE = 120, 84_600  # seconds: 23 and a half hours


def conditions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields each condition of each alert, without what says of which kind it is."""
    for name in ALERTS:
        for condition in alert(name)["conditions"]:
            yield from ((name, each) for each in condition.values() if isinstance(each, dict))


def metric_filters() -> list[str]:
    """Returns every filter of metrics, of alerts, objective and dashboard."""
    every = [words for path in FILES for words in strings(read(path))]
    return [words for words in every if words.startswith("metric.type=")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_of_googles_type_and_holds_nothing_else(path: Path) -> None:
    kind = TYPES[path.relative_to(MONITORING).parts[0]]
    json_format.ParseDict(read(path), kind.pb(kind()), ignore_unknown_fields=False)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_named_like_its_file(name: str) -> None:
    assert metric(name)["name"] == name
    distribution = metric(name)["metricDescriptor"]["valueType"] == "DISTRIBUTION"
    assert ("valueExtractor" in metric(name), "bucketOptions" in metric(name)) == (
        distribution,
        distribution,
    )
    labels = {each["key"] for each in metric(name)["metricDescriptor"].get("labels", ())}
    assert labels == metric(name).get("labelExtractors", {}).keys()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_what_to_do_and_to_whom(name: str) -> None:
    found = alert(name)
    assert found["severity"] in {"CRITICAL", "ERROR", "WARNING"}
    assert found["notificationChannels"] == ["<CHANNEL>"]
    words = found["documentation"]["content"]
    [anchor] = re.findall(r"docs/runbook\.md#([\w-]+)$", words)
    headings = re.findall(r"^#+ (.+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert anchor in map(anchor_of, headings)
    assert found["displayName"] == f"visn-whatsapp: {found['documentation']['subject']}"


def test_no_two_alerts_have_one_name() -> None:
    assert len({alert(name)["displayName"] for name in ALERTS}) == len(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_on_a_log_line_has_one_condition_and_a_limit(name: str) -> None:
    """https://cloud.google.com/logging/docs/alerting/log-based-alerts."""
    matched = ["conditionMatchedLog" in each for each in alert(name)["conditions"]]
    assert matched == [True] or not any(matched)
    assert ("notificationRateLimit" in alert(name)["alertStrategy"]) == any(matched)
    assert alert(name)["combiner"] in ({"OR"} if any(matched) else {"OR", "AND"})


def test_what_is_absent_is_missed_for_as_long_as_google_takes() -> None:
    absences = [
        int(each["duration"].removesuffix("s"))
        for _, each in conditions()
        if "comparison" not in each and "duration" in each
    ]
    assert len(absences) == 3
    zeros = [each for _, each in conditions() if each.get("comparison") == "COMPARISON_LT"]
    assert len(zeros) == len(absences)  # nothing counted is no point, or a zero
    for seconds in absences:
        assert SHORTEST_ABSENCE <= seconds <= LONGEST_ABSENCE
        assert seconds % 60 == 0


def test_every_metric_of_ours_is_defined_and_looked_at() -> None:
    named = {name for words in metric_filters() for name in OWN_METRIC.findall(words)}
    assert named == {*METRICS}


@pytest.mark.parametrize("words", sorted(set(metric_filters())))
def test_a_filter_of_metrics_names_what_there_is(words: str) -> None:
    assert len(words) <= LONGEST_FILTER
    assert all(MONITORING_TERM.fullmatch(term) for term in words.split(" AND "))
    [resource] = re.findall(r'resource\.type="(\w+)"', words)
    labels = set(re.findall(r"metric\.labels\.(\w+)=", words))
    if own := OWN_METRIC.search(words):
        made = metric(own[1])
        assert f'resource.type="{resource}"' in made["filter"]
        assert labels <= made.get("labelExtractors", {}).keys()
        return
    [googles] = GOOGLES_METRIC.findall(words)
    expected, known = GOOGLES[googles]
    assert resource == expected
    assert labels <= known


NAMED = re.compile(r'resource\.labels\.(\w+)=(?:"([^"]*)"|(?:one_of)?\(([^)]*)\))')


def test_what_a_filter_is_about_it_names_by_its_definition() -> None:
    """Never by a name of its own, which a definition might change."""
    named = {
        "service_name": {f"<{each.name}>" for each in definitions("Service")},
        "job_name": {f"<{each.name}>" for each in definitions("Job")},
        "queue_id": {"<QUEUE>"},
        "host": {f"<{name}/host>" for name in UPTIMES},
    }
    seen = set()
    for words in (words for path in FILES for words in strings(json.loads(path.read_text()))):
        for label, one, some in NAMED.findall(words):
            found = {one} if one else set(re.findall(r'"([^"]*)"', some))
            assert found <= named[label]
            seen.add(label)
    assert seen == named.keys()


def test_nothing_is_left_to_be_filled_in_but_who_is_told() -> None:
    words = [words for path in FILES for words in strings(read(path))]
    assert {found for each in words for found in re.findall("<.*?>", each)} == LATER


def test_a_name_that_changes_in_a_definition_changes_wherever_it_is_watched(tmp_path: Path) -> None:
    deploy = shutil.copytree(DEPLOY, tmp_path / "deploy")
    changes = {
        "queue-services": ("name: queue-services", "name: tasks"),
        "accounted": ("name: accounted", "name: balance"),
        "repair-serve-api": ('value: "repair-serve-api-', 'value: "hooks.visn.example,repair-'),
    }
    for name, (old, new) in changes.items():
        path = deploy / f"{name}.yaml"
        path.write_text(path.read_text().replace(old, new, 1))
    for path in deploy.glob("*.yaml"):
        path.write_text(path.read_text().replace("whatsapp-messages-queue", "second-queue"))
    found = {words for each in fill(deploy).values() for words in strings(each)}
    named = {(label, one) for words in found for label, one, _ in NAMED.findall(words) if one}
    assert named == {
        *(("service_name", name) for name in ("tasks", "repair-serve-api")),
        *(("job_name", name) for name in ("balance", "reconcile")),
        *(("host", host) for host in ("hooks.visn.example", definition("admin").host)),
        ("queue_id", "second-queue"),
    }


@pytest.mark.parametrize("name", UPTIMES)
def test_a_check_from_outside_asks_what_strangers_may(name: str) -> None:
    check, service = read(MONITORING / "uptime" / f"{name}.json"), definition(name)
    assert service.ingress == "all"
    assert check["monitoredResource"]["labels"]["host"] == service.host
    assert check["httpCheck"]["path"] in service.probes
    about = [each["filter"] for _, each in conditions() if f'host="{service.host}"' in str(each)]
    assert len(about) == 1
    seconds = {"60s": 60, "300s": 300}[check["period"]]  # others Google has, 600 and 900
    assert int(check["timeout"].removesuffix("s")) < seconds


def test_the_objective_and_what_the_document_says_of_it() -> None:
    objective = read(MONITORING / "slo.json")
    text = DEPLOYMENT.read_text()
    days = int(objective["rollingPeriod"].removesuffix("s")) // 86_400
    assert f"of the minutes of {days} days" in text
    assert f"{100 * objective['goal']:g} % are such" in text
    assert f"at most {int(days * 24 * 60 * (1 - objective['goal']))} minutes" in text
    cut = objective["serviceLevelIndicator"]["requestBased"]["distributionCut"]
    assert f"within {cut['range']['max']} seconds of Meta's POST" in text
    [name] = OWN_METRIC.findall(cut["distributionFilter"])
    # What is no bound of a bucket can only be guessed at.
    assert cut["range"]["max"] in metric(name)["bucketOptions"]["explicitBuckets"]["bounds"]


def test_the_alerts_on_the_budget_are_about_the_objective_that_is_made() -> None:
    command = block(DEPLOYMENT, holding="serviceLevelObjectiveId")
    [service] = re.findall(r"serviceId=([\w-]+)", command)
    [objective] = re.findall(r"serviceLevelObjectiveId=([\w-]+)", command)
    place = f"projects/{FILLED_IN_WITH['PROJECT']}/services/{service}"
    name = f"{place}/serviceLevelObjectives/{objective}"
    burning = [each for _, each in conditions() if "select_slo" in each.get("filter", "")]
    assert {each["filter"].partition("(")[2].split('"')[1] for each in burning} == {name}
    budgets = [words for words in strings(read(MONITORING / "dashboard.json")) if "slo" in words]
    assert budgets == [f'select_slo_budget_fraction("{name}")']
    for alert_name, periods in {
        "documents-late-fast": ["3600s", "300s"],
        "documents-late-slow": ["21600s", "1800s"],
    }.items():
        found = alert(alert_name)
        assert found["combiner"] == "AND"
        filters = [each["conditionThreshold"]["filter"] for each in found["conditions"]]
        assert [words.split('"')[3] for words in filters] == periods
