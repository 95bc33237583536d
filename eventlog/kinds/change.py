"""A change of a field that is not processed, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Change",
    plural="Other changes",
    symbol='<path d="M3 5h9M9.5 2.5 12 5 9.5 7.5M13 11H4M6.5 8.5 4 11l2.5 2.5"/>',
)
