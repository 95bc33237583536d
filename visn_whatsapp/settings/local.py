"""One machine: SQLite, stand-ins for Google, and secrets that protect nothing."""

from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parents[2] / ".env")

from visn_whatsapp.roles import ALL_SERVICES
from visn_whatsapp.settings.base import *
from visn_whatsapp.settings.database import database

DEPLOYED = False
INSTALLED_APPS = [*INSTALLED_APPS, "sandbox"]
DEBUG = env.bool("DEBUG", default=False)

SERVICES = SERVICES or ALL_SERVICES
MIDDLEWARE = middleware(SERVICES)
DATA_UPLOAD_MAX_MEMORY_SIZE = largest_body(SERVICES)
SILENCED_SYSTEM_CHECKS = silenced(SERVICES)
DATABASES = {"default": database(DATABASE_URL or f"sqlite:///{ROOT / 'db.sqlite3'}")}
ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1"]

# INSECURE: known to everyone who can read this file, and refused by the production settings.
SECRET_KEY = SECRET_KEY or "insecure-local-secret-key"
WHATSAPP_APP_SECRET = WHATSAPP_APP_SECRET or "insecure-local-app-secret"
WHATSAPP_VERIFY_TOKEN = WHATSAPP_VERIFY_TOKEN or "insecure-local-verify-token"

GOOGLE_CLOUD_PROJECT = GOOGLE_CLOUD_PROJECT or "local"
FIRESTORE_ANCILLARY_DATABASE = FIRESTORE_ANCILLARY_DATABASE or "ancillary"
TASKS_LOCATION = TASKS_LOCATION or "local"
TASKS_SERVICE_ACCOUNT = TASKS_SERVICE_ACCOUNT or "cloud-tasks@local.invalid"
TASK_HANDLER_URL = TASK_HANDLER_URL or "http://127.0.0.1:8000/webhook-listeners/whatsapp"
TASK_HANDLER_AUDIENCE = TASK_HANDLER_AUDIENCE or TASK_HANDLER_URL
CALLABLE_AUDIENCE = CALLABLE_AUDIENCE or "http://127.0.0.1:8000/callable/whatsapp/events"
CALLABLE_CALLERS = CALLABLE_CALLERS or ("repair-serve-api@local.invalid",)
CHORES_AUDIENCE = CHORES_AUDIENCE or "http://127.0.0.1:8000/chores"
CHORES_CALLERS = CHORES_CALLERS or ("scheduler@local.invalid",)
API_AUDIENCE = API_AUDIENCE or "http://127.0.0.1:8000/api/v1"
API_CALLERS = API_CALLERS or ("repair-serve-api@local.invalid",)
API_REVEALERS = API_REVEALERS or API_CALLERS
API_REPLAYERS = API_REPLAYERS or API_CALLERS

# Static files are served from where they lie: nothing need be collected.
STATIC_ROOT = None
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
