"""What holds for every test: which are left out on this machine, and which need a database."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.apps import apps
from django.db.backends.signals import connection_created
from django.db.migrations import RunPython
from django.db.models.signals import post_migrate
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from xdist.remote import Producer

from eventlog import migrations
from tests import official, passes
from tests.identity import IdentityProvider, running
from tests.only_transitions import watch
from tests.programs import PROGRAMS, Program
from tests.scheduling import Scheduling

pytest_plugins = ["tests.fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of the passes; without any of them everything runs."""
    for option, (name, words) in passes.OPTIONS.items():
        parser.addoption(option, action="store_const", const=name, dest="suite_pass", help=words)


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker for tests that need a program; watches over who changes events.

    And lets what tests start be interrupted.

    A shell starts jobs in the background with SIGINT ignored, and whatever they start inherits it.
    """
    config.addinivalue_line("markers", f"needs(*programs): needs one of {', '.join(PROGRAMS)}")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    connection_created.connect(watch)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves tests out: those of other passes if asked for one, those without their program."""
    if chosen := config.getoption("suite_pass"):
        runs = {item: chosen in passes.of(item) for item in items}
        config.hook.pytest_deselected(items=[item for item in items if not runs[item]])
        items[:] = [item for item in items if runs[item]]
    for item in items:
        for program in _missing(item):
            if not program.required:
                item.add_marker(pytest.mark.skip(reason=f"LEFT OUT: needs {program.name}"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a test whose program is missing though the run requires it."""
    for program in _missing(item):
        if program.required:
            pytest.fail(f"{program.flag} is set, but {program.name} was not found")


def _missing(item: pytest.Item) -> Iterable[Program]:
    for marker in item.iter_markers("needs"):
        yield from (PROGRAMS[name] for name in marker.args if PROGRAMS[name].find() is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Lets tests that share something costly share a worker."""
    return Scheduling(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Brings the groups of the migrations back whenever a test has emptied the database.

    Django sends its signal then too. So the order in which workers get their tests is free.
    """
    found = sorted(module.name for module in iter_modules(migrations.__path__))
    modules = [import_module(f"{migrations.__name__}.{name}") for name in found]
    operations = [each for module in modules for each in module.Migration.operations]
    steps: list[Callable[..., object]] = [
        each.code for each in operations if isinstance(each, RunPython)
    ]
    assert steps

    def bring_back(**_: object) -> None:
        for step in steps:
            step(apps, None)

    post_migrate.connect(bring_back, sender=apps.get_app_config("eventlog"))
    yield
    post_migrate.disconnect(bring_back, sender=apps.get_app_config("eventlog"))


@pytest.fixture(scope="session")
def live_server(django_db_setup: None, live_server: LiveServer) -> LiveServer:
    """A server that is started once the tests' database is there.

    Before that the settings name a database in memory, whose connections the test's thread and the
    server's would share: each would close them under the other.
    """
    return live_server


@pytest.fixture
def identity_provider(settings: Settings) -> Iterator[IdentityProvider]:
    """Issues the tokens that the settings believe, in Google's place."""
    with running(IdentityProvider()) as provider:
        settings.TOKEN_CERTS_URL = provider.certificates_url
        yield provider


@pytest.fixture(scope="session")
def official_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Google's Firestore emulator, as host:port: one for all workers of a run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    yield from official.running(folder / "official-emulator")
