"""A person is taken out of a payload, and whoever stands beside them stays as they were."""

import json
from collections.abc import Iterable

import pytest

from sandbox import samples
from sandbox.samples import DRIVER_NUMBER, DRIVER_USER_ID
from webhooks.whatsapp.blanking import Unblankable, blank
from webhooks.whatsapp.items import Item, Person
from webhooks.whatsapp.limits import MAX_ITEMS
from webhooks.whatsapp.names import Names
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read

OTHER = "16505550000"
OTHERS_ID = "US.99999999999999999999"
NAMELESS = {name: value for name, value in samples.text().items() if "from" not in name}
DRIVER = Names.of([Person(number=DRIVER_NUMBER, user_id=DRIVER_USER_ID)])


def payload(*changes: object) -> bytes:
    return samples.encode(samples.envelope(samples.entry(*changes)))


def of_two(*, messages: Iterable[object], statuses: Iterable[object] = ()) -> bytes:
    """A payload whose contacts are the driver and somebody else."""
    contacts = (samples.contact(), samples.contact(name="Ada", number=OTHER, user_id=OTHERS_ID))
    return payload(samples.change(contacts=contacts, messages=messages, statuses=statuses))


def others_text(body: str = "Hello") -> object:
    return samples.text(message_id="wamid.O", number=OTHER, user_id=OTHERS_ID, body=body)


def items(body: bytes) -> tuple[Item, ...]:
    return read(parse(body))


def test_their_items_and_contact_are_blank_and_the_neighbours_stay() -> None:
    body = of_two(
        messages=[samples.text(body="Où ?"), others_text(), samples.reaction()],
        statuses=[samples.status()],
    )
    done = blank(body, names=DRIVER, positions=[0, 2, 3])
    assert len(done.body) == len(body)
    assert done.positions == {0, 2, 3}
    for word in (DRIVER_NUMBER, DRIVER_USER_ID, "wamid.H", "Sheena", "Où"):
        assert word.encode() not in done.body
    before, after = items(body), items(done.body)
    assert after[1] == before[1]
    assert [item.name for item in after] == ["text", "text", "reaction", "delivered"]
    assert not any(after[at].message_id for at in (0, 2, 3))
    assert done.body.index(b"wamid.O") == body.index(b"wamid.O")


def test_who_is_left_does_not_become_the_only_contact() -> None:
    body = of_two(messages=[NAMELESS, samples.text()])
    assert items(body)[0].person == Person()
    done = blank(body, names=DRIVER, positions=[1])
    assert items(done.body)[0] == items(body)[0]


def test_a_change_without_items_is_counted_last_wherever_it_stands() -> None:
    bare = samples.change() | {"value": {"told": {"wa_id": DRIVER_NUMBER}}}
    body = payload(bare, samples.change(messages=[others_text(), samples.text()]))
    done = blank(body, names=DRIVER, positions=[1])
    assert done.positions == {1, 2}
    assert items(done.body)[0] == items(body)[0]
    assert not DRIVER.are_in(done.body.decode())


def test_a_blank_is_never_longer_than_what_it_stands_for() -> None:
    word = '{"type":"' + "é" * 9 + '"}'  # of which JSON in ASCII needs more
    body = of_two(messages=["their item", others_text()])
    body = body.replace(b'"their item"', word.encode())
    done = blank(body, names=DRIVER, positions=[0])
    assert len(done.body) == len(body)
    assert items(done.body)[1] == items(body)[1]


def test_blanking_twice_is_blanking_once() -> None:
    body = of_two(messages=[samples.text(), others_text()])
    once = blank(body, names=DRIVER, positions=[0]).body
    assert blank(once, names=DRIVER, positions=[0]).body == once


def test_a_change_of_another_field_that_holds_a_name_is_blank() -> None:
    told = samples.other_change(field="user_preferences", value={"wa_id": DRIVER_NUMBER})
    elses = samples.other_change(field="user_preferences", value={"wa_id": OTHER})
    body = payload(told, elses)
    done = blank(body, names=DRIVER, positions=[])
    assert done.positions == {0}
    assert items(done.body) == items(body)
    assert (
        json.loads(done.body)["entry"][0]["changes"][1]
        == json.loads(body)["entry"][0]["changes"][1]
    )


def test_what_others_say_of_them_is_the_others() -> None:
    body = of_two(messages=[others_text(body=f"Call {DRIVER_NUMBER}"), samples.text()])
    done = blank(body, names=DRIVER, positions=[1])
    assert items(done.body)[0] == items(body)[0]


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[]",
        of_two(messages=[samples.text()])[:-2],
        of_two(messages=[samples.text(body="\0")]),
        of_two(messages=[samples.text()]).replace(b'"messages":[', b'"messages":[],"messages":['),
        of_two(messages=[samples.text()]).replace(b'"messages":[', b'"statuses":{},"messages":['),
        of_two(messages=[samples.text()]).replace(
            b'"metadata":{', f'"x":"{DRIVER_NUMBER}","metadata":{{'.encode()
        ),
        of_two(messages=[samples.text()]).replace(b"whatsapp_business_account", b"instagram"),
        # Whoever is named by nobody is told by the only contact.
        payload(samples.change(contacts=[samples.contact()], messages=[samples.text(), NAMELESS])),
        of_two(messages=[samples.text()] * (MAX_ITEMS + 2)),
    ],
    ids=[
        "text",
        "list",
        "cut",
        "nul",
        "twice",
        "no list",
        "beside",
        "product",
        "another changes",
        "too many",
    ],
)
def test_what_cannot_be_done_for_sure_is_not_done(body: bytes) -> None:
    with pytest.raises(Unblankable):
        blank(body, names=DRIVER, positions=[0])


def test_a_number_is_not_found_in_a_longer_one() -> None:
    assert DRIVER.are_in(f"x{DRIVER_NUMBER}x")
    assert not DRIVER.are_in(f"{DRIVER_NUMBER}0")
    assert not DRIVER.are_in(f"{DRIVER_USER_ID}0")
    assert not Names.of([Person(number="12345")]).are_in("12345")  # nor one that may be anything
    assert DRIVER.replaced(f"+{DRIVER_NUMBER}, {DRIVER_USER_ID}", "-") == "+-, -"


def test_a_user_id_tells_who_it_is_before_the_number_does() -> None:
    assert DRIVER.name(Person(number=OTHER, user_id=DRIVER_USER_ID))
    assert not DRIVER.name(Person(number=DRIVER_NUMBER, user_id=OTHERS_ID))
    assert DRIVER.name(Person(number=DRIVER_NUMBER))
    assert not DRIVER.name(Person())
