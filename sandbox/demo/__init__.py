"""The demonstration: a cast, a story of signed deliveries, and what it must come to.

Meta's part is in `meta`, the rest of the ViSN platform's in `platform`; everything else that
happens is done by the services themselves.
"""
