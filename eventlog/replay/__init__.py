"""Settled events are opened once more, by somebody, for a reason, and with a result."""
