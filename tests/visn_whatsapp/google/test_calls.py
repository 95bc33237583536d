"""A call to Google and its budget: what each attempt is told, and when there is none any more."""

import pytest

from visn_whatsapp.budget import Budget, BudgetSpent
from visn_whatsapp.google.calls import Patience, call


class Service:
    """Somebody who takes all the time that a caller has, and never answers."""

    def __init__(self) -> None:
        self.now = 0.0
        self.told: list[float] = []

    def attempt(self, seconds: float) -> None:
        self.told.append(seconds)
        self.now += seconds
        raise ConnectionError

    def called(self, *, budget: Budget, until_seconds: float) -> None:
        patience = Patience(
            transient=(ConnectionError,),
            attempt_seconds=4.0,
            until_seconds=until_seconds,
            first_pause=0.01,
        )
        call(self.attempt, budget=budget, patience=patience)


@pytest.fixture
def service() -> Service:
    return Service()


def test_no_attempt_is_told_more_than_is_left(service: Service) -> None:
    with pytest.raises(ConnectionError):
        service.called(budget=Budget(10.0, clock=lambda: service.now), until_seconds=10.0)
    assert service.told == [4.0, 4.0, 2.0]


def test_calls_in_a_row_share_a_budget(service: Service) -> None:
    budget = Budget(5.0, clock=lambda: service.now)
    for told in ([4.0], [4.0, 1.0]):
        with pytest.raises(ConnectionError):
            service.called(budget=budget, until_seconds=0.0)
        assert service.told == told
    with pytest.raises(BudgetSpent):
        service.called(budget=budget, until_seconds=0.0)
    assert service.told == [4.0, 1.0]


def test_no_attempt_begins_late(service: Service) -> None:
    with pytest.raises(ConnectionError):
        service.called(budget=Budget(10.0, clock=lambda: service.now), until_seconds=6.0)
    assert service.told == [4.0, 4.0]


def test_what_trying_again_does_not_mend_is_not_tried_again(service: Service) -> None:
    def refused(seconds: float) -> None:
        service.told.append(seconds)
        raise PermissionError

    patience = Patience(transient=(ConnectionError,), attempt_seconds=4.0, until_seconds=10.0)
    with pytest.raises(PermissionError):
        call(refused, budget=Budget(10.0), patience=patience)
    assert len(service.told) == 1
