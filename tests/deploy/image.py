"""The image as a folder: what the Dockerfile copies into it, sets in it and runs in it."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.definitions import DEPLOY
from tests.deploy.document import ROOT

ENVIRONMENT = Path(sys.prefix)  # stands for the one that the image makes of the requirements


@dataclass(frozen=True, kw_only=True)
class Image:
    """A copy of the image's working folder."""

    folder: Path
    command: tuple[str, ...]
    variables: Mapping[str, str]


def build(folder: Path) -> Image:
    """Does in a folder what the Dockerfile's last stage does; users and layers aside."""
    steps = _last_stage((DEPLOY / "Dockerfile").read_text())
    variables = _variables(steps)
    for instruction, words in steps:
        if instruction == "COPY" and not words.startswith("--from"):
            _copy(shlex.split(words), folder)
        elif instruction == "RUN" and words.startswith("python "):
            subprocess.run(shlex.split(words), cwd=folder, env=variables, check=True)
    [command] = [json.loads(words) for instruction, words in steps if instruction == "CMD"]
    return Image(folder=folder, command=tuple(command), variables=variables)


def _last_stage(text: str) -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    steps = [line.partition(" ")[::2] for line in lines if line and not line.startswith("#")]
    last = max(at for at, (instruction, _) in enumerate(steps) if instruction == "FROM")
    return steps[last + 1 :]


def _variables(steps: list[tuple[str, str]]) -> dict[str, str]:
    """Returns what ENV sets, with the running environment in the place of the image's."""
    pairs = (pair for name, words in steps if name == "ENV" for pair in shlex.split(words))
    written = dict(pair.split("=", 1) for pair in pairs)
    own = written["VIRTUAL_ENV"]
    put_in_place = {name: value.replace(own, str(ENVIRONMENT)) for name, value in written.items()}
    return put_in_place | {"PATH": put_in_place["PATH"].replace("$PATH", "/usr/bin:/bin")}


def _copy(words: list[str], folder: Path) -> None:
    *sources, destination = words
    for source in (ROOT / name for name in sources):
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / destination, ignore=ignored)
        else:
            (folder / destination).mkdir(exist_ok=True)
            shutil.copy(source, folder / destination)
