"""What is asked of Meta, with which secrets and where."""

import re
from typing import Any

from visn_whatsapp.safety.rules import rule, sentence

GRAPH_API = "https://graph.facebook.com"
# Meta's ids are digits; a token is opaque, and goes into a header.
ID = re.compile(r"[0-9]{5,20}")
TOKEN = re.compile(r"[A-Za-z0-9_|.=-]{32,1024}")


@rule("E024")
def meta_can_be_asked(settings: Any) -> str:
    """With half of it, or with what is none, the doctor would look in vain or not at all."""
    named = [settings.WHATSAPP_APP_ID, *settings.WHATSAPP_ACCOUNTS]
    if not all(ID.fullmatch(each) for each in filter(None, named)):
        return "WHATSAPP_APP_ID and WHATSAPP_ACCOUNTS must hold ids of Meta's, which are digits."
    if not settings.WHATSAPP_ACCESS_TOKEN:
        return ""
    if not TOKEN.fullmatch(settings.WHATSAPP_ACCESS_TOKEN):
        return "WHATSAPP_ACCESS_TOKEN must be a token as Meta makes them, and nothing more."
    beside = ("WHATSAPP_APP_ID", "WHATSAPP_ACCOUNTS")
    missing = [name for name in beside if not getattr(settings, name)]
    return sentence(missing, "missing, but required by WHATSAPP_ACCESS_TOKEN.")


@rule("E025", deployed_only=True)
def meta_is_meta(settings: Any) -> str:
    """The app's secret and the token go there."""
    return "" if settings.GRAPH_API_URL == GRAPH_API else f"GRAPH_API_URL must be {GRAPH_API}."
