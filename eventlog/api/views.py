"""The routes of the API. Each has one path, without anything in it that somebody chose."""

from datetime import datetime
from operator import attrgetter

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from eventlog.accounts import account_of
from eventlog.api import asked, described, replays, told
from eventlog.api.pages import page_of
from eventlog.api.view import ApiView
from eventlog.api.view import told as answer
from eventlog.figures.board import Stretch, board
from eventlog.figures.by_number import by_number
from eventlog.figures.numbers import known_numbers
from eventlog.history import note_replay
from eventlog.models import ReplayJob
from eventlog.problems.listing import standing
from eventlog.questions.same import about_message
from eventlog.questions.windows import NEWEST_FIRST
from eventlog.replay.choosing import of_events, of_filter
from eventlog.replay.foreseeing import NOTHING, PAGE_SECONDS, Foresight, foresee
from eventlog.replay.jobs import Request as Wanted
from eventlog.replay.jobs import start
from eventlog.replay.outcomes import collect_outcomes
from eventlog.replay.progress import progress
from eventlog.replay.selection import Selection, preview
from eventlog.replay.verdict import verdict
from listeners.firestore import connection as firestore
from webhooks import ledger
from webhooks.models import Event

Errors = dict[int, type[told.Wrong]]
ERRORS: Errors = dict.fromkeys((400, 401, 403, 429, 503), told.Wrong)
REVEALED_NUMBERS = "Revealed lease numbers to a service, by the API."
BODY_ERRORS: Errors = ERRORS | {413: told.Wrong}


class EventsView(ApiView):
    """`GET /api/v1/events`."""

    http_method_names = ["get"]

    @extend_schema(parameters=[asked.Events], responses={200: told.Page, **ERRORS})
    def get(self, request: Request) -> HttpResponse:
        """What came in, the newest first."""
        given = self.read(asked.Events, request.query_params)
        sight = self.sight(reveal=given["reveal"])
        with ledger.reached():
            page = page_of(given, now=self.now)
            self.note(page.events, sight)
        each = [told.event(event, sight) for event in page.events]
        return answer({"events": each, "next": page.next})


class MessagesView(ApiView):
    """`POST /api/v1/messages`: a message's id embeds a number, so it is in no address."""

    http_method_names = ["post"]

    @extend_schema(request=asked.Message, responses={200: told.About, **BODY_ERRORS})
    def post(self, request: Request) -> HttpResponse:
        """What became of a message, by any of its ids."""
        given = self.read_json(asked.Message)
        sight = self.sight(reveal=given["reveal"])
        about = Event.objects.filter(about_message(given["message_id"])).order_by(*NEWEST_FIRST)
        with ledger.reached():
            found = list(about[: asked.MOST_EVENTS + 1])
            shown = found[: asked.MOST_EVENTS]
            self.note(shown, sight)
        each = [told.event(event, sight) for event in shown]
        return answer({"events": each, "more": len(found) > len(shown)})


class ProblemsView(ApiView):
    """`GET /api/v1/problems`."""

    http_method_names = ["get"]

    @extend_schema(responses={200: told.Problems, **ERRORS})
    def get(self, request: Request) -> HttpResponse:
        """What needs attention, as on the front page."""
        with ledger.reached():
            return answer(told.problems(standing(now=self.now)))


class FiguresView(ApiView):
    """`GET /api/v1/figures`."""

    http_method_names = ["get"]

    @extend_schema(parameters=[asked.Figures], responses={200: told.Figures, **ERRORS})
    def get(self, request: Request) -> HttpResponse:
        """What came in the last hour, day or week, and what became of it."""
        given = self.read(asked.Figures, request.query_params)
        with ledger.reached():
            return answer(told.figures(board(Stretch.of(given["stretch"]), now=self.now)))


class LeaseNumbersView(ApiView):
    """`GET /api/v1/lease-numbers`."""

    http_method_names = ["get"]

    @extend_schema(parameters=[asked.LeaseNumbers], responses={200: told.LeaseNumbers, **ERRORS})
    def get(self, request: Request) -> HttpResponse:
        """The same for each lease number by itself, so many at once."""
        given = self.read(asked.LeaseNumbers, request.query_params)
        sight = self.sight(reveal=given["reveal"])
        with ledger.reached():
            known = sorted(known_numbers(), key=attrgetter("pk"))
            left = [number for number in known if number.pk > given["after"]]
            shown = left[: given["limit"]]
            found = by_number(Stretch.of(given["stretch"]), shown, now=self.now)
            self.note([None] if shown else [], sight, REVEALED_NUMBERS)
        return answer(told.lease_numbers(found, shown, sight, more=len(left) > len(shown)))


class ReplaysView(ApiView):
    """`GET` and `POST /api/v1/replays`."""

    http_method_names = ["get", "post"]

    @extend_schema(
        parameters=[asked.Replayed], responses={200: replays.Replay, 404: told.Wrong, **ERRORS}
    )
    def get(self, request: Request) -> HttpResponse:
        """How far a replay is, and what came otherwise than its preview had shown."""
        given = self.read(asked.Replayed, request.query_params)
        with ledger.reached():
            collect_outcomes(now=self.now)
            job = ReplayJob.objects.filter(pk=given["id"]).first()
            if job is None:
                raise NotFound
            return answer(replays.replay(job, progress(job), verdict(job)))

    @extend_schema(
        request=asked.Replay, responses={200: replays.Replay, 409: told.Wrong, **BODY_ERRORS}
    )
    def post(self, request: Request) -> HttpResponse:
        """Opens skipped, failed and ignored events again; asked twice with one id, once."""
        self.let_replay()
        given = self.read_json(asked.Replay, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        with ledger.reached():
            selection = _selection(given, now=self.now)
            job = self._start(given, selection)
            unknown = selection.unknown
            return answer(replays.replay(job, progress(job), verdict(job), unknown=unknown))

    def _start(self, given: asked.Given, selection: Selection) -> ReplayJob:
        user = account_of(self.caller, may_log_in=False)
        wanted = Wanted(
            job_id=given["id"],
            name=given.get("name", "").strip() or selection.words[:100],
            selection=selection,
            asked_by=user,
            foreseen=given.get("foreseen", {}),
        )
        job = start(wanted, now=self.now)
        if job.asked_at == self.now:  # otherwise it was asked for before
            note_replay(user, job)
        return job


class ReplayPreviewView(ApiView):
    """`POST /api/v1/replays/preview`."""

    http_method_names = ["post"]

    @extend_schema(request=asked.Choice, responses={200: replays.ReplayPreview, **BODY_ERRORS})
    def post(self, request: Request) -> HttpResponse:
        """What a replay would do: looked at, and nothing is written."""
        self.let_replay()
        given = self.read_json(asked.Choice)
        with ledger.reached():
            selection = _selection(given, now=self.now)
            found = preview(selection, limit=settings.REPLAY_MAX_EVENTS)
            foresight = self._foresee(selection) if found.possible else NOTHING
        return answer(replays.preview(given, selection, found, foresight, now=self.now))

    def _foresee(self, selection: Selection) -> Foresight:
        return foresee(selection, connect=firestore.connect, now=self.now, seconds=PAGE_SECONDS)


def _selection(given: asked.Given, *, now: datetime) -> Selection:
    if "events" in given:
        return of_events(given["events"])
    return of_filter(asked.filter_of(given["which"], now=now), now=now)


class DescriptionView(ApiView):
    """`GET /api/v1/openapi.json`."""

    http_method_names = ["get"]
    schema = None  # it does not describe itself

    def get(self, request: Request) -> HttpResponse:
        """All of this as OpenAPI has it."""
        return answer(described.schema(tuple(ROUTES.items())))


ROUTES = {
    "events": EventsView,
    "messages": MessagesView,
    "problems": ProblemsView,
    "figures": FiguresView,
    "lease-numbers": LeaseNumbersView,
    "replays": ReplaysView,
    "replays/preview": ReplayPreviewView,
    "openapi.json": DescriptionView,
}
