"""What watches the services is made by the module as it is by the guide, and cannot be blind."""

import json

import pytest

from tests.deploy.monitoring import fill
from tests.deploy.terraform import planned
from tests.deploy.terraform.facts import Facts, leaves
from tests.deploy.terraform.module import EVERYTHING, Module
from tests.deploy.terraform.watched import CHANNEL, Said

pytestmark = pytest.mark.needs("terraform")


def test_what_differs_is_seen(module: Module, guide: Facts) -> None:
    """All of it at once: each is seen where it is, and nothing else."""
    tf, alerts, metrics = "monitoring.tf", "../monitoring/alerts", "../monitoring/metrics"
    module.change(tf, "each.value.severity", '"WARNING"')
    module.change(tf, "goal                = local.watched.slo.goal", "goal = 0.9")
    module.change(tf, "bounds = bucket_options.value.explicitBuckets.bounds", "bounds = [1, 30]")
    module.change(tf, "try(aggregations.value.groupByFields, null)", "null")
    module.change(tf, 'service_id   = "visn-whatsapp"', 'service_id   = "whatsapp"')
    module.change(
        tf, "jsonencode(local.watched.dashboard)", 'jsonencode({ displayName = "visn-whatsapp" })'
    )
    module.change(f"{alerts}/queue-deep.json", "<QUEUE>", "another-queue")
    module.change(f"{metrics}/webhooks_refused.json", "<repair-serve-api>", "<admin>")
    module.change(
        f"{alerts}/bug.json",
        '"notificationChannels": [\n    "<CHANNEL>"',
        '"notificationChannels": [\n    "nobody"',
    )
    made = planned.facts(module.planned()).watched
    assert made.keys() ^ guide.watched.keys() == {"services whatsapp", "services visn-whatsapp"}
    seen = {
        (name.rpartition(": ")[2], place)
        for name in made.keys() & guide.watched.keys()
        for place, _ in made[name].items() ^ guide.watched[name].items()
        if not place.startswith("gridLayout")
    }
    bounds = {place for _, place in seen if place.startswith("bucketOptions")}
    assert bounds
    assert "gridLayout/columns" not in made["dashboards visn-whatsapp"]
    severities = {name for name, place in seen if place == "severity"}
    assert "The webhook answers with 5xx" in severities
    fields = {name for name, place in seen if place.endswith("groupByFields")}
    assert fields == {
        *("Requests are put off", "A job fails"),
        *("The webhook is not reached from outside", "The event log is not reached from outside"),
    }
    assert {
        each
        for each in seen
        if each[1] not in {"severity", *bounds} and not each[1].endswith("groupByFields")
    } == {
        ("serviceLevelObjectives documents-in-time", "goal"),
        ("The queue is deep", "conditions/conditionThreshold/filter"),
        ("metrics webhooks_refused", "filter"),
        ("A bug of ours", "notificationChannels"),
    }


def test_an_alert_that_would_be_blind_or_tell_nobody_is_refused(module: Module) -> None:
    (module.deploy / "monitoring" / "metrics" / "overdue_minutes.json").unlink()
    module.change("../monitoring/alerts/bug.json", '"<CHANNEL>"', "")
    said = module.plan()
    assert said.status == 1
    for words in (
        "The alert nobody-sees-to-events looks at a metric that no file of metrics/ makes.",
        "The alert bug tells nobody: its file names <CHANNEL>.",
    ):
        assert said.words.count(words) == 1, said.words


def test_a_name_that_nothing_has_is_refused(module: Module) -> None:
    names = {
        "alerts/queue-deep": ("<QUEUE>", "<QUEUE-2>"),
        "metrics/ledger_standing": ("<queue-services>", "<tasks>"),
        "uptime/admin": ("<admin/host>", "<admin/url>"),
    }
    for place, (old, new) in names.items():
        module.change(f"../monitoring/{place}.json", old, new)
    said = module.plan()
    assert said.status == 1
    found = [f"{new} in {place}.json" for place, (_, new) in names.items()]
    assert f"a filter would match nothing: {', '.join(found)}." in said.words, said.words


def test_what_is_called_otherwise_is_watched_by_its_name_in_both_ways(module: Module) -> None:
    module.change("../queue-services.yaml", "name: queue-services", "name: tasks")
    module.change("../reconcile.yaml", "name: reconcile", "name: comparison")
    module.change("../admin.yaml", 'value: "admin-', 'value: "events.visn.example,admin-')
    for path in module.deploy.glob("*.yaml"):
        path.write_text(path.read_text().replace("whatsapp-messages-queue", "second-queue"))
    made = planned.facts(module.planned()).watched.values()
    filters = {words for said in made for words in _filters(said)}
    assert filters == {
        words for file in fill(module.deploy).values() for words in _filters(dict(leaves(file)))
    }
    for named in (
        'queue_id="second-queue"',
        'service_name="tasks"',
        'job_name="comparison"',
        'host="events.visn.example"',
    ):
        assert any(named in words for words in filters), named


def _filters(said: Said) -> list[str]:
    return [words for place, words in said.items() if place.lower().endswith("filter")]


def test_what_an_alert_looks_at_is_made_before_it(module: Module) -> None:
    module.planned()
    shown = json.loads(module.terraform("show", "-json", "plan").words)
    written = shown["configuration"]["root_module"]["resources"]
    before = {each["address"]: set(each.get("depends_on", ())) for each in written}
    metric = "google_logging_metric.this"
    checked = {"google_monitoring_slo.this", "google_monitoring_uptime_check_config.this"}
    assert before["google_monitoring_alert_policy.this"] >= {metric, *checked}
    assert metric in before["google_monitoring_slo.this"]
    assert "module.admin" in before["google_monitoring_uptime_check_config.this"]


def test_a_team_with_its_own_has_nothing_of_this(module: Module) -> None:
    made = module.planned(monitoring=False, alert_emails=[])
    assert planned.facts(made).watched == {}


def test_before_there_is_an_image_metrics_wait_for_it(module: Module) -> None:
    """A new metric may be unknown for minutes, and alerts on what does not run would be told."""
    made = planned.facts(module.planned(image=None)).watched
    kinds = {name.partition(" ")[0] for name in made}
    assert kinds == {"metrics", "notificationChannels"}


def test_what_stands_in_front_decides_what_is_seen_from_outside(module: Module) -> None:
    domains = {"repair-serve-api": "hooks.visn.example", "admin": "events.visn.example"}
    pager = "projects/visn-example/notificationChannels/7"
    made = module.planned(domains=domains, notification_channels=[pager])
    found = planned.facts(made).watched
    hosts = {said.get("monitoredResource/labels/host") for said in found.values()} - {None}
    assert hosts == set(domains.values())
    alerts = [said for name, said in found.items() if name.startswith("alertPolicies")]
    channels = {(said["notificationChannels"], said["notificationChannels/1"]) for said in alerts}
    assert channels == {(CHANNEL, pager)}


def test_a_check_that_cannot_come_in_is_left_out_with_its_alert(module: Module) -> None:
    whole = planned.facts(module.planned(**EVERYTHING)).watched
    assert not [name for name in whole if name.startswith("uptimeCheckConfigs")]
    assert not [name for name in whole if name.endswith("is not reached from outside")]
    assert "alertPolicies visn-whatsapp: The webhook answers with 5xx" in whole
