"""A view as tutorials write it: verify, one row with the JSON, one task by Google's client.

granian --interface wsgi benchmarks.others.tutorial:application
"""

import hashlib
import hmac
import json
import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="insecure-benchmark-key",  # noqa: S106 - protects nothing
    DATABASES={"default": json.loads(os.environ["TUTORIAL_DATABASE"])},
)
django.setup()

import grpc  # noqa: E402 - after Django's settings, as everything that follows
from google.cloud import tasks_v2  # noqa: E402
from google.cloud.tasks_v2.services.cloud_tasks.transports import (  # noqa: E402
    CloudTasksGrpcTransport,
)

SECRET = os.environ["WHATSAPP_APP_SECRET"].encode()
QUEUE = os.environ["TUTORIAL_QUEUE"]
_channel = grpc.insecure_channel(os.environ["TASKS_EMULATOR_HOST"])
tasks = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=_channel))

with connection.cursor() as _cursor:
    _cursor.execute("CREATE TABLE IF NOT EXISTS webhook (id bigserial PRIMARY KEY, body jsonb)")
    _cursor.execute("TRUNCATE webhook")


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """Takes in what Meta posts."""
    expected = "sha256=" + hmac.new(SECRET, request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponse(status=401)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO webhook (body) VALUES (%s)", [request.body.decode()])
    task = tasks_v2.Task(http_request={"url": "http://127.0.0.1:9/", "http_method": "POST"})
    tasks.create_task(parent=QUEUE, task=task)
    return HttpResponse()


def handled(_: HttpRequest) -> HttpResponse:
    """How many payloads have come as far as the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM webhook")
        return HttpResponse(str(cursor.fetchone()[0]))


urlpatterns = [path("v1/webhooks/whatsapp/webhook", webhook), path("handled", handled)]
application = get_wsgi_application()
