"""What Cloud Scheduler starts every minute in queue-services: the sweeper, and catching up."""
