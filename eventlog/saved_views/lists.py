"""The lists whose filters can be saved."""

from django.urls import reverse

from visn_whatsapp.explained import Labelled


class List(Labelled):
    """A list of the admin, by the model that it is of: `webhooks_event`."""

    EVENTS = "webhooks_event", "Events"
    DELIVERIES = "webhooks_delivery", "Deliveries"
    REFUSALS = "webhooks_refusalcount", "Refusal counts"
    RUNS = "listeners_taskrun", "Task runs"
    UNKNOWN_DELIVERIES = "listeners_unknowndelivery", "Unknown deliveries"
    UNREADABLE_TASKS = "listeners_unreadabletask", "Unreadable tasks"
    DRIFT = "eventlog_driftcount", "Contract drift"

    def url(self, query: str) -> str:
        """Its address with the query of its filters."""
        return f"{reverse(f'admin:{self.value}_changelist')}?{query}"
