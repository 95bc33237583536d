"""The production settings, loaded by processes with the environment of a deployment."""

import sys

import pytest

from tests.production import ENVIRONMENT, run
from visn_whatsapp.roles import REQUIRED, required

LOAD = [sys.executable, "-c", "import visn_whatsapp.settings.production as p; print(p.DEPLOYED)"]

CALLABLE_URL = "https://callable.visn.example/callable/whatsapp/events"


def complaint(**changes: str | None) -> str:
    """Returns what a process says that does not start, from the exception on."""
    finished = run(LOAD, changes)
    assert finished.returncode == 1
    _, _, message = finished.stderr.partition("ImproperlyConfigured: ")
    return message


def test_a_complete_environment_loads() -> None:
    finished = run(LOAD)
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "True\n", "")


@pytest.mark.parametrize("service", REQUIRED)
def test_each_service_loads_with_what_it_needs_alone(service: str) -> None:
    needed = {"DJANGO_SETTINGS_MODULE", *required([service])}
    changes = {name: None for name in ENVIRONMENT if name not in needed} | {
        "SERVICES": service,
        "CALLABLE_URL": CALLABLE_URL,
    }
    assert run(LOAD, changes).stderr == ""


@pytest.mark.parametrize("service", REQUIRED)
def test_each_service_passes_the_checks_of_its_commands(service: str) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"]
    finished = run(command, {"SERVICES": service, "CALLABLE_URL": CALLABLE_URL})
    assert (finished.returncode, finished.stderr) == (0, "")


def test_a_task_handler_with_a_domain_must_say_on_cloud_run_what_it_lets_in() -> None:
    for variable in ("K_SERVICE", "CLOUD_RUN_JOB"):
        assert "TASK_HANDLER_INGRESS. (visn_whatsapp.E017)" in complaint(**{variable: "sweeper"})
    finished = run(LOAD, {"K_SERVICE": "queue-services", "TASK_HANDLER_INGRESS": "all"})
    assert finished.stderr == ""


def test_a_list_may_have_spaces_after_its_commas() -> None:
    told = "import visn_whatsapp.settings.production as p; print(p.SERVICES, p.ALLOWED_HOSTS)"
    changes = {
        "SERVICES": "repair-serve-callable, admin",
        "ALLOWED_HOSTS": " a.example, b.example ,",
    }
    finished = run([sys.executable, "-c", told], changes)
    assert finished.stdout == "('repair-serve-callable', 'admin') ['a.example', 'b.example']\n"


def test_a_secret_that_begins_with_a_dollar_sign_names_no_other_variable() -> None:
    told = "import visn_whatsapp.settings.production as p; print(p.WHATSAPP_VERIFY_TOKEN)"
    token = "$SECRET_KEY-0123456789"
    finished = run([sys.executable, "-c", told], {"WHATSAPP_VERIFY_TOKEN": token})
    assert finished.stdout == f"{token}\n"


@pytest.mark.parametrize("password", ["se/cret", "se?cret"])
def test_an_odd_database_url_is_refused_without_a_word_of_its_password(password: str) -> None:
    finished = run(LOAD, {"DATABASE_URL": f"postgres://visn:{password}@db.visn.example:5432/visn"})
    assert finished.returncode == 1
    assert "ImproperlyConfigured: DATABASE_URL cannot be read." in finished.stderr
    assert "cret" not in finished.stderr


def test_what_is_no_database_url_is_refused() -> None:
    assert "DATABASE_URL must name a PostgreSQL database." in complaint(DATABASE_URL="visn")


def test_everything_that_is_missing_is_named_at_once() -> None:
    nothing = dict.fromkeys(ENVIRONMENT)
    message = complaint(**(nothing | {"SERVICES": ENVIRONMENT["SERVICES"]}))
    named = {name for name in ENVIRONMENT if name in message}
    defaults = {"DJANGO_SETTINGS_MODULE", "CSRF_TRUSTED_ORIGINS"}
    assert named == set(ENVIRONMENT) - defaults


def test_several_dangers_are_named_at_once() -> None:
    message = complaint(
        DEBUG="1",
        DATABASE_URL="sqlite:///db.sqlite3",
        TASKS_EMULATOR_HOST="127.0.0.1:8123",
        TOKEN_CERTS_URL="https://issuer.example/certs",
    )
    assert [line.rpartition(".")[2] for line in message.splitlines()[1:]] == [
        "E003)",
        "E004)",
        "E005)",
        "E006)",
    ]


def test_local_secrets_are_refused() -> None:
    message = complaint(WHATSAPP_APP_SECRET="insecure-local-app-secret-0123456789")
    assert "WHATSAPP_APP_SECRET too weak" in message
    assert "0123456789" not in message


def test_djangos_own_deployment_checks_are_clean() -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"]
    finished = run(command)
    assert (finished.returncode, finished.stderr) == (0, "")


def test_a_server_refuses_another_unsafe_settings_module() -> None:
    changes = {
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.build",
        "WHATSAPP_APP_SECRET": None,
    }
    finished = run([sys.executable, "-c", "import visn_whatsapp.wsgi"], changes)
    assert finished.returncode == 1
    assert "(visn_whatsapp.E002)" in finished.stderr
