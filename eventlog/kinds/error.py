"""An error that Meta reports about a number, as people see it."""

from eventlog.kinds.display import Display

DISPLAY = Display(
    label="Error notice",
    plural="Error notices",
    symbol='<path d="M8 2.25 14 13H2zM8 6.5v3M8 11v.5"/>',
)
