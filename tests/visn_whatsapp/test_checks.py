"""Whether Django's checks hold any settings module to the rules of safety."""

import pytest
from django.core.checks import ERROR, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from visn_whatsapp.checks import refuse_unsafe_settings


def reported() -> list[tuple[str | None, int]]:
    """Returns the numbers and levels of our own checks that the settings do not pass."""
    found = run_checks(tags=[Tags.security])
    return [(check.id, check.level) for check in found if str(check.id).startswith("visn_")]


def test_the_tests_own_settings_are_safe_for_one_machine() -> None:
    assert reported() == []
    refuse_unsafe_settings()


def test_a_broken_rule_is_an_error(settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert reported() == [("visn_whatsapp.E002", ERROR)]


def test_a_server_refuses_to_start(settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_VERIFY_TOKEN missing"):
        refuse_unsafe_settings()


def test_a_rule_can_be_silenced_by_its_number(settings: Settings) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    settings.SILENCED_SYSTEM_CHECKS = ["visn_whatsapp.E002"]
    refuse_unsafe_settings()
