"""pywa as its documentation recommends it, with FastAPI: it hands a text on, and keeps nothing.

uvicorn benchmarks.others.keeps_nothing:app
"""

import os

from fastapi import FastAPI
from pywa import WhatsApp, filters
from pywa.types import Message

app = FastAPI()
whatsapp = WhatsApp(
    phone_id=os.environ["PHONE_NUMBER_ID"],
    token="none",  # noqa: S106 - protects nothing, like the next
    server=app,
    verify_token="none",  # noqa: S106
    app_secret=os.environ["WHATSAPP_APP_SECRET"],
    webhook_endpoint="/v1/webhooks/whatsapp/webhook",
)
handled: list[str] = []


@whatsapp.on_message(filters.text)
def take(_: WhatsApp, message: Message) -> None:
    """What the application would do with it."""
    handled.append(message.id)


@app.get("/handled")
def count() -> int:
    """How many texts have come as far as the handler."""
    return len(handled)
