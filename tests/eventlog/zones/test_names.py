"""Which time zones can be chosen."""

import subprocess
import sys

import pytest
from django.utils import timezone

from eventlog.zones.names import names, own_zone, zone_named


def test_there_are_the_zones_of_all_the_world() -> None:
    assert {"UTC", "Europe/Amsterdam", "America/Santiago", "Asia/Kolkata"} <= set(names())
    assert all(str(zone_named(name)) == name for name in names())


@pytest.mark.parametrize(
    "name", ["", "Europe", "Europe/Nowhere", "../UTC", "localtime", "CEST\0", "/etc", "x" * 5000]
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert zone_named(name) is None


def test_the_own_zone_is_that_of_the_request() -> None:
    assert str(own_zone()) == "UTC"
    with timezone.override("Asia/Kolkata"):
        assert str(own_zone()) == "Asia/Kolkata"


def test_a_machine_without_zones_has_those_that_come_with_us() -> None:
    tell = "from eventlog.zones.names import zone_named; print(zone_named('Europe/Amsterdam'))"
    told = subprocess.run(
        [sys.executable, "-c", tell],
        env={"PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stdout == "Europe/Amsterdam\n"
