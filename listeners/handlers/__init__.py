"""How events change a chat: one small file for each kind that changes a message, one for all that
make one.
"""

from collections.abc import Mapping

from listeners.handlers import changing, message, reaction, status
from listeners.handlers.changing import Change
from listeners.workspace import Outcome, Placed, Workspace
from webhooks.outcomes import Reason
from webhooks.whatsapp.items import DriverMessage, Item, Kind, UnprocessedItem

CHANGES: Mapping[str, Change] = {
    Kind.REACTION: reaction.change,
    Kind.STATUS: status.change,
}


def apply(event: Item, *, workspace: Workspace, place: Placed | Reason) -> Outcome | None:
    """Applies one event to what the workspace holds.

    `place` is where a message of the driver belongs, or why nowhere; other events ignore it.
    Returns the outcome if it holds already, or None if it lies in the workspace and depends on a
    write.
    """
    if isinstance(event, DriverMessage):
        return message.apply(event, workspace=workspace, place=place)
    if isinstance(event, UnprocessedItem):
        return Outcome(event=event, reason=event.reason, detail=event.detail)
    return changing.apply(event, CHANGES[event.kind], workspace=workspace)
