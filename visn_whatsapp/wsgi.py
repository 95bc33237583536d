"""What the server loads: the application, with the production settings unless others are named."""

import os
from typing import Any

import django
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from visn_whatsapp.checks import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.production")


class Request(WSGIRequest):
    """A request that may call its content whatever it likes.

    Django raises for some Content-Types before anything of ours could answer, which would be a 500
    for anybody who asks.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc] # not in the stubs
        except (LookupError, ValueError, BadRequest):  # the last one from Django 6.1 on
            self.content_type, self.content_params = "application/octet-stream", {}


class Application(WSGIHandler):
    """Django's application for such requests."""

    request_class = Request


django.setup()
refuse_unsafe_settings()
application = Application()
