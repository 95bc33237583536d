"""The page of a delivery: its JSON to fold and to copy, at the item that it is opened for."""

import pytest

from sandbox import samples
from tests.eventlog.admin.staff import on_call, support
from tests.pages import words_of
from tests.rows import NOON
from webhooks import receiving
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db


def received(body: bytes) -> str:
    """The address of the page of what came in."""
    receiving.receive(body=body, headers={}, source=Delivery.Source.META, now=NOON)
    return f"/admin/webhooks/delivery/{Delivery.objects.get().pk}/change/"


def three_texts() -> bytes:
    """A delivery of three items."""
    ids = ("wamid.A", "wamid.B", "wamid.C")
    change = samples.change(messages=[samples.text(message_id=each) for each in ids])
    return samples.encode(samples.envelope(samples.entry(change)))


def own_item(page: str) -> str:
    """The words from the marked item on."""
    _, marked, behind = page.partition('id="item"')
    return words_of(f"<details {marked}{behind}").split("}", 2)[0] if marked else ""


def test_it_opens_at_the_item_of_an_event() -> None:
    received(three_texts())
    staff = on_call()
    event = Event.objects.get(message_id="wamid.B")
    staff.post(f"/admin/reveal/delivery/{event.delivery_id}/")
    shown = staff.get(f"/admin/webhooks/event/{event.pk}/change/").content.decode()
    address = f"/admin/webhooks/delivery/{event.delivery_id}/change/?item=2#item"
    assert f'href="{address}"' in shown
    assert '"id": "wamid.B"' in own_item(staff.get(address).content.decode())


@pytest.mark.parametrize("item", ["", "0", "4", "x", "-1", "9" * 30])
def test_an_item_that_is_not_there_is_not_marked(item: str) -> None:
    page = support().get(f"{received(three_texts())}?item={item}")
    assert (page.status_code, own_item(page.content.decode())) == (200, "")


def test_revealing_and_hiding_stay_at_the_item() -> None:
    address = received(three_texts())
    staff = on_call()
    page = staff.get(f"{address}?item=2").content.decode()
    assert '<input type="hidden" name="item" value="2">' in page
    reveal = f"/admin/reveal/delivery/{Delivery.objects.get().pk}/"
    revealed = staff.post(reveal, {"item": "2", "other": "x"})
    assert revealed.headers["Location"] == f"{address}?item=2#item"
    assert staff.post(reveal, {"hide": "1"}).headers["Location"] == address


@pytest.mark.parametrize(
    ("body", "copied"),
    [
        (b'{"a": 1,\r\n"a" : 1.0}', '{"a": 1,\r\n"a" : 1.0}'),
        (b"\n no json <b>&amp;", "\n no json <b>&amp;"),
        ('{"a":"ol\u00e1"}'.encode(), '{"a":"olá"}'),
    ],
)
def test_what_is_copied_is_what_came(body: bytes, copied: str) -> None:
    address = received(body)
    staff = on_call()
    staff.post(f"/admin/reveal/delivery/{Delivery.objects.get().pk}/")
    page = staff.get(address).content.decode()
    # A browser reads the line feed alone where the return is not written as a reference.
    [exact] = page.split('id="exact-text">')[1:]
    assert words_of(exact.partition("</bdi>")[0]) == copied
    assert "\r" not in page
    assert 'data-copies="exact-text"' in page


@pytest.mark.parametrize("body", [b'"\xff"', b'"a\0"', b'"' + b"a" * 100_000 + b'"'])
def test_what_no_page_can_hold_is_not_offered_to_be_copied(body: bytes) -> None:
    address = received(body)
    staff = on_call()
    staff.post(f"/admin/reveal/delivery/{Delivery.objects.get().pk}/")
    page = staff.get(address).content.decode()
    assert 'id="tree"' in page
    assert "data-copies" not in page


def test_masked_what_is_shown_can_be_copied_and_nothing_else() -> None:
    page = support().get(received(three_texts())).content.decode()
    assert 'data-copies="tree"' in page
    assert "exact-text" not in page


def test_of_too_many_values_the_text_and_the_download_are_left() -> None:
    message = samples.text(message_id="wamid.ODD") | {"odd": [[]] * 120_000}
    body = samples.encode(samples.envelope(samples.entry(samples.change(messages=[message]))))
    address, staff = received(body), on_call()
    masked = words_of(staff.get(f"{address}?item=1").content.decode())
    assert (
        "These bytes hold more values than a page can show as a tree, so nothing of them is"
        in masked
    )
    assert "wamid.ODD" not in masked
    delivery, event = Delivery.objects.get(), Event.objects.get()
    staff.post(f"/admin/reveal/delivery/{delivery.pk}/")
    page = staff.get(f"{address}?item=1").content.decode()
    assert "These bytes hold more values than a page can show as a tree. They stand below" in page
    assert "wamid.ODD" in page
    assert 'class="code json"' not in page
    assert "Only the beginning is shown; the download is complete." in page
    downloaded = staff.get(address.replace("change/", "raw/"))
    assert b"".join(downloaded) == body
    own = words_of(staff.get(f"/admin/webhooks/event/{event.pk}/change/").content.decode())
    assert "Its delivery holds more values than a page can look through for it" in own
