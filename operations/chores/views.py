"""`POST /chores/…`: a round of a chore, for Cloud Scheduler alone."""

import json
import logging
from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from rest_framework.request import Request

from eventlog.catching_up import catch_up
from operations.chores.answers import CHORES
from operations.chores.turns import turn
from visn_whatsapp.authentication import SchedulerIdentity
from visn_whatsapp.body import djangos, read_body
from visn_whatsapp.service_view import ServiceView
from webhooks import chores, clock, ledger
from webhooks.chores import Chore, Round
from webhooks.sweeping import sweep_round

logger = logging.getLogger(__name__)

MAX_BYTES = 1024  # of a body, which Cloud Scheduler sends none of and nobody looks at
# What a request may read of a long backlog within a statement's limit (decision 13), and how long
# it may take: the next one comes after a minute, and goes on.
SWEPT = 10_000  # events
SWEEP_SECONDS = 50.0
# Those that are due every minute.
ROUNDS: dict[Chore, Callable[[], Round]] = {
    Chore.SWEEPER: partial(sweep_round, limit=SWEPT, seconds=SWEEP_SECONDS),
    Chore.CATCH_UP: catch_up,
}


class ChoreView(ServiceView):
    """Works through one round, and answers with its report as the command's `--json` prints it."""

    authentication_classes = [SchedulerIdentity]
    http_method_names = ["post"]
    answers = CHORES

    chore: Chore = Chore.SWEEPER  # each route names its own

    def post(self, request: Request) -> HttpResponse:
        """Does the chore and notes it, whatever it came to."""
        read_body(djangos(request), limit=MAX_BYTES)
        with turn(self.chore), ledger.reached():
            done = ROUNDS[self.chore]()
            chores.note(self.chore, now=clock.now())
        if done.hindrance:
            logger.error(
                "A round of a chore was hindered.",
                extra={"kind": self.chore.value, "reason": done.hindrance.value},
            )
            return self.answer(done.hindrance)
        return HttpResponse(json.dumps(done.report), content_type="application/json")
