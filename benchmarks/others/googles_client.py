"""What a task does, by Google's Firestore client and plain psycopg, one call after another.

A delivery is a row with its bytes. A task reads it, looks for the tracking record of each text,
creates the message and counts it in one commit, and notes what became of it. No identity is
checked, no rule applied, nothing tried again.

granian --interface wsgi benchmarks.others.googles_client:application
"""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

import psycopg
from google.cloud.firestore import SERVER_TIMESTAMP, Client, Increment
from google.cloud.firestore_v1.base_query import FieldFilter

URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
_own = threading.local()
main = Client(project="local")
ancillary = Client(project="local", database="ancillary")

with psycopg.connect(URL, autocommit=True) as _connection:
    _connection.execute(
        "CREATE TABLE IF NOT EXISTS delivery (id uuid PRIMARY KEY, body bytea, state text)"
    )


def connection() -> "psycopg.Connection[tuple[Any, ...]]":
    """The session of this thread."""
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(URL, autocommit=True)
    kept: psycopg.Connection[tuple[Any, ...]] = _own.connection
    return kept


def apply(message: dict[str, Any], lease_number: str) -> None:
    """Writes a text into its chat."""
    records = ancillary.collection(f"whatsapp/lease/{lease_number}")
    numbers = [message["from"], f"+{message['from']}"]
    found = records.where(filter=FieldFilter("driverMobileNumber", "in", numbers)).stream()
    [record] = [each.to_dict() or {} for each in found]
    enquiry = main.document(f"leasecompany/{record['leaseId']}/enquiries/{record['enquiryId']}")
    batch = main.batch()
    chat = enquiry.collection("whatsapp/messages/chatMessages")
    fields = {"whatsappMessageId": message["id"], "message": message["text"]["body"]}
    batch.create(chat.document(message["id"]), {**fields, "createdAt": SERVER_TIMESTAMP})
    batch.update(enquiry, {"unReadWhatsappMessageCount": Increment(1)})
    batch.commit()


def handle(delivery: str) -> None:
    """Does what the task of a delivery does."""
    [(body,)] = connection().execute("SELECT body FROM delivery WHERE id = %s", [delivery])
    for entry in json.loads(body)["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            for message in value["messages"]:
                apply(message, value["metadata"]["display_phone_number"])
    connection().execute("UPDATE delivery SET state = 'done' WHERE id = %s", [delivery])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Takes deliveries in, and their tasks."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if "webhooks" in environ["PATH_INFO"]:
        insert = "INSERT INTO delivery VALUES (%s, %s, 'received')"
        connection().execute(insert, [uuid4(), body])
    else:
        handle(json.loads(body)["delivery"])
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
