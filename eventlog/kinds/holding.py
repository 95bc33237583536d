"""What a message that is not processed holds, in words: read from Meta's JSON of it.

Meta's webhooks carry neither the bytes of a photo, voice message or file nor their size: only what
is listed here (`webhooks/whatsapp/drift/documented.py` has all names).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Fields = Mapping[str, object]
Parts = Iterator["Part"]

NO_SIZE = "not told: Meta’s webhooks carry neither size nor bytes of it"
MOST = 10  # contacts or products that are named
_FORMAT = re.compile(r"[a-z]{1,16}/[a-z0-9.+-]{1,80}(; ?[a-z]{1,16}=[a-z0-9.,-]{1,32})?")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that there is to know of it."""

    label: str
    value: str
    is_personal: bool = True  # shown only where it is revealed


def parts_of(message: object) -> list[Part]:
    """All that is known of what one of `messages[]` holds; nothing of another type."""
    fields = _fields(message)
    name = _text(fields, "type")
    read = _READ.get(name)
    return list(read(fields.get(name))) if read else []


def _media(what: str) -> Callable[[object], Parts]:
    return lambda value: _file(_fields(value), what)


def _audio(value: object) -> Parts:
    match _fields(value).get("voice"):
        case True:
            what = "Voice message, recorded in WhatsApp"
        case False:
            what = "Sound file"
        case _:
            what = "Voice message or sound file: Meta does not say which"
    return _file(_fields(value), what)


def _sticker(value: object) -> Parts:
    yield from _file(
        _fields(value), "Moving sticker" if _fields(value).get("animated") is True else "Sticker"
    )


def _file(fields: Fields, what: str) -> Parts:
    yield Part("What", what, is_personal=False)
    if form := _text(fields, "mime_type"):
        yield Part("Format", form, is_personal=not _FORMAT.fullmatch(form))
    yield from _named(fields, ("File name", "filename"), ("Caption", "caption"))
    size = fields.get("file_size")
    known = isinstance(size, int) and not isinstance(size, bool)
    yield Part("Size", f"{size:,} bytes" if known else NO_SIZE, is_personal=False)


def _location(value: object) -> Parts:
    fields = _fields(value)
    yield from _named(fields, ("Place", "name"), ("Address", "address"))
    at = [fields.get(name) for name in ("latitude", "longitude")]
    if all(isinstance(each, int | float) for each in at):
        yield Part("Latitude and longitude", ", ".join(map(str, at)))
    yield from _named(fields, ("Link", "url"))


def _contacts(value: object) -> Parts:
    cards = [_fields(each) for each in _list(value)]
    yield Part("Contact cards", f"{len(cards):,}", is_personal=False)
    for card in cards[:MOST]:
        name = _text(_fields(card.get("name")), "formatted_name")
        phones = [_text(_fields(each), "phone") for each in _list(card.get("phones"))]
        yield Part("Contact", ", ".join(filter(None, (name, *phones))))


def _button(value: object) -> Parts:
    return _named(_fields(value), ("Pressed", "text"))


def _interactive(value: object) -> Parts:
    for name in ("button_reply", "list_reply", "nfm_reply"):
        fields = _fields(_fields(value).get(name))
        yield from _named(fields, ("Chosen", "title"), ("Described as", "description"))
        yield from _named(fields, ("Form", "name"), ("Says", "body"), ("Answers", "response_json"))


def _order(value: object) -> Parts:
    fields = _fields(value)
    products = [_fields(each) for each in _list(fields.get("product_items"))]
    yield Part("Products", f"{len(products):,}", is_personal=False)
    for product in products[:MOST]:
        words = (product.get(each) for each in ("quantity", "product_retailer_id"))
        yield Part("Product", " × ".join(str(each) for each in words if each is not None))
    yield from _named(fields, ("Written with it", "text"))


def _edit(value: object) -> Parts:
    message = _fields(_fields(value).get("message"))
    yield from _named(_fields(message.get("text")), ("New words", "body"))
    yield from parts_of(message)


_READ: Mapping[str, Callable[[object], Parts]] = {
    "image": _media("Photo"),
    "video": _media("Video"),
    "audio": _audio,
    "document": _media("File"),
    "sticker": _sticker,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "edit": _edit,
}


def _named(fields: Fields, *names: tuple[str, str]) -> Parts:
    for label, name in names:
        if said := _text(fields, name):
            yield Part(label, said)


def _fields(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
