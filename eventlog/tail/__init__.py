"""The events as they come in and as they change, at a terminal."""
