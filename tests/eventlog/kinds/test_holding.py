"""What a photo, a voice message or anything else that is not processed was, from Meta's JSON."""

from typing import Any

import pytest

from eventlog.kinds.holding import NO_SIZE, parts_of

FILE = {"mime_type": "image/jpeg", "sha256": "abc=", "id": "1003383421387256"}
AUDIO = FILE | {"mime_type": "audio/ogg; codecs=opus"}
CARD: dict[str, Any] = {
    "name": {"formatted_name": "Ada Byron", "first_name": "Ada"},
    "phones": [{"phone": "+44 7700 900123", "type": "CELL"}, {"phone": "+44 7700 900124"}],
}


@pytest.mark.parametrize(
    ("kind", "holds", "told"),
    [
        (
            "image",
            FILE | {"caption": "Here is the dent"},
            {"What": "Photo", "Format": "image/jpeg", "Caption": "Here is the dent"},
        ),
        ("video", FILE | {"mime_type": "video/mp4"}, {"What": "Video", "Format": "video/mp4"}),
        (
            "audio",
            AUDIO | {"voice": True},
            {"What": "Voice message, recorded in WhatsApp", "Format": "audio/ogg; codecs=opus"},
        ),
        ("audio", FILE | {"voice": False}, {"What": "Sound file", "Format": "image/jpeg"}),
        ("audio", {}, {"What": "Voice message or sound file: Meta does not say which"}),
        (
            "document",
            FILE | {"mime_type": "application/pdf", "filename": "Bill Ada.pdf"},
            {"What": "File", "Format": "application/pdf", "File name": "Bill Ada.pdf"},
        ),
        ("sticker", {"animated": True}, {"What": "Moving sticker"}),
        ("sticker", {"animated": False}, {"What": "Sticker"}),
    ],
)
def test_a_file_says_what_it_is_and_that_no_size_is_told(
    kind: str, holds: object, told: dict[str, str]
) -> None:
    parts = {part.label: part.value for part in parts_of({"type": kind, kind: holds})}
    assert parts == told | {"Size": NO_SIZE}


@pytest.mark.parametrize(
    ("kind", "holds", "told"),
    [
        (
            "location",
            {"latitude": 51.5, "longitude": -0.12, "name": "Garage", "address": "1 High St"},
            [
                ("Place", "Garage"),
                ("Address", "1 High St"),
                ("Latitude and longitude", "51.5, -0.12"),
            ],
        ),
        (
            "contacts",
            [CARD, {}],
            [
                ("Contact cards", "2"),
                ("Contact", "Ada Byron, +44 7700 900123, +44 7700 900124"),
                ("Contact", ""),
            ],
        ),
        ("button", {"text": "Yes", "payload": "yes-1"}, [("Pressed", "Yes")]),
        (
            "interactive",
            {"type": "list_reply", "list_reply": {"title": "Tuesday", "description": "at nine"}},
            [("Chosen", "Tuesday"), ("Described as", "at nine")],
        ),
        (
            "interactive",
            {"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent"}},
            [("Form", "flow"), ("Says", "Sent")],
        ),
        (
            "order",
            {"text": "Soon", "product_items": [{"quantity": 2, "product_retailer_id": "tyre"}]},
            [("Products", "1"), ("Product", "2 × tyre"), ("Written with it", "Soon")],
        ),
        (
            "edit",
            {"message": {"type": "text", "text": {"body": "At ten"}}},
            [("New words", "At ten")],
        ),
        ("unsupported", {"type": "poll"}, []),
        ("poll", {"question": "Ada?"}, []),
    ],
)
def test_other_things_say_what_they_hold(
    kind: str, holds: object, told: list[tuple[str, str]]
) -> None:
    assert [(part.label, part.value) for part in parts_of({"type": kind, kind: holds})] == told


def test_what_a_driver_says_is_personal_and_what_it_was_is_not() -> None:
    holds = FILE | {"caption": "Words", "filename": "Ada.pdf", "file_size": 12345}
    parts = parts_of({"type": "document", "document": holds})
    assert {part.label: part.is_personal for part in parts} == {
        "What": False,
        "Format": False,
        "File name": True,
        "Caption": True,
        "Size": False,
    }
    assert [part.value for part in parts if part.label == "Size"] == ["12,345 bytes"]


@pytest.mark.parametrize("form", ["call Ada", "image/jpeg Ada", "Ada/447700900123"])
def test_a_format_that_is_none_may_be_anything(form: str) -> None:
    [_, part, _] = parts_of({"type": "image", "image": {"mime_type": form}})
    assert (part.label, part.is_personal) == ("Format", True)


@pytest.mark.parametrize("odd", [None, "x", 7, [], {}, [None, 3], {"name": 5}, True])
@pytest.mark.parametrize("kind", ["image", "audio", "contacts", "location", "interactive", "order"])
def test_odd_contents_do_no_harm(kind: str, odd: object) -> None:
    assert [part for part in parts_of({"type": kind, kind: odd}) if part.label == "Caption"] == []
    assert parts_of(odd) == []
