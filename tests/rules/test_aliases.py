"""A driver who changes number or user id stays the same person, whatever comes first."""

from sandbox import samples
from tests.platform import Platform
from webhooks import transitions
from webhooks.alias import Alias
from webhooks.models import Event

NEW = "16505555678"
NOTED = ("ignored", "identity_noted")


def test_what_an_older_release_ignored_is_noted_by_a_replay(platform: Platform) -> None:
    """Twice as well as once."""
    delivery = platform.receive(samples.system(wa_id=NEW))
    Alias.objects.all().delete()
    Event.objects.update(reason="unsupported_type")
    for _ in range(2):
        transitions.reopen([Event.objects.get().pk], check_at=platform.now, now=platform.now)
        platform.run(delivery)
        assert platform.outcomes(delivery) == [NOTED]
        assert Alias.objects.get().number == NEW
