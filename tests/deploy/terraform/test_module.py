"""The module is valid for the google provider, and refuses what would go wrong."""

import json
import os
import subprocess
from typing import Any

import pytest

from tests.deploy.terraform import planned
from tests.deploy.terraform.facts import Facts
from tests.deploy.terraform.module import CERTIFICATE, EVERYTHING, FRONT, IMAGE, Module
from tests.programs import DEPLOY_ENVIRONMENT

pytestmark = pytest.mark.needs("terraform")


@pytest.mark.parametrize("root", [".", "example"])
def test_it_is_valid(module: Module, root: str) -> None:
    said = module.validate(root)
    assert said.status == 0, said.words


def test_it_is_written_as_terraform_writes(module: Module) -> None:
    said = module.terraform("fmt", "-check", "-recursive")
    assert (said.status, said.words) == (0, "")


WRONG = {
    "a misspelt argument": ("queue.tf", "max_attempts ", "max_atempts ", "Unsupported argument"),
    "a misspelt block": ("queue.tf", "retry_config {", "retry {", "Unsupported block type"),
    "a missing argument": (
        "registry.tf",
        'repository_id = "visn"\n',
        "\n",
        "Missing required argument",
    ),
    "a missing block": (
        "secrets.tf",
        "replication {\n    auto {}\n  }",
        "",
        "Insufficient replication blocks",
    ),
    "two blocks for one": (
        "queue.tf",
        "rate_limits {",
        "rate_limits {}\n  rate_limits {",
        "Too many rate_limits blocks",
    ),
    "a reference to nothing": (
        "queue.tf",
        "google_cloud_tasks_queue.this.name",
        "google_cloud_tasks_queue.that.name",
        "Reference to undeclared resource",
    ),
    "a value that it never has": (
        "queue.tf",
        "google_cloud_tasks_queue.this.name",
        "google_cloud_tasks_queue.this.title",
        "Unsupported attribute",
    ),
    "what only the provider says": (
        "registry.tf",
        'format        = "DOCKER"',
        'format        = "DOCKER"\n  create_time   = "today"',
        "create_time is what the provider says",
    ),
    "no such resource": (
        "registry.tf",
        '"google_artifact_registry_repository"',
        '"google_artifact_repository"',
        "Invalid resource type",
    ),
    "a number that is none": ("queue.tf", "max_doublings = 8", 'max_doublings = "many"', "number"),
    "a word that is none": (
        "firestore.tf",
        '"DELETE_PROTECTION_ENABLED"',
        '"PROTECTED"',
        "delete_protection_state is PROTECTED, and may be",
    ),
    "a variable that is none": ("queue.tf", "var.region", "var.place", "undeclared input variable"),
}


@pytest.mark.parametrize(("file", "old", "new", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_seen(module: Module, file: str, old: str, new: str, words: str) -> None:
    module.change(file, old, new)
    said = module.validate()
    assert (said.status, words in said.words) == (1, True), said.words


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a tag": ({"image": IMAGE.partition("@")[0] + ":latest"}, "named by its digest"),
    "half a digest": ({"image": IMAGE[:-1]}, "named by its digest"),
    "the latest version": ({"secret_versions": {"secret-key": "latest"}}, "version is a number"),
    "a service that is none": ({"instances": {"sweeper": {}}}, "There are repair-serve-api"),
    "too few days": ({"keep_days": 29}, "from 30 on"),
    "an old database": ({"database_version": "POSTGRES_13"}, "from 14 on"),
    "a domain for tasks": ({"domains": {"queue-services": "q.visn.example"}}, "own address alone"),
    "half a domain": ({"domains": {"admin": "https://events"}}, "A domain is written as"),
    "a rate without a domain": ({"requests_per_minute": {"admin": 60}}, "with a domain"),
    "mutual TLS without a domain": ({"meta_client_ca": CERTIFICATE}, "needs a domain"),
    "a proxy without a domain": ({"admin_members": ["user:ada@visn.example"]}, "needs a domain"),
    "everybody": (FRONT | {"admin_members": ["allUsers"]}, "nobody is let in"),
    "an address that is none": ({"alert_emails": ["oncall"]}, "An address is written as"),
    "a channel that is none": ({"notification_channels": ["7"]}, "A channel is named as"),
    "a night of no hours": ({"channels_quiet": "at night"}, "Hours are written as"),
    "a morning of no hour": ({"channels_digest": "7:30"}, "An hour is written as"),
    "alerts to nobody": ({"alert_emails": []}, "Alerts have to reach somebody"),
    "no project": ({"project_id": "Visn"}, "no project's id"),
    "a zone": ({"region": "europe-west1-b"}, "no region"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_go_wrong_is_refused(module: Module, given: dict[str, Any], words: str) -> None:
    said = module.plan(**given)
    assert (said.status, words in said.words) == (1, True), said.words


def of(resources: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Returns resources of a kind by their name."""
    return {each["values"]["name"]: each["values"] for each in resources if each["type"] == kind}


def container(values: dict[str, Any]) -> dict[str, Any]:
    """Returns the container of a service or a job."""
    [template] = values["template"]
    [found] = (template if "containers" in template else template["template"][0])["containers"]
    assert isinstance(found, dict)
    return found


def environment(values: dict[str, Any]) -> dict[str, str]:
    """Returns what a process is given: values, and versions of secrets; what is known later not."""
    return {
        each["name"]: each["value"]
        if each["value"] is not None
        else each["value_source"][0]["secret_key_ref"][0]["version"]
        for each in container(values)["env"]
        if "value" in each
    }


def test_without_an_image_nothing_runs_yet(module: Module) -> None:
    kinds = {each["type"] for each in module.planned(image=None)}
    assert not {kind for kind in kinds if "run_v2" in kind or "scheduler" in kind}
    assert kinds >= {"google_secret_manager_secret", "google_artifact_registry_repository"}


def test_a_next_image_is_first_run_by_the_jobs_of_a_release(module: Module) -> None:
    next_image = IMAGE.replace("3d1b", "4e2c")
    made = module.planned(next_image=next_image)
    every = of(made, "google_cloud_run_v2_job") | of(made, "google_cloud_run_v2_service")
    images = {name: container(each)["image"] for name, each in every.items()}
    assert {name for name, image in images.items() if image == next_image} == {"migrate", "manage"}
    assert set(images.values()) == {IMAGE, next_image}


def test_what_can_be_chosen_is_done(module: Module) -> None:
    made = module.planned(**EVERYTHING)
    services, jobs = of(made, "google_cloud_run_v2_service"), of(made, "google_cloud_run_v2_job")
    api = environment(services["repair-serve-api"])
    assert (api["WHATSAPP_APP_SECRET"], api["WHATSAPP_APP_SECRET_PREVIOUS"]) == ("2", "1")
    assert environment(jobs["doctor"])["WHATSAPP_APP_SECRET"] == "2"
    assert container(jobs["retention"])["args"] == ["prune_ledger", "--days=90"]
    [queue] = of(made, "google_cloud_tasks_queue").values()
    assert queue["rate_limits"][0]["max_concurrent_dispatches"] == 96
    assert services["queue-services"]["template"][0]["scaling"][0]["max_instance_count"] == 3
    [ledger] = of(made, "google_sql_database_instance").values()
    [backups] = ledger["settings"][0]["backup_configuration"]
    assert (backups["enabled"], backups["point_in_time_recovery_enabled"]) == (True, True)
    assert backups["backup_retention_settings"][0]["retained_backups"] == 90
    databases = of(made, "google_firestore_database")
    assert {each["deletion_policy"] for each in databases.values()} == {"ABANDON"}
    assert set(databases) == {"(default)", "ancillary"}


def test_a_domain_is_reached_by_a_load_balancer_alone(module: Module) -> None:
    made = module.planned(**EVERYTHING)
    services = of(made, "google_cloud_run_v2_service")
    assert {name: each["ingress"] for name, each in services.items()} == {
        "admin": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "repair-serve-api": "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
        "repair-serve-callable": "INGRESS_TRAFFIC_ALL",
        "queue-services": "INGRESS_TRAFFIC_INTERNAL_ONLY",
    }
    hosts = environment(services["repair-serve-api"])["ALLOWED_HOSTS"].split(",")
    assert hosts[0] == "hooks.visn.example"
    assert hosts[1].endswith(".run.app")
    doctor = of(made, "google_cloud_run_v2_job")["doctor"]
    assert environment(doctor)["ALLOWED_HOSTS"].split(",") == hosts
    assert environment(services["admin"])["TRUSTED_PROXIES"] == "2"


def test_mutual_tls_binds_meta_and_not_the_people(module: Module) -> None:
    made = module.planned(**EVERYTHING)
    [policy] = of(made, "google_network_security_server_tls_policy").values()
    assert policy["mtls_policy"][0]["client_validation_mode"] == "REJECT_INVALID"
    backends = of(made, "google_compute_backend_service")
    assert backends["visn-admin"]["iap"][0]["enabled"] is True
    assert not backends["visn-repair-serve-api"]["iap"]
    changes = json.loads(module.terraform("show", "-json", "plan").words)["resource_changes"]
    known_later = {
        each["index"]: each["change"]["after_unknown"].get("server_tls_policy", False)
        for each in changes
        if each["type"] == "google_compute_target_https_proxy"
    }
    assert known_later == {"repair-serve-api": True, "admin": False}


def test_whom_the_proxy_logs_in_is_told_to_the_admin_alone(module: Module) -> None:
    made = module.planned(**EVERYTHING)
    services = of(made, "google_cloud_run_v2_service")
    given = environment(services["admin"])["IAP_GROUPS"].split(",")
    assert given == [
        "@visn.example=Support",
        "ann@visn.example=On-call",
        "ann@visn.example=Support",
    ]
    without = of(module.planned(**FRONT), "google_cloud_run_v2_service")["admin"]
    assert {environment(without)[f"IAP_{name}"] for name in ("AUDIENCE", "GROUPS")} == {""}
    # The audience has the number of the backend service, which is known once there is one.
    assert "IAP_AUDIENCE" not in environment(services["admin"])


def test_channels_are_a_secret_of_whoever_tells_people(module: Module, made: Facts) -> None:
    resources = module.planned(
        **FRONT,
        channels=True,
        channels_quiet="22:00-07:00 Europe/London",
        channels_digest="07:30 Europe/Amsterdam",
        secret_versions={"channels": "2"},
    )
    facts = planned.facts(resources)
    assert facts.secrets - made.secrets == {"channels"}
    reader = ("secrets channels", "roles/secretmanager.secretAccessor", "queue-services", "")
    assert facts.grants - made.grants == {reader}
    jobs = of(resources, "google_cloud_run_v2_job")
    every = jobs | of(resources, "google_cloud_run_v2_service")
    told = {name: environment(each) for name, each in every.items()}
    told = {name: each for name, each in told.items() if "CHANNELS" in each}
    assert told.keys() == {"queue-services", "manage"}
    for each in told.values():
        assert each["CHANNELS"] == "2"
        assert each["CHANNELS_QUIET"] == "22:00-07:00 Europe/London"
        assert each["CHANNELS_DIGEST"] == "07:30 Europe/Amsterdam"
        assert each["ADMIN_URL"] == "https://events.visn.example/admin/"


def checked(module: Module) -> dict[str, Any]:
    """Returns what checkov says of the module."""
    finished = subprocess.run(
        [
            *(DEPLOY_ENVIRONMENT / "bin" / "checkov", "--directory", module.folder),
            *("--framework", "terraform", "--output", "json", "--skip-download"),
        ],
        env=os.environ | {"BC_SKIP_MAPPING": "TRUE"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found: dict[str, Any] = json.loads(finished.stdout)["results"]
    return found


def test_a_check_of_settings_finds_nothing(module: Module) -> None:
    """What it may not find is named in the module, each with the reason."""
    found = checked(module)
    assert [each["check_id"] for each in found["failed_checks"]] == []
    assert len(found["passed_checks"]) >= 20
    assert any(
        "google_sql_database_instance" in each["resource"] for each in found["passed_checks"]
    )
    reasons = [each["check_result"]["suppress_comment"] for each in found["skipped_checks"]]
    assert all(len(reason) > 15 for reason in reasons)


def test_a_check_of_settings_finds_what_is_dangerous(module: Module) -> None:
    module.change(
        "database.tf",
        "ipv4_enabled = true",
        'ipv4_enabled = true\n      authorized_networks {\n        value = "0.0.0.0/0"\n      }',
    )
    module.change("front.tf", '"TLS_1_2"', '"TLS_1_0"')
    failed = {each["check_id"] for each in checked(module)["failed_checks"]}
    assert failed == {"CKV_GCP_11", "CKV_GCP_4"}
