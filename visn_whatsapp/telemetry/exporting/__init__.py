"""OpenTelemetry, and the only place that knows it: it is sent to a collector over OTLP.

Where to, how often and under whose name is said by OpenTelemetry's own variables, which its SDK
reads. https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from opentelemetry.sdk.resources import SERVICE_NAME, Resource

from visn_whatsapp.telemetry.exporting import metrics, spans


def begin(*, service: str, with_spans: bool, with_metrics: bool) -> None:
    """Exports from now on, in threads of its own, for this service unless another is named.

    The SDK adds `service.instance.id`, another one in each process: what two count is never one
    series.
    """
    resource = _resource(service)
    if with_spans:
        spans.begin(resource)
    if with_metrics:
        metrics.begin(resource)


def _resource(service: str) -> Resource:
    found = Resource.create()
    if str(found.attributes[SERVICE_NAME]).startswith("unknown_service"):
        found = found.merge(Resource({SERVICE_NAME: service}))
    return found
