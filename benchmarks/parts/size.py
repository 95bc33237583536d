"""What a text leaves in PostgreSQL: rows of all tables and indexes (`benchmarks.bytes`)."""

import json
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator

from benchmarks.figures import OURS, Measured
from benchmarks.subjects import ROOT
from sandbox.stack.environment import inherited

TEXTS, QUICK = 2000, 60
FORMS = ("lying", "packed")


def measure(options: Namespace) -> Iterator[Measured]:
    """Bytes for each text, as they lie and as a rewrite leaves them; round by round."""
    texts = QUICK if options.short else TEXTS
    command = ["-m", "benchmarks.bytes", "--json", "--texts", str(texts), "--drivers", "30"]
    for _ in range(options.rounds):
        told = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=inherited(),
            check=True,
            stdout=subprocess.PIPE,
        )
        left = json.loads(told.stdout)
        for form in FORMS:
            values = {"bytes": left[form]["in all"], "payload, bytes": left["payload"]}
            yield Measured(load=form, subject=OURS, values=values)
