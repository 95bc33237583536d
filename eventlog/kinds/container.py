"""A part of a payload that cannot be read, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Unreadable",
    plural="Unreadable",
    symbol='<path d="M6 2.5H3.5v11H6M10 2.5h2.5v11H10M8 5.5v3M8 10.5v.5"/>',
)
