"""The event log for other services, at `/api/v1/`: what the pages show, as JSON."""
