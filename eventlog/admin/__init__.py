"""The admin: the event log for people."""
