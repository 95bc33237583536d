"""The queue: that it exists and runs, with the limits that it was given, and leads to the handler.

A probe goes the whole way: through the queue, with the identity that Cloud Tasks makes, to the task
handler, which answers 200 and keeps nothing. A task that was done is gone from the queue.
"""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from django.conf import settings
from google.api_core import exceptions

from operations.doctor.refusals import seen_of
from operations.doctor.seen import OWN_CHECK, Asked, Seen, cannot_tell, not_looked, well, wrong
from visn_whatsapp.google.kept import Unobtainable
from webhooks import task_queue
from webhooks.queue_standing import Standing, probe, standing

SERVICES = {"repair-serve-callable", "queue-services", "admin"}

# As docs/deployment.md makes it. How many are tried at once depends on the instances.
MADE = Standing(
    state="running",
    at_once=64,
    a_second=500.0,
    attempts=12,
    shortest=1,
    longest=300,
    doublings=8,
)

_MAKE_IT = "Make the queue, or name it in TASKS_LOCATION and TASKS_QUEUE."
REMEDIES: dict[type, str] = {
    exceptions.NotFound: _MAKE_IT,
    exceptions.FailedPrecondition: _MAKE_IT,
    exceptions.InvalidArgument: "Look at TASKS_LOCATION, TASKS_QUEUE and TASKS_SERVICE_ACCOUNT.",
    exceptions.PermissionDenied: "Enable cloudtasks.googleapis.com, and give the service "
    "account roles/cloudtasks.enqueuer, roles/cloudtasks.viewer and roles/cloudtasks.taskDeleter "
    "on the queue, and roles/iam.serviceAccountUser on "
    "TASKS_SERVICE_ACCOUNT (docs/deployment.md, The queue).",
}
# Of the answer of the task handler.
ANSWERED: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Let TASK_HANDLER_AUDIENCE be the same in all services, and "
    f"{OWN_CHECK}.",
    HTTPStatus.FORBIDDEN: "Let TASKS_SERVICE_ACCOUNT be the same in all services, the ingress of "
    f"queue-services let Cloud Tasks in, and {OWN_CHECK}.",
    HTTPStatus.NOT_FOUND: "Let TASK_HANDLER_URL be the address of queue-services, whose ingress "
    "lets Cloud Tasks in.",
}


def look(_: Asked) -> Iterator[Seen]:
    """Looks at the queue of the settings, and sends a probe through it if it runs."""
    if not SERVICES.intersection(settings.SERVICES):
        yield not_looked("The queue: repair-serve-api makes no tasks.")
        return
    queue = task_queue.connect()
    try:
        stands = standing(queue)
        yield from _limits(stands)
        if stands.state == MADE.state and stands.attempts != 1:
            yield _came_through(probe(queue))
    except (exceptions.GoogleAPICallError, Unobtainable) as error:
        yield seen_of(error, "The queue", REMEDIES)


def _limits(stands: Standing) -> Iterator[Seen]:
    of_it = f"{settings.TASKS_QUEUE} --location={settings.TASKS_LOCATION}"
    if stands.state != MADE.state:
        yield wrong(f"The queue is {stands.state}.", f"gcloud tasks queues resume {of_it}")
    if replace(stands, state=MADE.state, at_once=MADE.at_once) == MADE:
        yield well(
            f"The queue is there: {stands.at_once} tasks at once, {stands.a_second:g} a second, "
            f"{stands.attempts} attempts each."
        )
    else:
        yield wrong(
            f"The queue makes {stands.attempts} attempts, {stands.shortest} to {stands.longest} s "
            f"apart, doubled {stands.doublings} times, and starts {stands.a_second:g} tasks a "
            "second.",
            f"gcloud tasks queues update {of_it} --max-attempts={MADE.attempts} "
            f"--min-backoff={MADE.shortest}s --max-backoff={MADE.longest}s "
            f"--max-doublings={MADE.doublings} "
            f"--max-dispatches-per-second={MADE.a_second:g}",
        )


def _came_through(status: int | None) -> Seen:
    if status == HTTPStatus.OK:
        return well("A probe went through the queue, and the task handler took it.")
    if status is None:
        return cannot_tell(
            "A probe was not answered in time.",
            "The queue is behind, or queue-services cannot be reached: look at both.",
        )
    remedy = ANSWERED.get(status, "Look at TASK_HANDLER_URL, and at the log of queue-services.")
    return wrong(f"The task handler answers {status} to a probe.", remedy)
