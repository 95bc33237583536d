"""Spans: what is done for a delivery, in OpenTelemetry's words; nothing unless they are exported.

The rest of the project opens spans and knows no more. `exporting` alone knows OpenTelemetry.
"""
