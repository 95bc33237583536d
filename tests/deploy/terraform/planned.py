"""What Terraform would make, read from its plan, in the words of the definitions and of gcloud."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tests.deploy.terraform import watched
from tests.deploy.terraform.facts import Facts, Grant, Schedule, account, leaves, repository

Values = Mapping[str, Any]
GRANTS: dict[str, Callable[[Values], str]] = {
    "google_project_iam_member": lambda values: f"projects {values['project']}",
    "google_cloud_tasks_queue_iam_member": lambda values: f"queues {values['name']}",
    "google_secret_manager_secret_iam_member": lambda values: f"secrets {values['secret_id']}",
    "google_cloud_run_v2_job_iam_member": lambda values: f"jobs {values['name']}",
    "google_service_account_iam_member": lambda values: (
        f"service-accounts {account(values['service_account_id'].rpartition('/')[2])}"
    ),
}
INGRESS = {
    "INGRESS_TRAFFIC_ALL": "all",
    "INGRESS_TRAFFIC_INTERNAL_ONLY": "internal",
    "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER": "internal-and-cloud-load-balancing",
}
SERVICE = "google_cloud_run_v2_service"
JOB = "google_cloud_run_v2_job"
# A place in a resource → the same in a definition. `POD` is where the container is described.
PLACES = (
    (r"name", "metadata/name"),
    (r"ingress", "metadata/annotations/run.googleapis.com/ingress"),
    (r"invoker_iam_disabled", "metadata/annotations/run.googleapis.com/invoker-iam-disabled"),
    (r"POD/scaling/0/(min|max)_instance_count", r"REVISION/autoscaling.knative.dev/\1Scale"),
    (
        r"POD/volumes/0/cloud_sql_instance/0/instances/0",
        "REVISION/run.googleapis.com/cloudsql-instances",
    ),
    (r"POD/service_account", "POD/serviceAccountName"),
    (r"POD/timeout", "POD/timeoutSeconds"),
    (r"POD/max_instance_request_concurrency", "POD/containerConcurrency"),
    (r"POD/max_retries", "POD/maxRetries"),
    (r"template/0/task_count", "spec/template/spec/taskCount"),
    (r"POD/containers/0/(image|command/\d+|args/\d+)", r"POD/containers/0/\1"),
    (r"POD/containers/0/ports/0/container_port", "POD/containers/0/ports/0/containerPort"),
    (r"POD/containers/0/resources/0/limits/(\w+)", r"POD/containers/0/resources/limits/\1"),
    (r"POD/containers/0/env/(\d+)/(name|value)", r"POD/containers/0/env/\1/\2"),
    (
        r"POD/containers/0/env/(\d+)/value_source/0/secret_key_ref/0/secret",
        r"POD/containers/0/env/\1/valueFrom/secretKeyRef/name",
    ),
    (
        r"POD/containers/0/env/(\d+)/value_source/0/secret_key_ref/0/version",
        r"POD/containers/0/env/\1/valueFrom/secretKeyRef/key",
    ),
    (
        r"POD/containers/0/(startup|liveness)_probe/0/http_get/0/path",
        r"POD/containers/0/\1Probe/httpGet/path",
    ),
    (
        r"POD/containers/0/(startup|liveness)_probe/0/period_seconds",
        r"POD/containers/0/\1Probe/periodSeconds",
    ),
    (
        r"POD/containers/0/(startup|liveness)_probe/0/timeout_seconds",
        r"POD/containers/0/\1Probe/timeoutSeconds",
    ),
    (
        r"POD/containers/0/(startup|liveness)_probe/0/failure_threshold",
        r"POD/containers/0/\1Probe/failureThreshold",
    ),
)
# What only a resource says, since a definition means it without a word.
IMPLIED = {
    "location": "europe-west1",
    "project": "visn-example",
    "deletion_protection": "true",
    "POD/volumes/0/name": "cloudsql",
    "POD/containers/0/volume_mounts/0/name": "cloudsql",
    "POD/containers/0/volume_mounts/0/mount_path": "/cloudsql",
    "POD/containers/0/resources/0/cpu_idle": "true",
}
# Where POD is in a resource, in a definition, and where its revision's annotations are.
PODS = {
    SERVICE: ("template/0", "spec/template/spec", "spec/template/metadata/annotations"),
    JOB: (
        "template/0/template/0",
        "spec/template/spec/template/spec",
        "spec/template/metadata/annotations",
    ),
}
LIMITS = {
    "rate_limits": ("max_dispatches_per_second", "max_concurrent_dispatches"),
    "retry_config": ("max_attempts", "min_backoff", "max_backoff", "max_doublings"),
}


def facts(resources: Sequence[Mapping[str, Any]]) -> Facts:
    """Returns what these resources are."""

    def of(kind: str) -> list[Values]:
        return [each["values"] for each in resources if each["type"] == kind]

    return Facts(
        interfaces={each["service"] for each in of("google_project_service")},
        repositories={
            (each["repository_id"], each["format"].lower(), each["location"])
            for each in of("google_artifact_registry_repository")
        },
        accounts={each["account_id"] for each in of("google_service_account")},
        grants={_grant(kind, each) for kind in GRANTS for each in of(kind)},
        queues={each["name"]: dict(_limits(each)) for each in of("google_cloud_tasks_queue")},
        secrets={each["secret_id"] for each in of("google_secret_manager_secret")},
        schedules={each["name"]: _schedule(each) for each in of("google_cloud_scheduler_job")},
        fields={_field(each): sorted(_indexes(each)) for each in of("google_firestore_field")},
        processes={
            each["name"]: definition(kind, each) for kind in (SERVICE, JOB) for each in of(kind)
        },
        watched=dict(
            watched.planned(kind, each)
            for kind in (*watched.KINDS, watched.DASHBOARD)
            for each in of(kind)
        ),
    )


def _grant(kind: str, values: Values) -> Grant:
    conditions = [
        f"expression={each['expression']},title={each['title']}" for each in values["condition"]
    ]
    return GRANTS[kind](values), values["role"], account(values["member"]), "".join(conditions)


def _limits(values: Values) -> Iterator[tuple[str, str]]:
    for block, names in LIMITS.items():
        [limits] = values[block]
        for name in names:
            yield name.replace("_", "-"), str(limits[name]).rstrip("s")


def _schedule(values: Values) -> Schedule:
    [target] = values["http_target"]
    [token] = target["oauth_token"] or target["oidc_token"]
    assert (values["time_zone"], target["http_method"]) == ("Etc/UTC", "POST")
    return (
        values["schedule"],
        target["uri"],
        account(token["service_account_email"]),
        token.get("audience") or "",
        values["attempt_deadline"] or "",
    )


def _field(values: Values) -> str:
    return f"{values['database']}/{values['collection']}/{values['field']}"


def _indexes(values: Values) -> Iterator[str]:
    [config] = values["index_config"]  # without one, the field would have what every field has
    for each in config["indexes"]:
        yield f"{each['query_scope']} {each['order'] or each['array_config']}"


def definition(kind: str, values: Values) -> dict[str, str]:
    """Returns a service or a job as its definition would say it; fails for what none could say."""
    in_resource, in_definition, revision = PODS[kind]
    found = {}
    for place, value in leaves(values):
        short = re.sub(f"^{in_resource}/", "POD/", place)
        if IMPLIED.get(short) == value:
            continue
        [said] = [
            re.sub(f"^{pattern}$", words, short)
            for pattern, words in PLACES
            if re.fullmatch(pattern, short)
        ] or [f"nowhere in a definition: {place}"]
        found[said.replace("POD", in_definition).replace("REVISION", revision)] = _value(
            short, value
        )
    return found


def _value(place: str, value: str) -> str:
    if place == "ingress":
        return INGRESS[value]
    if place == "POD/timeout":
        return value.removesuffix("s")
    return repository(value) if place.endswith("/image") else value
