"""The page of the messages that never arrived: what it shows, and where it leads."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from eventlog.models import LeaseNumber
from sandbox.samples import DRIVER_NUMBER, LEASE_NUMBER, wamid
from tests.eventlog.admin.staff import on_call, signed_in, staff_in, support
from tests.rows import make_delivery, make_event
from webhooks.models import Event
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import Kind
from webhooks.whatsapp.wamids import short_key

pytestmark = pytest.mark.django_db

PATH = "/admin/never-arrived/"
MESSAGE = wamid(DRIVER_NUMBER, 1, outbound=True)
MINUTE = timedelta(minutes=1)


def failed(reason: Reason = Reason.APPLIED, **fields: object) -> Event:
    usual = {"message_id": MESSAGE, "message_key": short_key(MESSAGE), "error_code": 131026}
    return make_event(
        make_delivery(received_at=timezone.now() - MINUTE),
        kind=Kind.STATUS,
        name="failed",
        state=reason.state,
        reason=reason,
        **(usual | fields),
    )


def known(event: Event) -> LeaseNumber:
    moment = event.received_at
    return LeaseNumber.objects.create(
        number=event.lease_number, first_event_at=moment, last_event_at=moment, last_event=event.pk
    )


def page(query: str = "") -> str:
    return unescape(support().get(f"{PATH}{query}").content.decode())


def test_each_message_leads_to_its_chat_and_its_enquiry() -> None:
    event = failed(enquiry_id="ENQ-7", lease_id="northfleet")
    lost = failed(Reason.NO_ACTIVE_TRACKING, message_id="wamid.B", message_key=None)
    html = page()
    assert f'href="/admin/chat/{event.pk}/#message"' in html
    assert f'href="/admin/webhooks/event/?enquiry_of={event.pk}"' in html
    assert f'href="/admin/webhooks/event/{lost.pk}/change/"' in html
    assert f"/admin/chat/{lost.pk}/" not in html
    assert "none: no active tracking" in html


def test_its_counts_lead_to_what_they_count() -> None:
    event = failed(enquiry_id="ENQ-7", lease_id="northfleet")
    row = known(event)
    html = page("?days=30")
    day = timezone.localtime(event.received_at).date().isoformat()
    for query in ("days=30&code=131026", f"days=30&day={day}", f"days=30&number={row.pk}"):
        assert f'href="?{query}"' in html
        assert f'id="failure-{event.pk}"' in page(f"?{query}")
    chosen = page("?days=30&code=131026")
    assert re.search(r'href="\?days=30" aria-current="true">\s*<bdi[^>]*>131026 ', chosen)
    other = page("?days=30&code=131049")
    assert f'id="failure-{event.pk}"' not in other
    assert "No message fits" in other


def test_no_address_and_no_page_tells_a_driver() -> None:
    event = failed(enquiry_id="ENQ-7", lease_id="northfleet")
    known(event)
    for staff in (support(), on_call()):
        html = unescape(staff.get(PATH).content.decode())
        assert [word for word in (DRIVER_NUMBER, MESSAGE) if word in html] == []
        addresses = " ".join(re.findall(r'href="([^"]*)"', html))
        assert LEASE_NUMBER not in addresses


@pytest.mark.parametrize(
    "query",
    ["?days=999", "?day=yesterday", "?code=x", "?number=0", "?number=999999999999", "?after=x"],
)
def test_an_address_that_says_nothing_is_passed_over(query: str) -> None:
    event = failed()
    assert f'id="failure-{event.pk}"' in page(query)


def test_that_nothing_failed_is_said() -> None:
    assert "Nothing failed" in page()


def test_more_of_them_are_a_page_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.questions.never_arrived.SHOWN_AT_ONCE", 1)
    first = failed()
    second = failed(message_id="wamid.B", message_key=None)
    html = page()
    assert f'id="failure-{second.pk}"' in html
    assert f'href="?days=7&after={second.pk}"' in html
    older = page(f"?days=7&after={second.pk}")
    assert f'id="failure-{first.pk}"' in older
    assert f'id="failure-{second.pk}"' not in older
    assert 'href="?days=7">' in older


def test_nobody_without_the_right_sees_it(django_user_model: type) -> None:
    stranger = django_user_model.objects.create_user("ben", is_staff=True)  # type: ignore[attr-defined]
    assert signed_in(stranger).get(PATH).status_code == 403


def test_days_are_of_a_zone_which_the_address_names() -> None:
    staff = staff_in("Pacific/Auckland")
    page = staff.get(PATH)
    assert "as days are in Pacific/Auckland." in page.content.decode()
    now = datetime.now(UTC).astimezone(ZoneInfo("Pacific/Auckland"))
    assert page.context["days"][0].label == f"{now:%a %d %b}"
    query = f"days=7&zone=Pacific%2FAuckland&day={now:%Y-%m-%d}"
    assert page.context["days"][0].query == query
    colleague = staff_in("Asia/Kolkata").get(f"{PATH}?{query}")
    assert colleague.context["days"][0].chosen
    told = colleague.content.decode()
    assert "as days are in Pacific/Auckland" in told
    assert '?days=7&amp;zone=Asia%2FKolkata">Yours are in Asia/Kolkata' in told
    assert "days are in UTC" in staff.get(f"{PATH}?days=7").content.decode()  # as links of before
