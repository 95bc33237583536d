"""Takes a person out of the ledger at their request, for good, and remembers only where."""
