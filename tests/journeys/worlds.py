"""A world whose services may each run another release."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox import stack
from sandbox.demo.meta import Meta
from sandbox.demo.platform import connected
from sandbox.stack import Spec
from tests.journeys.conftest import World
from tests.journeys.ledger import Ledger


@contextmanager
def world_of(spec: Spec) -> Iterator[World]:
    """The services in processes of their own, and what a journey needs."""
    with stack.start(spec) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", running.emulators.firestore_host)
        with connected(project=spec.emulators.project) as platform:
            meta = Meta(url=running.webhook_url, secret=running.secrets.app_secret)
            ledger = Ledger(url=spec.database)
            yield World(running=running, platform=platform, ledger=ledger, meta=meta)
            meta.close()
