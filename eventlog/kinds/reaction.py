"""A reaction, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Reaction",
    plural="Reactions",
    symbol='<circle cx="8" cy="8" r="5.75"/>'
    '<path d="M5.5 9.5a3 3 0 0 0 5 0M6 6.25v.5M10 6.25v.5"/>',
    tells_more=False,
    occurred="The driver reacted",
    template="admin/kinds/reaction.html",
    id_label="Reaction\N{RIGHT SINGLE QUOTATION MARK}s id",
    target_label="Reacts to",
    fields=frozenset({"reaction", "emoji"}),
)
