"""What is measured, a part each; which there are says `PARTS`."""

from benchmarks.figures import Part
from benchmarks.parts import (
    connections,
    end_to_end,
    growth,
    handler,
    ingress,
    pages,
    reading,
    servers,
    size,
)

PARTS: dict[str, Part] = {
    "ingress": ingress.measure,
    "handler": handler.measure,
    "end-to-end": end_to_end.measure,
    "servers": servers.measure,
    "connections": connections.measure,
    "growth": growth.measure,
    "bytes": size.measure,
    "pages": pages.measure,
    "reading": reading.measure,
}
