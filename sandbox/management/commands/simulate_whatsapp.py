"""`manage.py simulate_whatsapp`: signs sample payloads, or a file, and posts them like Meta."""

import ipaddress
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sandbox import samples
from sandbox.demo.cases import CASES, Draft
from sandbox.demo.cast import Driver, Enquiry
from sandbox.demo.load import Tally, deliveries, post_all, shuffled
from sandbox.demo.meta import NO_ANSWER, Meta
from sandbox.demo.platform import connected
from sandbox.demo.single_chat import prepare
from visn_whatsapp.options import positive

URL = "http://127.0.0.1:8000/v1/webhooks/whatsapp/webhook"
CASE_LIST = "\n".join(f"  {name:10} {case.meaning}" for name, case in CASES.items())


class Command(BaseCommand):
    """Exits with 0 if every delivery was answered with 200, otherwise with 1."""

    help = f"Signs sample payloads and posts them to a webhook like Meta.\n\ncases:\n{CASE_LIST}"
    requires_system_checks: list[str] = []  # it needs no database

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keeps the list of cases as it is laid out."""
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declares the options."""
        add = parser.add_argument
        add("cases", nargs="*", metavar="CASE", help="which samples, in which order")
        add("--file", type=Path, action="append", default=[], help="a payload, posted as it is")
        add("--url", default=URL, help=f"the webhook; {URL}")
        add("--secret", default="", help="the app secret; that of the settings")
        add("--repeat", type=positive, default=1, metavar="N", help="all of it so many times")
        add("--twice", action="store_true", help="every delivery twice, as Meta may do")
        add("--shuffle", type=int, metavar="SEED", help="in another order, repeatable by the seed")
        add("--batch", type=positive, default=1, metavar="N", help="items in one delivery; 1")
        add("--rate", type=float, default=0.0, metavar="R", help="deliveries a second; no limit")
        add("--at-once", type=positive, default=1, metavar="N", help="posted at the same time; 1")
        add("--number", default=samples.DRIVER_NUMBER, help="the driver's; empty: withheld")
        add("--user-id", default=samples.DRIVER_USER_ID, help="the driver's WhatsApp user id")
        add("--name", default=samples.DRIVER_NAME, help="the driver's WhatsApp name")
        add("--lease-number", default=samples.LEASE_NUMBER, help="the lease company's")
        add("--message", default=samples.OUTBOUND_ID, metavar="ID", help="what is referred to")
        add(
            "--with-chat",
            action="store_true",
            help="first store a chat of the driver in the Firestore stand-in, unless it is there",
        )
        add("--words", default="Does it come in another color?", help="of texts")
        add("--allow-remote", action="store_true", help="post to another machine than this one")

    def handle(self, *_: object, **options: Any) -> None:
        """Posts everything and says how it was answered."""
        secret = options["secret"] or settings.WHATSAPP_APP_SECRET
        _check(options, secret=secret)
        bodies = _bodies(options)
        if options["with_chat"]:
            _prepare(options)
        meta = Meta(url=options["url"], secret=secret)
        tally = post_all(
            bodies,
            meta=meta,
            rate=options["rate"],
            at_once=options["at_once"],
            progress=self._progress,
        )
        meta.close()
        self._summarise(tally)
        if tally.refused:
            total = _counted(tally.planned)
            raise CommandError(f"{tally.refused} of {total} not answered with 200.")

    def _progress(self, tally: Tally) -> None:
        if self.stderr.isatty():
            done = len(tally.answers)
            ending = "\n" if done == tally.planned else ""
            line = f"\r{done} of {_counted(tally.planned)}, {tally.rate:.0f} a second"
            self.stderr.write(line, ending=ending)

    def _summarise(self, tally: Tally) -> None:
        self.stdout.write(f"{_counted(tally.planned)}, {tally.rate:.0f} a second")
        for status, count in sorted(tally.statuses.items()):
            self.stdout.write(f"  {'no answer' if status == NO_ANSWER else status}: {count}")
        p50, p95 = tally.latency(0.5) * 1000, tally.latency(0.95) * 1000
        self.stdout.write(f"  answered within {p50:.1f} ms (half), {p95:.1f} ms (95 %)")


def _counted(deliveries: int) -> str:
    return "1 delivery" if deliveries == 1 else f"{deliveries} deliveries"


def _check(options: dict[str, Any], *, secret: str) -> None:
    """Raises CommandError for what cannot work."""
    if unknown := [name for name in options["cases"] if name not in CASES]:
        known = ", ".join(CASES)
        raise CommandError(f"There is no case {', '.join(unknown)}. Known are {known}.")
    if not options["cases"] and not options["file"]:
        raise CommandError(f"Name a case or a --file. Known are {', '.join(CASES)}.")
    if options["rate"] < 0:
        raise CommandError("--rate must not be negative.")
    if not secret:
        raise CommandError("There is no secret to sign with: set WHATSAPP_APP_SECRET or --secret.")
    if not _is_web_address(options["url"]):
        raise CommandError("--url must be an address that begins with http:// or https://.")
    if not options["allow_remote"] and not _is_this_machine(options["url"]):
        raise CommandError(
            "That address is not of this machine. If you mean it, add --allow-remote."
        )


def _prepare(options: dict[str, Any]) -> None:
    if not settings.FIRESTORE_EMULATOR_HOST:
        raise CommandError("--with-chat needs a stand-in: set FIRESTORE_EMULATOR_HOST.")
    driver = Driver(
        name=options["name"], number=options["number"], user_id=options["user_id"] or "unknown"
    )
    enquiry = Enquiry(
        lease_id="northwind",
        lease_number=options["lease_number"],
        enquiry_id=f"enquiry-{driver.number or driver.user_id}",
        driver=driver,
        knows_user_id=not driver.number,
    )
    with connected(project=settings.GOOGLE_CLOUD_PROJECT) as platform:
        prepare(enquiry, message_id=options["message"], platform=platform, now=timezone.now())


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bodies(options: dict[str, Any]) -> list[bytes]:
    """Returns the deliveries in the order in which they are posted."""
    bodies = [*_from_cases(options), *_from_files(options)]
    if options["twice"]:
        bodies = [body for body in bodies for _ in range(2)]
    if options["shuffle"] is not None:
        bodies = shuffled(bodies, seed=options["shuffle"])
    return bodies


def _from_cases(options: dict[str, Any]) -> list[bytes]:
    draft = partial(_draft, options, time.time_ns() // 1_000_000)
    made = deliveries(
        options["cases"], repeat=options["repeat"], batch=options["batch"], draft=draft
    )
    return list(made)


def _draft(options: dict[str, Any], first: int, serial: int) -> Draft:
    return Draft(
        message_id=samples.wamid(options["number"] or "0", first + serial),
        timestamp=int(time.time()),
        number=options["number"],
        user_id=options["user_id"],
        name=options["name"],
        lease_number=options["lease_number"],
        target_id=options["message"],
        words=options["words"],
    )


def _from_files(options: dict[str, Any]) -> list[bytes]:
    try:
        return [path.read_bytes() for path in options["file"]] * int(options["repeat"])
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
