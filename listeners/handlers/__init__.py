"""How items change a chat: one small file for each kind that changes a message, one for all that
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


def apply(item: Item, *, workspace: Workspace, placement: Placed | Reason) -> Outcome | None:
    """Applies one item to what the workspace holds.

    `placement` is where a message of the driver belongs, or why nowhere; other items ignore it.
    Returns the outcome if it holds already, or None if it lies in the workspace and depends on a
    write.
    """
    if isinstance(item, DriverMessage):
        return message.apply(item, workspace=workspace, placement=placement)
    if isinstance(item, UnprocessedItem):
        return Outcome(item=item, reason=item.reason, detail=item.detail)
    return changing.apply(item, CHANGES[item.kind], workspace=workspace)
