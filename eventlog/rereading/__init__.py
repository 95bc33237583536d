"""Reads stored bytes again with today's code, and says what it sees otherwise than the ledger."""
