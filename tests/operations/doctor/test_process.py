"""The doctor before the settings of its process."""

import pytest
from pytest_django import Settings

from operations.doctor import process
from operations.doctor.seen import Asked, Health


def test_each_rule_that_is_broken_is_named_with_a_remedy_and_no_value(settings: Settings) -> None:
    weak = {"WHATSAPP_APP_SECRET": "short-and-guessed", "WHATSAPP_VERIFY_TOKEN": "guessed-as-well"}
    settings.SERVICES = ("repair-serve-api",)
    settings.DEPLOYED, settings.DEBUG = True, False
    settings.THREADS = 0
    for name, value in weak.items():
        setattr(settings, name, value)
    found = [*process.look(Asked())]
    assert {each.health for each in found} == {Health.WRONG}
    assert all(each.remedy for each in found)
    words = "\n".join(each.words for each in found)
    assert "WHATSAPP_APP_SECRET, WHATSAPP_VERIFY_TOKEN too weak" in words
    assert "THREADS must be at least 1." in words
    assert [value for value in weak.values() if value in words] == []


@pytest.mark.parametrize("services", [("queue-services",), ("queue-services", "admin")])
def test_where_every_rule_is_kept_that_is_one_line(
    settings: Settings, services: tuple[str, ...]
) -> None:
    settings.SERVICES = services
    [seen] = process.look(Asked())
    assert (seen.health, seen.words) == (
        Health.WELL,
        f"The settings of {', '.join(services)} keep every rule.",
    )
