"""The sample payloads are what Meta documents."""

from sandbox import samples
from tests.webhooks.whatsapp.payloads import STATUS_ID, TEXT_ID, load
from webhooks.whatsapp.payload import parse
from webhooks.whatsapp.reading import read


def test_the_sample_text_is_that_of_the_documentation() -> None:
    """Built from its defaults, it means what Meta's example means."""
    change = samples.change(messages=[samples.text()], contacts=[samples.contact()])
    raw = samples.encode(samples.envelope(samples.entry(change)))
    assert read(parse(raw)) == read(parse(load("text")))


def test_encoding_is_that_of_meta() -> None:
    """The bytes for which the documentation gives a signature."""
    message = {"text": {"body": "olá 👍 a@b.co https://x.y"}}
    change = {"field": "messages", "value": {"messages": [message]}}
    payload = samples.envelope({"id": "1", "changes": [change]})
    assert samples.encode(payload) == (
        rb'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages",'
        rb'"value":{"messages":[{"text":{"body":"ol\u00e1 \ud83d\udc4d a\u0040b.co '
        rb'https:\/\/x.y"}}]}}]}]}'
    )


def test_what_is_withheld_is_left_out() -> None:
    """Neither a number nor an empty list stands in the payload."""
    change = samples.change(
        messages=[samples.text(number="")], contacts=[samples.contact(number="")]
    )
    assert change == {
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {
                "display_phone_number": "15550783881",
                "phone_number_id": "106540352242922",
            },
            "contacts": [
                {"profile": {"name": "Sheena Nelson"}, "user_id": "US.13491208655302741918"}
            ],
            "messages": [
                {
                    "from_user_id": "US.13491208655302741918",
                    "id": samples.TEXT_ID,
                    "timestamp": "1749416383",
                    "type": "text",
                    "text": {"body": "Does it come in another color?"},
                }
            ],
        },
        "field": "messages",
    }


def test_message_ids() -> None:
    """Inbound and outbound, they are those of the documentation."""
    inbound = samples.wamid("16503879439", 0x3A4A6599AEE03810144F)
    outbound = samples.wamid("16503879439", 0x4AD62084F2FA1632DE, outbound=True)
    assert (inbound, outbound) == (TEXT_ID, STATUS_ID)
