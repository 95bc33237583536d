"""An HTTP POST over kept connections that is over when its budget is."""

from dataclasses import dataclass
from functools import cache

import urllib3

from visn_whatsapp.budget import Budget
from visn_whatsapp.in_time import pools

CONNECTIONS = 64  # kept open at most, per process and address


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, whole."""

    status: int
    body: bytes


def post(url: str, *, body: bytes, headers: dict[str, str], budget: Budget) -> Answer:
    """Posts the body and returns the answer, which is read to its end.

    Raises HTTPError of urllib3, or BudgetSpent if there is no time left to begin.
    """
    response = _pools().request(
        "POST",
        url,
        body=body,
        headers=headers,
        timeout=urllib3.Timeout(total=budget.at_most(budget.seconds)),
        retries=False,
        redirect=False,
    )
    return Answer(response.status, response.data)


@cache
def _pools() -> urllib3.PoolManager:
    return pools(connections=CONNECTIONS)
