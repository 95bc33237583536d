"""Looks at everything that the services need, from where it runs, and says what to do about it.

It writes nothing. What it sends are probes, of no bytes or of no delivery; where they are let in,
they leave nothing.
"""
