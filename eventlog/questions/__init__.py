"""What the event log can be asked: plain questions to the ledger, without requests or pages."""
