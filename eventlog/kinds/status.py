"""A status, as people see it: it is drawn as the tick that it sets."""

from eventlog.kinds.display import Display
from webhooks.whatsapp.kinds.status import Status

TICKS = {
    Status.SENT.word: "tick",
    Status.DELIVERED.word: "ticks",
    Status.READ.word: "ticks",
    Status.PLAYED.word: "ticks",
    Status.FAILED.word: "failed",
}

DISPLAY = Display(
    label="Status",
    plural="Statuses",
    icons=TICKS,
    icon="phone",
    occurred="WhatsApp reports: {}",
    template="admin/kinds/status.html",
    undelivered=frozenset({Status.FAILED.word}),
)
