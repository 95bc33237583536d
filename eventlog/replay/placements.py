"""The placements of texts that a repair creates again: each keeps its chat."""

from collections.abc import Sequence

from listeners.models import Placement


def lock(events: Sequence[int]) -> list[int]:
    """Locks the placements of these texts before their events, as everybody does who locks both."""
    rows = Placement.objects.filter(event__in=events).select_for_update()
    return list(rows.order_by("pk").values_list("pk", flat=True))


def reopen(placements: Sequence[int], *, events: Sequence[int]) -> None:
    """Lets the texts of these events be created, once they have been looked for in vain.

    In the chat that they had, as our own document, also where somebody else had written the other.
    """
    rows = Placement.objects.filter(pk__in=placements, event__in=events)
    rows.update(applied_at=None, sought=True, recreated=True, document_id="")
