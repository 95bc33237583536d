"""Measures what taking in a webhook costs, beside a plain view in the same run.

    python -m benchmarks.ingress [--database-url postgres://…] [--profile]

Requests go through the WSGI application of this process, without a server; the stand-in for Cloud
Tasks runs in a process of its own and dispatches nothing. Prints CPU microseconds of this process
and wall clock per request, medians of interleaved rounds. The machine is noisy: read the ratios.
"""

import argparse
import cProfile
import io
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from sandbox import samples

ROUNDS = 15
APP_SECRET = "insecure-benchmark-app-secret"  # noqa: S105 - protects nothing
WEBHOOK = "/v1/webhooks/whatsapp/webhook"
CALLABLE = "/callable/whatsapp/events"

_serial = itertools.count()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of request."""

    name: str
    method: str
    path: str
    body: Callable[[], bytes]
    forged: bool = False
    repetitions: int = 50
    status: str = "200 OK"


def texts(number: int) -> bytes:
    """Returns a payload of so many texts, never the same twice."""
    messages = [
        samples.text(message_id=samples.wamid(samples.DRIVER_NUMBER, next(_serial)))
        for _ in range(number)
    ]
    change = samples.change(messages=messages, contacts=[samples.contact()])
    return samples.encode(samples.envelope(samples.entry(change)))


def call() -> bytes:
    """Returns a call for a text that is in the ledger."""
    from webhooks import callable_protocol, receiving  # noqa: PLC0415
    from webhooks.models import Delivery  # noqa: PLC0415

    payload = texts(1)
    receipt = receiving.receive(
        body=payload, headers={}, source=Delivery.Source.META, now=timezone.now()
    )
    return callable_protocol.encode(delivery=receipt.delivery, payload=payload)


ONCE = texts(1)
CASES = (
    Case(name="a plain view", method="GET", path="/health/live", body=bytes, repetitions=500),
    Case(
        name="forged",
        method="POST",
        path=WEBHOOK,
        body=lambda: texts(1),
        forged=True,
        repetitions=200,
        status="401 Unauthorized",
    ),
    Case(name="one text", method="POST", path=WEBHOOK, body=lambda: texts(1)),
    Case(name="the same text again", method="POST", path=WEBHOOK, body=lambda: ONCE),
    Case(name="one text, called", method="POST", path=CALLABLE, body=call),
    Case(name="100 texts", method="POST", path=WEBHOOK, body=lambda: texts(100), repetitions=5),
    Case(name="1000 texts", method="POST", path=WEBHOOK, body=lambda: texts(1000), repetitions=1),
)


@contextmanager
def emulators() -> Iterator[Mapping[str, str]]:
    """Runs the stand-ins and yields the variables that point to them."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        process = subprocess.Popen(
            [sys.executable, "manage.py", "emulators", "--ready-file", str(ready)],
            stdout=subprocess.DEVNULL,
        )
        try:
            while not ready.exists():
                time.sleep(0.05)
            yield json.loads(ready.read_text())
        finally:
            process.terminate()
            process.wait()


def prepare(database_url: str, addresses: Mapping[str, str]) -> Callable[..., Any]:
    """Makes the ledger, stops the queue from dispatching, and returns the application."""
    os.environ |= addresses
    os.environ |= {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.local",
        "SERVICES": "repair-serve-api,repair-serve-callable",
        "LOG_LEVEL": "ERROR",
        "WHATSAPP_APP_SECRET": APP_SECRET,
    }
    from django.core.management import call_command  # noqa: PLC0415

    from visn_whatsapp.wsgi import application  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    _pause_the_queue()
    return application


def _pause_the_queue() -> None:
    from visn_whatsapp.budget import Budget  # noqa: PLC0415
    from webhooks import task_queue  # noqa: PLC0415

    queue = task_queue.connect()
    client = task_queue.client_of(queue.emulator_host, Budget(10.0))
    client.pause_queue(name=queue.path)


def environ(case: Case) -> dict[str, Any]:
    """Returns one request as a server hands it over."""
    from visn_whatsapp.authentication import identity_token  # noqa: PLC0415
    from webhooks.authentication import sign  # noqa: PLC0415

    body = case.body()
    secret = "another" if case.forged else APP_SECRET
    return {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": case.path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1",
        "HTTP_X_HUB_SIGNATURE_256": sign(body, secret=secret),
        "HTTP_AUTHORIZATION": f"Bearer {identity_token(settings.CALLABLE_AUDIENCE)}",
        "HTTP_USER_AGENT": "benchmark",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
    }


def measure(application: Callable[..., Any], case: Case) -> tuple[float, float]:
    """Returns CPU and wall clock seconds per request."""
    requests = [environ(case) for _ in range(case.repetitions)]
    cpu, wall = time.process_time(), time.perf_counter()
    for request in requests:
        application(request, lambda status, *_: _check(status, case))
    return (
        (time.process_time() - cpu) / case.repetitions,
        (time.perf_counter() - wall) / case.repetitions,
    )


def _check(status: str, case: Case) -> None:
    if status != case.status:
        raise RuntimeError(f"{case.name}: {status}")


def report(application: Callable[..., Any]) -> None:
    """Prints the table."""
    figures: dict[str, list[tuple[float, float]]] = {case.name: [] for case in CASES}
    for _ in range(ROUNDS + 1):
        for case in CASES:
            figures[case.name].append(measure(application, case))
    medians = {
        name: [statistics.median(values) for values in zip(*rounds[1:], strict=True)]
        for name, rounds in figures.items()
    }
    base = medians[CASES[0].name][0]
    sys.stdout.write(f"{'µs per request':<24}{'CPU':>9}{'ratio':>8}{'wall':>9}\n")
    for name, (cpu, wall) in medians.items():
        sys.stdout.write(f"{name:<24}{cpu * 1e6:>9.0f}{cpu / base:>8.1f}{wall * 1e6:>9.0f}\n")


def profile(application: Callable[..., Any]) -> None:
    """Prints where the time of one text goes."""
    case = next(case for case in CASES if case.name == "one text")
    measure(application, case)
    profiler = cProfile.Profile()
    profiler.runcall(lambda: [measure(application, case) for _ in range(10)])
    profiler.print_stats("cumulative")


def main() -> None:
    """Measures, or profiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, emulators() as addresses:
        url = arguments.database_url or f"sqlite:///{folder}/ledger.sqlite3"
        application = prepare(url, addresses)
        (profile if arguments.profile else report)(application)


if __name__ == "__main__":
    main()
