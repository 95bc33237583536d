"""What became of events: the log in the admin, figures, replays, checks and retention."""
