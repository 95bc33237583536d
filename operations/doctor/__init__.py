"""Looks at everything that the services need, from where it runs, and says what to do about it.

It writes nothing. What it sends is a probe: no bytes, or no delivery, which leave nothing.
"""
