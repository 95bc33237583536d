"""Measures how long each page of the admin takes, in this database, and what it asks of it.

    DATABASE_URL=… python manage.py fill_ledger --events 2000000 --deliveries 500000
    DATABASE_URL=… python manage.py catch_up
    DATABASE_URL=… python -m benchmarks.admin_pages

Prints the fastest and the median time of each page in milliseconds, its queries and its size. With
the figures of another run (`--save`, `--compare`) it prints how many times as long a page takes, by
the fastest: other programs on the machine only ever make a page slower.
"""

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

import django

ROUNDS = 9


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--save", type=Path, help="write the times to this file")
    parser.add_argument("--compare", type=Path, help="with the times in this file")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.local")
    os.environ["LOG_LEVEL"] = "ERROR"
    django.setup()
    from benchmarks.admin_pages_work import ledger, measure_all  # noqa: PLC0415 (Django first)

    before = json.loads(options.compare.read_text()) if options.compare else {}
    fastest = {}
    sys.stdout.write(f"{ledger()}\n{'':<34}{'fastest':>8}{'median':>9}{'queries':>9}{'KB':>6}\n")
    for page in measure_all(rounds=options.rounds):
        best = fastest[page.name] = min(page.times)
        times = f"   × {best / before[page.name]:.2f}" if page.name in before else ""
        sys.stdout.write(
            f"{page.name:<34}{best:>8.1f}{statistics.median(page.times):>9.1f}{page.queries:>9}"
            f"{page.size / 1024:>6.0f}{times}\n"
        )
    if options.save:
        options.save.write_text(json.dumps(fastest))
    return 0


if __name__ == "__main__":
    sys.exit(main())
