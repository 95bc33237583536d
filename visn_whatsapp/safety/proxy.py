"""Who is logged in by a header: only whom Google's own proxy has let through to this service."""

import re
from typing import Any

from visn_whatsapp.safety.rules import rule

GOOGLE_KEYS = "https://www.gstatic.com/iap/verify/public_key"
# Of a load balancer's backend service, or of a service of Cloud Run that has the proxy itself
# (https://cloud.google.com/iap/docs/signed-headers-howto).
AUDIENCE = re.compile(
    r"/projects/[0-9]+/(?:global/backendServices/[0-9]+|locations/[a-z0-9-]+/services/[a-z0-9-]+)"
)
GIVEN = re.compile(r"[^@=\s]*@[^@=\s]+\s*=\s*[^=\s][^=]*")  # ADDRESS=GROUP, @DOMAIN=GROUP


@rule("E026")
def proxy_is_for_this_service(settings: Any) -> str:
    """Whom the proxy lets through to something else, this one would let in."""
    if settings.IAP_GROUPS and not settings.IAP_AUDIENCE:
        return "IAP_AUDIENCE is missing, but required by IAP_GROUPS."
    if not settings.IAP_AUDIENCE:
        return ""
    if not AUDIENCE.fullmatch(settings.IAP_AUDIENCE):
        return (
            "IAP_AUDIENCE must be /projects/NUMBER/global/backendServices/ID or "
            "/projects/NUMBER/locations/REGION/services/NAME."
        )
    if not settings.IAP_GROUPS:
        return "IAP_GROUPS is missing, but required by IAP_AUDIENCE: nobody would get in."
    wrong = not all(GIVEN.fullmatch(each) for each in settings.IAP_GROUPS)
    return "IAP_GROUPS must hold ADDRESS=GROUP or @DOMAIN=GROUP." if wrong else ""


@rule("E027", deployed_only=True)
def proxy_is_googles(settings: Any) -> str:
    """Whoever's keys are believed can log in as anybody."""
    return "" if settings.IAP_KEYS_URL == GOOGLE_KEYS else f"IAP_KEYS_URL must be {GOOGLE_KEYS}."
