"""Measures what single texts leave in PostgreSQL, sent through the real webhook, queue and handler.

    python -m benchmarks.bytes [--texts 2000] [--drivers 200] [--json]

Needs PostgreSQL's programs. Prints bytes of each table and index for a text: as they lie once the
last text is settled, without a vacuum, and packed, as a rewrite leaves them. Beside them the log
that PostgreSQL has written (WAL, without whole pages), and how often rows are updated; what is HOT
touches no index.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psycopg
import urllib3
from google.cloud.firestore import Client

from sandbox import samples
from sandbox.stack import ALL_IN_ONE, Spec, Stack, start
from tests.postgresql import cluster, owner_of
from tests.programs import find_postgresql

CALLERS = 8
SETTLED_SECONDS = 120.0
# Nothing but what the texts do: no vacuum at some moment, no whole pages after a checkpoint.
SETTINGS = {"autovacuum": "off", "full_page_writes": "off", "max_wal_size": "16GB"}
TABLES = ["webhooks_delivery", "webhooks_event", "listeners_placement", "listeners_taskrun"]
SIZES = """
    SELECT relname, '', pg_table_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relname = ANY(%(tables)s)
    UNION ALL SELECT t.relname, i.relname, pg_relation_size(i.oid)
    FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE t.relname = ANY(%(tables)s)
"""
UPDATES = """
    SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables
    WHERE relname = ANY(%(tables)s)
"""
PAYLOADS = "SELECT sum(length(body)) FROM webhooks_delivery"
SETTLED = "SELECT count(*) FROM webhooks_event WHERE state = 'processed'"

Sql = psycopg.Connection[tuple[Any, ...]]
Relation = tuple[str, str]  # a table, and its index; its own bytes without one
Sizes = Mapping[Relation, float]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What PostgreSQL has used until a moment."""

    sizes: Sizes  # bytes
    updates: Mapping[str, Sequence[int]]  # by table: all, and those that are HOT
    wal: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a text has left."""

    lying: Mapping[str, float]  # bytes by table or index, and in all
    packed: Mapping[str, float]
    wal: float  # bytes
    payload: float  # its bytes, which are among the delivery's
    updates: Mapping[str, Sequence[float]]  # by table: all, and those that are HOT


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--drivers", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="instead of the table")
    options = parser.parse_args()
    programs = find_postgresql()
    if programs is None:
        sys.stderr.write("PostgreSQL's server programs were not found.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, cluster(programs, log=None, **SETTINGS) as url:
        spec = Spec(folder=Path(folder), servers=ALL_IN_ONE, database_url=url)
        with start(spec) as stack, owner_of(url) as sql:
            left = measured(stack, sql, texts=options.texts, drivers=options.drivers)
    sys.stdout.write(json.dumps(asdict(left), indent=1) + "\n" if options.json else _table(left))
    return 0


def measured(stack: Stack, sql: Sql, *, texts: int, drivers: int) -> Left:
    """Sends the texts, waits until all are settled, and looks."""
    numbers = [f"4477009{driver:05}" for driver in range(drivers)]
    _track(stack, numbers)
    _send(stack, sql, numbers, serials=range(drivers))  # what is made once
    before = _look(sql)
    _send(stack, sql, numbers, serials=range(drivers, drivers + texts))
    after = _look(sql)
    for table in TABLES:
        sql.execute(f"VACUUM (FULL) {table}")
    packed = _look(sql).sizes
    return Left(
        lying=_summed(
            {each: (now - before.sizes[each]) / texts for each, now in after.sizes.items()}
        ),
        packed=_summed({each: now / (texts + drivers) for each, now in packed.items()}),
        wal=(after.wal - before.wal) / texts,
        payload=_first(sql, PAYLOADS) / (texts + drivers),
        updates={
            table: [
                (now - then) / texts
                for now, then in zip(after.updates[table], before.updates[table], strict=True)
            ]
            for table in TABLES
        },
    )


def _track(stack: Stack, numbers: Sequence[str]) -> None:
    """Stores a tracking record and an enquiry for each driver."""
    os.environ |= stack.emulators.environment()
    project, now = stack.emulators.options.project, datetime.now(UTC)
    main, ancillary = (
        Client(project=project, database=name) for name in ("(default)", "ancillary")
    )
    record = {"leaseId": "lease-1", "active": True, "createdAt": now, "updatedAt": now}
    for number in numbers:
        main.document(f"leasecompany/lease-1/enquiries/e{number}").set({})
        ancillary.document(f"whatsapp/lease/{samples.LEASE_NUMBER}/r{number}").set(
            {**record, "enquiryId": f"e{number}", "driverMobileNumber": f"+{number}"}
        )


def _send(stack: Stack, sql: Sql, numbers: Sequence[str], *, serials: range) -> None:
    """Posts a text each, and returns once all that were ever posted are settled."""
    secret, pool = stack.secrets.app_secret.encode(), urllib3.PoolManager(maxsize=CALLERS)

    def post(body: bytes) -> None:
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature-256": f"sha256={signature}", "User-Agent": "facebookexternalua"}
        headers["Content-Type"] = "application/json"
        answer = pool.request("POST", stack.webhook_url, body=body, headers=headers)
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"answered with {answer.status}")

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(post, _payloads(numbers, serials)))
    deadline = time.monotonic() + SETTLED_SECONDS
    while _first(sql, SETTLED) < serials.stop:
        if time.monotonic() > deadline:
            raise RuntimeError("not all texts were applied")
        time.sleep(0.2)


def _payloads(numbers: Sequence[str], serials: range) -> Iterator[bytes]:
    for serial in serials:
        number = numbers[serial % len(numbers)]
        user_id = f"GB.{number}"
        message = samples.text(
            message_id=samples.wamid(number, serial),
            number=number,
            user_id=user_id,
            timestamp=int(time.time()),
        )
        contact = samples.contact(number=number, user_id=user_id)
        change = samples.change(messages=[message], contacts=[contact])
        yield samples.encode(samples.envelope(samples.entry(change)))


def _look(sql: Sql) -> Looked:
    sql.execute("SELECT pg_stat_clear_snapshot()")
    tables = {"tables": TABLES}
    return Looked(
        sizes={(table, index): size for table, index, size in sql.execute(SIZES, tables)},
        updates={table: (every, hot) for table, every, hot in sql.execute(UPDATES, tables)},
        wal=_first(sql, "SELECT pg_current_wal_insert_lsn() - '0/0'"),
    )


def _first(sql: Sql, statement: str) -> int:
    [(value,)] = sql.execute(statement)
    return int(value)


def _summed(sizes: Sizes) -> Mapping[str, float]:
    tables = {table: size for (table, index), size in sizes.items() if not index}
    indexes = {f"{table}: {index}": size for (table, index), size in sizes.items() if index}
    return {**tables, **indexes, "in all": sum(sizes.values())}


def _table(left: Left) -> str:
    lines = [f"{'bytes for each text':<70}{'lying':>8}{'packed':>8}"]
    lines += [
        f"{name:<70}{size:>8.0f}{left.packed[name]:>8.0f}"
        for name, size in sorted(left.lying.items())
    ]
    without = (sizes["in all"] - left.payload for sizes in (left.lying, left.packed))
    lines += [f"{'without the payload itself':<70}" + "".join(f"{size:>8.0f}" for size in without)]
    lines += [f"WAL: {left.wal:.0f} bytes"]
    lines += [
        f"{table}: {every:.2f} updates, {hot:.2f} of them HOT"
        for table, (every, hot) in left.updates.items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
