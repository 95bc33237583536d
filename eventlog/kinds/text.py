"""A text, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Text",
    plural="Texts",
    symbol='<path d="M2.5 3h11v8H7l-3 2.5V11H2.5z"/>',
    tells_more=False,
    occurred="The driver wrote",
    template="admin/kinds/text.html",
    fields=frozenset({"text", "body"}),
)
