"""Channels: what becomes of problems is told to people, once each, whatever is away meanwhile."""
