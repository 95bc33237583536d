"""Channels that take nothing are a problem for as long as the settings name them."""

import pytest

from eventlog.attention.channels import failing_channels
from eventlog.models import Channel
from tests.eventlog.figures.ledger import MINUTE, NOON


@pytest.mark.django_db
def test_one_that_nobody_asked_for_any_more_is_none() -> None:
    Channel.objects.create(name="well", scheme="slack")
    failing = Channel.objects.create(
        name="ops", scheme="slack", failing_since=NOON, failures=3, error="it answers 500"
    )
    [notice] = failing_channels(NOON + MINUTE)
    assert (notice.subject, notice.count, notice.first_at) == ("ops", 3, NOON)
    failing.is_configured = False
    failing.save()
    assert failing_channels(NOON + MINUTE) == []
