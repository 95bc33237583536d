"""Reads every variable once. What has no safe default stays empty, and an empty secret refuses."""

from datetime import timedelta
from pathlib import Path

from visn_whatsapp.logs import configuration
from visn_whatsapp.roles import PAYLOAD_SERVICES
from visn_whatsapp.settings.database import database
from visn_whatsapp.telemetry.switch import OTLP, PROTOCOL
from visn_whatsapp.variables import Variables

env = Variables()
ROOT = Path(__file__).resolve().parents[2]

# What this process serves. Everything else answers 404.
SERVICES = env.words("SERVICES")

# Only `local` and `test` set this to False, which permits emulators, SQLite and weak secrets.
DEPLOYED = True
DEBUG = False

SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [*env.words("CSRF_TRUSTED_ORIGINS")]
# Requests that this process works on at once; probes and callers who send slowly need no place.
THREADS = env.int("THREADS", default=32)
LOG_LEVEL = env.text("LOG_LEVEL", default="INFO").upper()
LOGGING = configuration(LOG_LEVEL)

# Meta's webhook.
WEBHOOK_VERSIONS = env.words("WEBHOOK_VERSIONS", default=("v1",))
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", default=4 * 1024 * 1024)
WHATSAPP_APP_SECRET = env.text("WHATSAPP_APP_SECRET")
WHATSAPP_APP_SECRET_PREVIOUS = env.text("WHATSAPP_APP_SECRET_PREVIOUS")
WHATSAPP_VERIFY_TOKEN = env.text("WHATSAPP_VERIFY_TOKEN")

# What the doctor asks Meta with, if it shall. Nothing else does, and no event needs it.
WHATSAPP_APP_ID = env.text("WHATSAPP_APP_ID")
WHATSAPP_ACCOUNTS = env.words("WHATSAPP_ACCOUNTS")
WHATSAPP_ACCESS_TOKEN = env.text("WHATSAPP_ACCESS_TOKEN")
GRAPH_API_URL = env.text("GRAPH_API_URL", default="https://graph.facebook.com")

# The way from repair-serve-api to repair-serve-callable. No URL: a call within the process.
CALLABLE_URL = env.text("CALLABLE_URL")
CALLABLE_AUDIENCE = env.text("CALLABLE_AUDIENCE")
CALLABLE_CALLERS = env.words("CALLABLE_CALLERS")
FORWARD_TIMEOUT_SECONDS = env.float("FORWARD_TIMEOUT_SECONDS", default=3.0)

# What Cloud Scheduler starts every minute.
CHORES_AUDIENCE = env.text("CHORES_AUDIENCE")
CHORES_CALLERS = env.words("CHORES_CALLERS")

# The admin.
ADMIN_URL = env.text("ADMIN_URL")  # where people find it
REPLAY_MAX_EVENTS = env.int("REPLAY_MAX_EVENTS", default=10_000)  # in one replay

# The event log for other services, at /api/v1/; without an audience there is none.
API_AUDIENCE = env.text("API_AUDIENCE")
API_CALLERS = env.words("API_CALLERS")
API_REVEALERS = env.words("API_REVEALERS")  # those of them that may see personal data
API_REPLAYERS = env.words("API_REPLAYERS")  # those of them that may replay events
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=120)  # of each caller

# Signing in to it by Google's Identity-Aware Proxy; without an audience there is none.
IAP_AUDIENCE = env.text("IAP_AUDIENCE")
IAP_GROUPS = env.words("IAP_GROUPS")  # ADDRESS=GROUP, or @DOMAIN=GROUP
IAP_REQUIRED = env.bool("IAP_REQUIRED", default=True)  # whether nobody gets in without it
IAP_KEYS_URL = env.text("IAP_KEYS_URL", default="https://www.gstatic.com/iap/verify/public_key")

# By what people hear of problems: NAME=ADDRESS, between spaces. Addresses hold secrets.
CHANNELS = tuple(env.text("CHANNELS").split())
CHANNELS_QUIET = env.text("CHANNELS_QUIET")  # hours in which only what is urgent is told
CHANNELS_DIGEST = env.text("CHANNELS_DIGEST")  # the hour of a digest each day, if any

# Google Cloud.
GOOGLE_CLOUD_PROJECT = env.text("GOOGLE_CLOUD_PROJECT")
FIRESTORE_DATABASE = env.text("FIRESTORE_DATABASE", default="(default)")
FIRESTORE_ANCILLARY_DATABASE = env.text("FIRESTORE_ANCILLARY_DATABASE")
TASKS_LOCATION = env.text("TASKS_LOCATION")
TASKS_QUEUE = env.text("TASKS_QUEUE", default="whatsapp-messages-queue")
# Whether deliveries that come at the same time share a task. Off as long as any process of
# queue-services is of a release that does not read such tasks.
TASKS_TOGETHER = env.bool("TASKS_TOGETHER", default=True)
TASKS_SERVICE_ACCOUNT = env.text("TASKS_SERVICE_ACCOUNT")
TASK_HANDLER_URL = env.text("TASK_HANDLER_URL")
TASK_HANDLER_AUDIENCE = env.text("TASK_HANDLER_AUDIENCE")
TASK_HANDLER_INGRESS = env.text("TASK_HANDLER_INGRESS", default="internal")
# Cloud Run sets one of these, in each container of a service or a job.
CLOUD_RUN_SERVICE = env.text("K_SERVICE")
ON_CLOUD_RUN = bool(CLOUD_RUN_SERVICE or env.text("CLOUD_RUN_JOB"))

# Whose identity tokens are believed, and where their certificates are.
TOKEN_ISSUERS = env.words(
    "TOKEN_ISSUERS", default=("https://accounts.google.com", "accounts.google.com")
)
TOKEN_CERTS_URL = env.text("TOKEN_CERTS_URL", default="https://www.googleapis.com/oauth2/v1/certs")

# Stand-ins for Google. The Google libraries read these themselves, except TASKS_EMULATOR_HOST;
# they are named here so that production can refuse them.
FIRESTORE_EMULATOR_HOST = env.text("FIRESTORE_EMULATOR_HOST")
TASKS_EMULATOR_HOST = env.text("TASKS_EMULATOR_HOST")
GCE_METADATA_HOST = env.text("GCE_METADATA_HOST")
GCE_METADATA_IP = env.text("GCE_METADATA_IP")
GCE_METADATA_ROOT = env.text("GCE_METADATA_ROOT")

# Google's libraries would log whole documents, past our own logs. Read for the same reason.
GOOGLE_SDK_PYTHON_LOGGING_SCOPE = env.text("GOOGLE_SDK_PYTHON_LOGGING_SCOPE")

# Where spans and metrics go, if anywhere. OpenTelemetry reads these itself, and more of its own;
# they are named here since they say whether there are any.
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
OTEL_EXPORTER_OTLP_PROTOCOL = env.text("OTEL_EXPORTER_OTLP_PROTOCOL", default=PROTOCOL)
OTEL_TRACES_EXPORTER = env.text("OTEL_TRACES_EXPORTER", default=OTLP)
OTEL_METRICS_EXPORTER = env.text("OTEL_METRICS_EXPORTER", default=OTLP)
OTEL_SDK_DISABLED = env.bool("OTEL_SDK_DISABLED", default=False)

DATABASE_URL = env.text("DATABASE_URL")
# Without a URL there is no database: Django's dummy backend raises at the first use.
DATABASES = {"default": database(DATABASE_URL)} if DATABASE_URL else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "visn_whatsapp",
    "webhooks",
    "listeners",
    "eventlog",
    "operations",
    "rest_framework",
    "visn_whatsapp.admin_app.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]

# Requests for services pass this alone, in whatever process: visn_whatsapp/services.py, which looks
# after database sessions itself.
SERVICE_MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
# For all else in a process that serves no people.
MACHINE_MIDDLEWARE = [
    "visn_whatsapp.database_sessions.NewSessionAfterErrorsMiddleware",
    *SERVICE_MIDDLEWARE,
]
BROWSER_MIDDLEWARE = [
    "visn_whatsapp.health.ProbesFirstMiddleware",
    "visn_whatsapp.database_sessions.NewSessionAfterErrorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "visn_whatsapp.browser.security.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "eventlog.admin.proxied.SignInMiddleware",
    "eventlog.admin.own_time.OwnTimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]


def middleware(services: tuple[str, ...]) -> list[str]:
    """Returns the middleware that these services need."""
    return BROWSER_MIDDLEWARE if "admin" in services else MACHINE_MIDDLEWARE


# Checks that want middleware for browsers: no logins to count, no frames and no forms to protect.
BROWSER_CHECKS = ["axes.W002", "security.W002", "security.W003"]


def silenced(services: tuple[str, ...]) -> list[str]:
    """Returns the checks that do not concern a process with these services."""
    return [] if "admin" in services else BROWSER_CHECKS


MIDDLEWARE = middleware(SERVICES)
SILENCED_SYSTEM_CHECKS = silenced(SERVICES)
ROOT_URLCONF = "visn_whatsapp.urls"
WSGI_APPLICATION = "visn_whatsapp.wsgi.application"
APPEND_SLASH = False


def largest_body(services: tuple[str, ...]) -> int:
    """Returns how many bytes a process with these services takes in, of whatever request.

    A forwarded payload comes wrapped in the callable protocol, hence the room above the webhook's.
    Cloud Tasks takes no task of more than a megabyte, and no form of the admin comes near that.
    """
    payloads = PAYLOAD_SERVICES.intersection(services)
    return WEBHOOK_MAX_BYTES + 64 * 1024 if payloads else 1024 * 1024


DATA_UPLOAD_MAX_MEMORY_SIZE = largest_body(SERVICES)

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",  # loaded for the API alone
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "ViSN WhatsApp: the event log",
    "DESCRIPTION": "What became of each event; docs/api.md says more.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"ReplayStateEnum": "eventlog.models.ReplayJob.State.values"},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Five wrong passwords for one account from one address close it to that address for a while;
# `visn_whatsapp.browser.logins` has the limits that no address gets round.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "visn_whatsapp.browser.logins.LoginThrottle"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# Who is shut out is not counted on: the owner's own tries would keep it closed, a stranger's would
# fill the table.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "admin/locked.html"
AXES_CLIENT_IP_CALLABLE = "visn_whatsapp.browser.security.client_address"
# What the throttle keeps of a login: no names, and nothing of what was sent before it.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "carried"]
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
# Proxies before us that add the address they were called from to X-Forwarded-For.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)

CSRF_FAILURE_VIEW = "eventlog.admin.csrf.refused"
# Where a login leads that comes from nowhere, or from an address that is not ours.
LOGIN_REDIRECT_URL = "admin:index"
LOGIN_URL = "admin:login"
KNOWN_BROWSER_COOKIE_NAME = "known-browser"

SESSION_ENGINE = "visn_whatsapp.browser.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
DATETIME_FORMAT = "j M Y H:i:s"
DATE_FORMAT = "j M Y"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT: Path | None = ROOT / "staticfiles"
STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
