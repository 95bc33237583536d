"""Terraform with the stand-in for its provider, which is made once, and what either way makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.terraform import planned
from tests.deploy.terraform.facts import Facts
from tests.deploy.terraform.guide import Guide
from tests.deploy.terraform.module import Module, begun, stand_in
from tests.deploy.terraform.provider import serving


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Module]:
    """The module as it is written, not to be changed."""
    folder = tmp_path_factory.mktemp("module")
    with serving(stand_in(), folder) as variables:
        yield begun(folder, variables)


@pytest.fixture
def module(whole: Module, tmp_path: Path) -> Module:
    """A copy of the module, to be looked at or broken."""
    return whole.copy(tmp_path)


@pytest.fixture(scope="session")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What the shell's way makes."""
    return Guide(tmp_path_factory.mktemp("guide")).facts


@pytest.fixture(scope="session")
def made(whole: Module, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """What Terraform would make."""
    return planned.facts(whole.copy(tmp_path_factory.mktemp("plan")).planned())
