"""The tests: fixed values whatever the developer's environment holds, but for the database."""

import os
import tempfile
from pathlib import Path

from visn_whatsapp.roles import ALL_SERVICES
from visn_whatsapp.settings.base import *
from visn_whatsapp.settings.database import database

DEPLOYED = False
INSTALLED_APPS = [*INSTALLED_APPS, "sandbox"]

SERVICES = ALL_SERVICES
MIDDLEWARE = middleware(SERVICES)
DATA_UPLOAD_MAX_MEMORY_SIZE = largest_body(SERVICES)
SILENCED_SYSTEM_CHECKS = silenced(SERVICES)
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = []
LOG_LEVEL = "INFO"
OTEL_SDK_DISABLED = True

DATABASES = {"default": database(DATABASE_URL or "sqlite:///:memory:")}
if not DATABASE_URL:
    # A file, so that threads and processes meet on it as they do in use; one per process, so that
    # several runs may go on at once. Safe against power cuts it need not be.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"visn-whatsapp-test-{os.getpid()}.sqlite3")
    }
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

SECRET_KEY = "insecure-test-secret-key"
WEBHOOK_VERSIONS = ("v1",)
WEBHOOK_MAX_BYTES = 4 * 1024 * 1024
WHATSAPP_APP_SECRET = "test_app_secret"
WHATSAPP_APP_SECRET_PREVIOUS = ""
WHATSAPP_VERIFY_TOKEN = "test_verify_token"
WHATSAPP_APP_ID = ""
WHATSAPP_ACCOUNTS = ()
WHATSAPP_ACCESS_TOKEN = ""
GRAPH_API_URL = "http://127.0.0.1:1"  # nobody listens there

CALLABLE_URL = ""
CALLABLE_AUDIENCE = "https://repair-serve-callable.test/callable/whatsapp/events"
CALLABLE_CALLERS = ("repair-serve-api@test.invalid",)
FORWARD_TIMEOUT_SECONDS = 3.0

CHORES_AUDIENCE = "https://queue-services.test/chores"
CHORES_CALLERS = ("scheduler@test.invalid",)

API_AUDIENCE = "https://admin.test/api/v1"
API_CALLERS = ("reader@test.invalid", "revealer@test.invalid", "replayer@test.invalid")
API_REVEALERS = ("revealer@test.invalid",)
API_REPLAYERS = ("replayer@test.invalid",)
API_CALLS_PER_MINUTE = 120

REPLAY_MAX_EVENTS = 10_000
ADMIN_URL = "https://admin.test/admin/"
CHANNELS = ()
CHANNELS_QUIET = ""
CHANNELS_DIGEST = ""
IAP_AUDIENCE = ""
IAP_GROUPS = ()
IAP_REQUIRED = True
IAP_KEYS_URL = "http://127.0.0.1:1"  # nobody listens there

GOOGLE_CLOUD_PROJECT = "test"
FIRESTORE_DATABASE = "(default)"
FIRESTORE_ANCILLARY_DATABASE = "ancillary"
TASKS_LOCATION = "test"
TASKS_QUEUE = "whatsapp-messages-queue"
TASKS_SERVICE_ACCOUNT = "cloud-tasks@test.invalid"
TASK_HANDLER_URL = "https://queue-services.test/webhook-listeners/whatsapp"
TASK_HANDLER_AUDIENCE = "https://queue-services.test"
TASKS_EMULATOR_HOST = ""

# Static files are served from where they lie: nothing need be collected.
STATIC_ROOT = None
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
