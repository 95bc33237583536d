"""Says on a page what of its address it does not go by."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest


def tell(request: HttpRequest, sentences: Iterable[str]) -> None:
    """Puts sentences above the page; whoever sends a form to the address has read them before."""
    for sentence in sentences if request.method == "GET" else ():
        messages.warning(request, sentence)
