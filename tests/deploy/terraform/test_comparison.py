"""Terraform makes what the shell's way makes, and nothing more."""

from dataclasses import fields

import pytest

from tests.deploy.definitions import NAMES, filled_in
from tests.deploy.terraform import planned
from tests.deploy.terraform.facts import Facts
from tests.deploy.terraform.guide import definition
from tests.deploy.terraform.module import Module

pytestmark = pytest.mark.needs("terraform")

KINDS = [each.name for each in fields(Facts)]


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_make_the_same(guide: Facts, made: Facts, kind: str) -> None:
    assert getattr(made, kind)
    assert getattr(made, kind) == getattr(guide, kind)


def test_every_definition_is_among_them(made: Facts) -> None:
    assert sorted(made.processes) == NAMES


# What is broken (file, old words, new words), and what of it is seen.
BROKEN = {
    "a role more": (
        (
            "queue.tf",
            '["cloudtasks.viewer", "cloudtasks.taskDeleter"]',
            '["cloudtasks.viewer", "cloudtasks.taskDeleter", "cloudtasks.queueAdmin"]',
        ),
        "grants",
    ),
    "a role for another": (
        (
            "accounts.tf",
            'enqueuers = toset(["repair-serve-callable", ',
            'enqueuers = toset(["repair-serve-api", "repair-serve-callable", ',
        ),
        "grants",
    ),
    "a role without its condition": (
        ("accounts.tf", 'databases/${each.value.database}\\""', '\\" || true"'),
        "grants",
    ),
    "a limit that differs": (("queue.tf", "max_attempts  = 12", "max_attempts  = 100"), "queues"),
    "a schedule that differs": (("jobs.tf", "30 2 * * *", "30 3 * * *"), "schedules"),
    "a chore that anybody's token starts": (
        ("jobs.tf", "audience              = local.handler.CHORES_AUDIENCE\n", ""),
        "schedules",
    ),
    "an interface that is missing": (("apis.tf", '"cloudscheduler", ', ""), "interfaces"),
    "another place of the image": (("registry.tf", '"visn"', '"images"'), "repositories"),
    "a probe that waits longer": (
        ("service/main.tf", "local.container.startupProbe.timeoutSeconds", "10"),
        "processes",
    ),
    "a limit of memory": (
        ("service/main.tf", "local.container.resources.limits", '{ cpu = "2", memory = "1Gi" }'),
        "processes",
    ),
    "Cloud Run's own check of callers": (
        (
            "service/main.tf",
            'tobool(local.service["run.googleapis.com/invoker-iam-disabled"])',
            "false",
        ),
        "processes",
    ),
    "an ingress": (
        ("service/main.tf", '= "INGRESS_TRAFFIC_INTERNAL_ONLY"', '= "INGRESS_TRAFFIC_ALL"'),
        "processes",
    ),
    "a variable that is left out": (
        (
            "job/main.tf",
            "for_each = local.container.env\n",
            'for_each = [for each in local.container.env : each if each.name != "TASKS_QUEUE"]\n',
        ),
        "processes",
    ),
    "something that no definition says": (
        ("service/main.tf", "cpu_idle = true", "cpu_idle = false"),
        "processes",
    ),
    "a job that is tried again": (("job/main.tf", "local.pod.maxRetries", "3"), "processes"),
    "the latest version of a secret": (
        ("service/main.tf", "value_source.value.key)", '"latest")'),
        "processes",
    ),
    "an index of the collection alone": (
        ("firestore.tf", "query_scope  = indexes.value.queryScope", 'query_scope  = "COLLECTION"'),
        "fields",
    ),
    "an exemption that is none": (
        (
            "firestore.tf",
            "each.fieldPath => each }",
            'each.fieldPath => each if each.fieldPath != "errors" }',
        ),
        "fields",
    ),
    "a secret that one more may read": (
        (
            "secrets.tf",
            "for secret in secrets : ",
            'for secret in setunion(secrets, ["database-url"]) : ',
        ),
        "grants",
    ),
}


@pytest.mark.parametrize(("change", "kind"), BROKEN.values(), ids=BROKEN)
def test_what_differs_is_seen(
    module: Module, guide: Facts, change: tuple[str, str, str], kind: str
) -> None:
    module.change(*change)
    made = planned.facts(module.planned(monitoring=False))
    differing = [name for name in KINDS if getattr(made, name) != getattr(guide, name)]
    assert differing == [kind, "watched"]  # what watches is broken in test_watched.py


def test_what_a_definition_says_and_the_module_does_not_know_is_seen(module: Module) -> None:
    """Such as a readiness probe: the shell's way would deploy it, Terraform would not."""
    before = "          env:\n"
    probe = "          readinessProbe: {httpGet: {path: /health/ready}}\n"
    module.change("../admin.yaml", before, probe + before)
    made = planned.facts(module.planned()).processes["admin"]
    written = definition(filled_in("admin").replace(before, probe + before))
    place = "spec/template/spec/containers/0/readinessProbe/httpGet/path"
    assert written.items() - made.items() == {(place, "/health/ready")}
