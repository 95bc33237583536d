"""Which answer a delivery got, as far as its row tells."""

from webhooks.models import Delivery


def answer(delivery: Delivery, *, task_made: bool) -> str:
    """The answer in words. It is not stored: that the row exists decides it."""
    if delivery.source == Delivery.Source.META:
        return "200. Its rows were written, and after that nothing changes the answer to Meta."
    if task_made:
        return "200. A task was made for it."
    return "200 if nothing in it was open, otherwise 503: the queue could not be reached."
