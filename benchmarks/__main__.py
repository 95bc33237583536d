"""Measures what everything costs, beside what others do with the same, and prints one table.

    python -m benchmarks [--only ingress,handler] [--short] [--rounds 5] [--seconds 4]
        [--loads 1] [--before FOLDER] [--rates 160,320] [--events 200000] [--backlog 10000]
        [--save benchmarks/results/latest.json]

Needs PostgreSQL's programs, Linux, two cores and, in `.venv-bench`, requirements/bench.txt (`make
bench` sees to it). PostgreSQL keeps what it confirms (fsync, synchronous_commit). Subjects take
turns; the table has medians of the rounds, the least and the most, and ratios of one round to the
same round. At the end it says which ratios are not what they were in the last result that was
committed. The machine is noisy: read the ratios. `--short` looks quickly whether all of it runs.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from benchmarks.figures import Figures, of_json
from benchmarks.machine import machine
from benchmarks.parts import PARTS
from benchmarks.subjects import ROOT
from benchmarks.table import changes, table
from tests.programs import find_postgresql

LAST = ROOT / "benchmarks" / "results" / "latest.json"


def main() -> int:
    """Measures, prints the table and saves it."""
    options = _options()
    programs = find_postgresql()
    if programs is None:
        sys.stderr.write("PostgreSQL's server programs were not found.\n")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # all ends with us
    last = json.loads(LAST.read_text()) if LAST.exists() else None
    figures = Figures()
    about = machine(str(programs / "postgres"))
    try:
        for part in options.only:
            for measured in PARTS[part](options):
                figures.add(part, measured)
                sys.stderr.write(".")
                sys.stderr.flush()
    finally:  # what has been measured is told, also where something went wrong then
        sys.stdout.write("\n".join(["", *table(figures), *_compared(figures, last), ""]))
        if options.save:
            saved = {"machine": about, "options": _told(options), "figures": figures.as_json()}
            options.save.write_text(json.dumps(saved, indent=1, ensure_ascii=False) + "\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=_parts, default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--short", action="store_true", help="one quick round of less")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load")
    parser.add_argument("--loads", type=int, help="only so many of a part's, the first ones")
    parser.add_argument("--before", type=Path, help="another checkout, with its .venv")
    parser.add_argument("--rates", type=_numbers, default=[160.0, 320.0], help="end to end")
    parser.add_argument("--events", type=int, default=200_000, help="in a large ledger")
    parser.add_argument("--backlog", type=int, default=10_000, help="events that are open in it")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    if options.short:
        options.rounds, options.seconds = 1, 0.3
        options.events, options.backlog = 2_000, 200
    return options


def _parts(names: str) -> list[str]:
    unknown = [name for name in names.split(",") if name not in PARTS]
    if unknown:
        raise argparse.ArgumentTypeError(f"not one of {', '.join(PARTS)}: {', '.join(unknown)}")
    return names.split(",")


def _numbers(text: str) -> list[float]:
    return [float(each) for each in text.split(",")]


def _compared(figures: Figures, last: dict[str, object] | None) -> list[str]:
    if last is None:
        return ["There is no committed result to compare with."]
    about, then = last["machine"], of_json(last["figures"])  # type: ignore[arg-type]
    commit = about["commit"]  # type: ignore[index]
    found = list(changes(figures, then))
    same = {ratio.key for ratio in figures.ratios()} & {ratio.key for ratio in then.ratios()}
    head = f"{len(same)} ratios are in the result of {commit} as well; not what they were there:"
    return [head, *(f"  {each}" for each in found or ["none"])]


def _told(options: argparse.Namespace) -> dict[str, object]:
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in vars(options).items()
        if name != "save"
    }


if __name__ == "__main__":
    sys.exit(main())
