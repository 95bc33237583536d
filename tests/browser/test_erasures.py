"""How a person is erased, in a browser: seen first, confirmed, and gone."""

import pytest
from django.contrib.auth.models import Group, Permission
from playwright.sync_api import expect

from sandbox import samples
from tests.browser.conftest import Visit
from tests.browser.test_restores import fits
from webhooks import receiving
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.django_db(transaction=True)]

CHANGE = samples.change(messages=[samples.text()], contacts=[samples.contact()])


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_a_person_is_erased(visit: Visit, width: int, scheme: str) -> None:
    body = samples.encode(samples.envelope(samples.entry(CHANGE)))
    receiving.receive(body=body, headers={}, source=Delivery.Source.META)
    Event.objects.update(lease_id="lease-1", enquiry_id="their-enquiry", document_id="theirs")
    may = Permission.objects.get(codename="erase_person")
    Group.objects.get(name="On-call").permissions.add(may)
    event = Event.objects.get()
    address = f"/admin/webhooks/event/{event.pk}/change/"
    page = visit("On-call", address, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.get_by_role("link", name="Erase the person…").click()
    expect(page.get_by_role("heading", name="ViSN’s to erase")).to_be_visible()
    expect(page.get_by_text("leasecompany/lease-1/enquiries/their-enquiry")).to_be_visible()
    fits(page, width)
    page.get_by_role("button", name="Erase this person").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    fits(page, width)
    page.get_by_role("link", name="To the tombstones").click()
    expect(page.get_by_role("cell", name="not downloaded")).to_be_visible()
    fits(page, width)
    page.goto(address)
    expect(page.get_by_text("The person was erased")).to_be_visible()
    fits(page, width)
    assert Event.objects.filter(person_number="", reason="erased").count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_who_saw_what(visit: Visit, width: int, scheme: str) -> None:
    body = samples.encode(samples.envelope(samples.entry(CHANGE)))
    receiving.receive(body=body, headers={}, source=Delivery.Source.META)
    may = Permission.objects.get(codename="view_logentry")
    Group.objects.get(name="On-call").permissions.add(may)
    address = f"/admin/webhooks/event/{Event.objects.get().pk}/change/"
    page = visit("On-call", address, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.get_by_role("button", name="Reveal").click()
    page.goto("/admin/who-saw-what/")
    expect(page.get_by_role("rowheader", name="Revealed number")).to_be_visible()
    fits(page, width)
    page.locator("select[name=deed]").select_option("erased")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Nobody")).to_be_visible()
    fits(page, width)
