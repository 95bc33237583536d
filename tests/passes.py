"""The passes of the suite: in which of them a test runs, and what is left out of the others.

`make test` is two: on SQLite, and on PostgreSQL. `make next` is the third, on SQLite with the next
Django and a newer Python. A pass leaves out what it could only find again.
"""

from enum import StrEnum

import pytest

# So many tests at a time, one more than the cores of a small machine. Many a test waits for what is
# no work, such as a queue's next attempt, a limit or a process that starts: its core would as well.
WORKERS = ("-n", "3")

DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}


class Pass(StrEnum):
    """One run of the suite."""

    SQLITE = "sqlite"  # where a run on PostgreSQL follows; otherwise everything runs
    POSTGRESQL = "postgresql"  # what uses the database of the settings
    NEXT = "next"  # what stands on Django, with the next one


OPTIONS = {
    "--before-postgresql": (Pass.SQLITE, "leave out what a run on PostgreSQL has to tell"),
    "--only-database": (Pass.POSTGRESQL, "run only what another database may change"),
    "--only-django": (Pass.NEXT, "run only what another Django may change"),
}

# Of a ledger that is large: how a deployment's database reads it, and in how much memory. Plans are
# asked for on both.
ON_POSTGRESQL_ALONE = (
    "tests/eventlog/rereading/test_walk_memory.py",
    "tests/eventlog/test_retention_memory.py",
    "tests/scale/test_backlog.py",
    "tests/scale/test_histories.py",
    "tests/scale/test_large_ledger.py",
    "tests/scale/test_looks.py",
)

# What a browser shows of a page does not depend on where its rows were read.
NOT_AGAIN_ON_POSTGRESQL = ("tests/browser/",)

# Neither Django nor Python's version decides what these find, or the first two passes have to.
NOT_WITH_THE_NEXT = (
    # Whole stacks of processes, which are killed, timed or measured. That all services start and
    # serve with the next Django is told by tests/sandbox/stack/.
    "tests/benchmarks/",
    "tests/eventlog/rereading/test_walk_memory.py",
    "tests/eventlog/test_retention_memory.py",
    "tests/faults/",
    "tests/fuzz/test_memory.py",
    "tests/journeys/",
    "tests/sandbox/demo/",
    "tests/sandbox/management/commands/test_demo.py",
    "tests/scale/",
    # What our own scripts and styles do in a browser. Whether Django's pages fit beside them is
    # told by tests/browser/eventlog/test_layout.py and test_lists.py.
    "tests/browser/eventlog/test_accessibility.py",
    "tests/browser/eventlog/test_aliases.py",
    "tests/browser/eventlog/test_hostile.py",
    "tests/browser/eventlog/test_interruptions.py",
    "tests/browser/eventlog/test_json.py",
    "tests/browser/eventlog/test_keys.py",
    "tests/browser/eventlog/test_questions.py",
    "tests/browser/eventlog/test_saved_views.py",
    "tests/browser/test_attention.py",
    "tests/browser/test_erasures.py",
    "tests/browser/test_figures.py",
    "tests/browser/test_replay.py",
    "tests/browser/test_restores.py",
    # Random events against a model, and how long groups wait: the first two passes find it.
    "tests/convergence/",
    "tests/listeners/test_groups_of_thirty.py",
    # OpenTelemetry's library, which knows no Django.
    "tests/visn_whatsapp/telemetry/",
    # Definitions, shell and documents; the stand-ins, which know no Django; Google being away.
    "tests/deploy/",
    "tests/listeners/firestore/",
    "tests/outages/",
    "tests/sandbox/emulators/",
    "tests/test_documents.py",
    "tests/visn_whatsapp/google/",
    # The house: where things lie, what is written in them, what is forgotten of a new kind.
    "tests/kinds/",
    "tests/test_house.py",
    "tests/test_log_lines.py",
    "tests/test_next.py",
    "tests/test_passes.py",
    "tests/test_requirements.py",
    # Releases of before, which run with their own Django.
    "tests/releases/test_forwarding.py",
    "tests/releases/test_rollout.py",
    "tests/releases/test_under_load.py",
)


def passes(place: str, *, database: bool, emulator: bool) -> set[Pass]:
    """Returns in which passes a test runs.

    `place` is its file as pytest names it, `database` whether it uses the database of the settings,
    `emulator` whether it runs on Google's Firestore emulator: there once, as any database and any
    Django ask our stand-in for the same.
    """
    left_out = set()
    if emulator or not database or place.startswith(NOT_AGAIN_ON_POSTGRESQL):
        left_out.add(Pass.POSTGRESQL)
    elif place.startswith(ON_POSTGRESQL_ALONE):
        left_out.add(Pass.SQLITE)
    if emulator or place.startswith(NOT_WITH_THE_NEXT):
        left_out.add(Pass.NEXT)
    return set(Pass) - left_out


def of(item: pytest.Item) -> set[Pass]:
    """Returns in which passes a test runs that was collected."""
    fixtures = DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    needed = {name for marker in item.iter_markers("needs") for name in marker.args}
    return passes(
        item.nodeid,
        database=bool(fixtures) or item.get_closest_marker("django_db") is not None,
        emulator="firestore-emulator" in needed,
    )
