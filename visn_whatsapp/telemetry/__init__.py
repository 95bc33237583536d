"""Spans and metrics: what is done, in OpenTelemetry's words; nothing unless it is exported.

The rest of the project opens spans and counts, and knows no more. `exporting` alone knows
OpenTelemetry.
"""
