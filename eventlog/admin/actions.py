"""What can be done with the events that are ticked in their list."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from eventlog.pages.repairs import repair_response
from eventlog.pages.replays import preview_response
from eventlog.replay import losses
from eventlog.replay.choosing import of_events
from webhooks.models import Event


@admin.action(description="Replay the selected events…", permissions=["replay"])
def replay_selected(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, events: QuerySet[Event]
) -> TemplateResponse:
    """Shows what a replay of these events would do."""
    ids = list(events.order_by("pk").values_list("pk", flat=True))
    response = preview_response(request, of_events(ids), ids=ids, back=request.get_full_path())
    response.context_data = {
        **model_admin.admin_site.each_context(request),
        "title": "Replay",
        **(response.context_data or {}),
    }
    return response


@admin.action(description="Erase the person of the selected event…", permissions=["erase"])
def erase_selected(
    model_admin: "ModelAdmin[Any]",  # noqa: ARG001 - Django hands it over
    request: HttpRequest,
    events: QuerySet[Event],
) -> HttpResponseRedirect | None:
    """Leads to what an erasure of the event's person would do; of one person at a time."""
    people = {(event.person_number, event.person_user_id): event.pk for event in events}
    people.pop(("", ""), None)
    if len(people) != 1:
        messages.warning(request, "Choose events of one person, who is named in them.")
        return None
    [event] = people.values()
    return HttpResponseRedirect(f"{reverse('admin:erasure-new')}?event={event}")


@admin.action(description="Repair the selected events…", permissions=["repair"])
def repair_selected(
    model_admin: "ModelAdmin[Any]", request: HttpRequest, events: QuerySet[Event]
) -> TemplateResponse:
    """Shows what of these events Firestore has lost, and what can be brought back."""
    ids = list(events.order_by("pk").values_list("pk", flat=True))
    response = repair_response(request, losses.of_events(ids))
    response.context_data = {
        **model_admin.admin_site.each_context(request),
        "title": "Repair",
        **(response.context_data or {}),
    }
    return response
