"""A large ledger of made-up events."""
