"""Events come in: Meta's webhook, the ledger that keeps every event, and the way to the queue."""
