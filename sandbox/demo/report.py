"""What has come of the story: one table of the events, and the chats as they now stand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sandbox.demo import cast
from sandbox.demo.cast import Enquiry
from sandbox.demo.outcomes import Found, find
from sandbox.demo.platform import Platform
from sandbox.demo.player import COLOURS
from sandbox.demo.scenes import Post
from sandbox.stack.terminal import Colour, Terminal, fit
from webhooks.outcomes import Reason, State

COLUMNS = (40, 10, 22, 26)
NOTHING = "-"
UNCHANGED = {Reason.LATE_REACTION}
WORDS_COLUMNS = 50

TICKS = {
    "sent": "\N{CHECK MARK}",
    "delivered": "\N{CHECK MARK}\N{CHECK MARK}",
    "read": "\N{CHECK MARK}\N{CHECK MARK} read",
    "played": "\N{CHECK MARK}\N{CHECK MARK} played",
    "failed": "\N{BALLOT X} failed",
}
TICK_COLOURS = {"read": Colour.BLUE, "played": Colour.BLUE, "failed": Colour.RED}

Fields = Mapping[str, object]


def print_table(posts: Sequence[Post], *, terminal: Terminal) -> None:
    """Prints a row for each event; equal neighbours of a delivery share one."""
    heading = ("event", "outcome", "reason", "document changed")
    _row(heading, terminal=terminal, colours=(Colour.DIM,) * 4)
    for post in posts:
        for row, state in _rows(post):
            _row(
                row,
                terminal=terminal,
                colours=(Colour.PLAIN, COLOURS.get(state, Colour.PLAIN), Colour.PLAIN, Colour.DIM),
            )


def _rows(post: Post) -> Iterator[tuple[tuple[str, str, str, str], State]]:
    if post.forged:
        yield (post.says, "401", "not signed by Meta", NOTHING), State.FAILED
    elif post.again:
        yield (post.says, "known", "the same bytes", NOTHING), State.DUPLICATE
    pairs = zip(post.items, find(post), strict=False)
    for (says, state, reason), group in groupby(
        pairs, key=lambda pair: (pair[0].says, pair[1].state, pair[1].reason)
    ):
        found = [each for _, each in group]
        label = f"{len(found)} times {says}" if len(found) > 1 else says
        documents = f"{len(found)} messages" if len(found) > 1 else _document(found[0])
        yield (label, state, Reason.of(reason).phrase, documents), State.of(state)


def _document(found: Found) -> str:
    if found.state != State.PROCESSED or found.reason in UNCHANGED:
        return NOTHING
    enquiry = found.chat.partition("/")[2]
    return f"{enquiry}/…{found.document_id[-8:]}"


def _row(cells: Sequence[str], *, terminal: Terminal, colours: Sequence[Colour]) -> None:
    columns = zip(cells, COLUMNS, colours, strict=True)
    terminal.line(
        "  "
        + "  ".join(terminal.paint(fit(cell, width), colour) for cell, width, colour in columns)
    )


def print_chats(platform: Platform, *, terminal: Terminal) -> None:
    """Prints the chats of the drivers with names of their own, and counts the others."""
    messages = platform.chat_messages()
    shown = [enquiry for enquiry in cast.ENQUIRIES if enquiry not in cast.FLEET[1:]]
    for enquiry in shown:
        _chat(enquiry, messages=messages, unread=_unread(platform, enquiry), terminal=terminal)
    others = [_unread(platform, enquiry) for enquiry in cast.FLEET[1:]]
    terminal.line()
    terminal.line(f"  and {len(others)} more like the last, with {sum(others)} unread")


def _unread(platform: Platform, enquiry: Enquiry) -> int:
    count = platform.read(enquiry.path).get("unReadWhatsappMessageCount", 0)
    return count if isinstance(count, int) else 0


def _chat(
    enquiry: Enquiry, *, messages: Mapping[str, Fields], unread: int, terminal: Terminal
) -> None:
    own = [fields for path, fields in messages.items() if path.startswith(f"{enquiry.messages}/")]
    own.sort(key=_written_at)
    by_id = {str(fields["whatsappMessageId"]): str(fields["message"]) for fields in own}
    title = f"{enquiry.enquiry_id}, {enquiry.driver.name}"
    terminal.line()
    terminal.line(f"  {terminal.paint(fit(title, 68), Colour.BOLD)}{unread} unread")
    for fields in own:
        quoted = by_id.get(str(fields.get("replyTo", "")))
        if quoted:
            terminal.line(
                terminal.paint(f"    {'':10}{fit(f'│ {quoted}', WORDS_COLUMNS)}", Colour.DIM)
            )
        terminal.line(_bubble(fields, driver=enquiry.driver.name.split()[0], terminal=terminal))


def _bubble(fields: Fields, *, driver: str, terminal: Terminal) -> str:
    inbound = fields["source"] == "driver"
    status = str(fields["status"])
    ticks = "" if inbound else TICKS.get(status, status)
    reactions = fields.get("reactions", [])
    emoji = [str(each["emoji"]) for each in reactions] if isinstance(reactions, list) else []
    return (
        f"    {fit(driver if inbound else 'customer', 10)}"
        f"{fit(str(fields['message']), WORDS_COLUMNS)}  "
        f"{terminal.paint(fit(ticks, 10), TICK_COLOURS.get(status, Colour.DIM))}{' '.join(emoji)}"
    )


def _written_at(fields: Fields) -> tuple[datetime, str]:
    written_at = fields["createdAt"]
    if not isinstance(written_at, datetime):
        raise TypeError("createdAt of a chat message is a timestamp")
    return written_at, str(fields["whatsappMessageId"])
