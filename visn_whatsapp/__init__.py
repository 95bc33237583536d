"""The project: wiring, and what both apps share."""
