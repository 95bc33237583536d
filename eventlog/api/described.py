"""The API as OpenAPI describes it, made from its views and what they take and tell."""

from functools import cache
from typing import Any

from django.urls import path
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An identity token of Google's."""

    target_class = "visn_whatsapp.authentication.ReaderIdentity"
    name = "identityToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """As OpenAPI names it."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


@cache
def schema(routes: tuple[tuple[str, type[APIView]], ...]) -> dict[str, Any]:
    """Returns the description of these routes, by their names below `/api/v1/`."""
    patterns = [path(f"api/v1/{name}", view.as_view()) for name, view in routes]
    made = SchemaGenerator(patterns=patterns)  # type: ignore[no-untyped-call]
    described: dict[str, Any] = made.get_schema(public=True)  # type: ignore[no-untyped-call]
    for name, each in described["components"]["schemas"].items():
        if name.endswith("Request"):  # what the view refuses besides
            each["additionalProperties"] = False
    return described
