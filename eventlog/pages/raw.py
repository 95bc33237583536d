"""The bytes of a delivery, exactly as they came, to take away."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from eventlog.links import delivery_url
from eventlog.pages.noting import note
from eventlog.pages.page import Page
from eventlog.pages.reveal import Subject, veil
from webhooks import clock
from webhooks.models import Delivery


def raw_view(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Answers with the bytes while they are revealed to whoever asks, or leads to where they were.

    Who may not reveal them is refused.
    """
    delivery = Delivery.objects.select_related("repeat_of").filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    shown_to = veil(request, Subject.DELIVERY, delivery)
    if not shown_to.liftable:
        raise PermissionDenied
    if not shown_to.sight.revealed:
        messages.warning(request, "The bytes are masked again. Reveal them, then download them.")
        return HttpResponseRedirect(delivery_url(delivery.pk))
    body = (delivery.repeat_of or delivery).body
    if body is None:
        raise Http404("Its bytes are gone.")
    note(request, delivery, "Downloaded the raw bytes.", at=clock.now())
    response = HttpResponse(bytes(body), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{delivery.pk}.json"'
    return response


PAGES = (
    Page(
        path="webhooks/delivery/<uuid:delivery_id>/raw/",
        name="delivery-raw",
        view=raw_view,
        permission="webhooks.view_delivery",
        title="Raw bytes",
    ),
)
