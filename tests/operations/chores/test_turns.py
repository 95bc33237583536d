"""A turn that is held for good, and the way out of it."""

import pytest
from django.test import Client

from operations.chores import turns
from operations.chores.turns import AtWork, turn
from webhooks.chores import Chore

LINE = "A round of a chore does not end."


def live(client: Client) -> int:
    return client.get("/health/live").status_code


def test_a_round_that_does_not_end_ends_the_process(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The probe says that nothing lives, and the log tells it once, whoever else comes or not."""
    with turn(Chore.CATCH_UP):
        with pytest.raises(AtWork), turn(Chore.CATCH_UP):
            pass
        assert (live(client), caplog.messages) == (200, [])
        monkeypatch.setattr(turns, "HELD_SECONDS", -1.0)
        assert [live(client), live(client)] == [503, 503]
    assert live(client) == 200
    [line] = [each for each in caplog.records if each.getMessage() == LINE]
    assert (vars(line)["kind"], vars(line)["seconds"]) == ("catch-up", 0)


def test_who_ends_in_time_is_not_taken_for_one_who_hangs(client: Client) -> None:
    """Nor is a turn that nobody holds, however long ago it was given back."""
    assert live(client) == 200
    with pytest.raises(ZeroDivisionError), turn(Chore.SWEEPER):
        raise ZeroDivisionError
    with turn(Chore.SWEEPER):
        assert live(client) == 200
