"""A deployment: everything comes from the environment, and what is missing stops the start.

It runs behind a proxy that ends TLS and sets X-Forwarded-Proto itself, as Cloud Run does: a proxy
that passed a caller's own header on would let them pretend that their connection is encrypted.
"""

from types import SimpleNamespace

from django.core.exceptions import ImproperlyConfigured

from visn_whatsapp.safety import violations
from visn_whatsapp.settings.base import *

DEBUG = env.bool("DEBUG", default=False)  # refused below, rather than ignored

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
# Preloading binds the whole domain, which is not this project's to decide.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "security.W021"]

# The prefix makes browsers refuse these cookies from other hosts and over plain HTTP.
SESSION_COOKIE_NAME = "__Host-sessionid"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
CSRF_COOKIE_SECURE = True
KNOWN_BROWSER_COOKIE_NAME = "__Host-known-browser"

if found := violations(SimpleNamespace(**globals())):
    lines = "\n".join(f"- {violation.complaint} ({violation.id})" for violation in found)
    raise ImproperlyConfigured(f"These settings are not fit for production:\n{lines}")
