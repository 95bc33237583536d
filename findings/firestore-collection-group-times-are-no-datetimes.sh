#!/bin/sh
# google-cloud-firestore 2.34.1: the times of a snapshot are of another type if a collection-group
# query found it.
#
# DocumentSnapshot's create_time, update_time and read_time are datetimes where a query of a collection
# found the document, and protobuf's Timestamp where a query of a collection group found the same one:
# without tzinfo, isoformat() and comparison with a datetime.
#
# Who orders or shows documents by when they were made meets it once a query is widened to a collection
# group, as for an index of that scope.
# Seen: DatetimeWithNanoseconds and Timestamp; "'<' not supported between instances of 'Timestamp' and
# 'datetime.datetime'". Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    google-cloud-firestore==2.34.1
cat > "$folder/times.py" <<'TIMES'
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import grpc
from google.cloud import firestore
from google.cloud.firestore_v1 import types

Request, Response = types.RunQueryRequest.pb(), types.RunQueryResponse.pb()


def run_query(request, context):
    answer = Response()
    answer.document.name = "projects/p/databases/(default)/documents/cars/one"
    for time in (answer.read_time, answer.document.create_time, answer.document.update_time):
        time.seconds = 1_700_000_000
    yield answer


handler = grpc.unary_stream_rpc_method_handler(
    run_query,
    request_deserializer=Request.FromString,
    response_serializer=lambda answer: answer.SerializeToString(),
)
methods = grpc.method_handlers_generic_handler(
    "google.firestore.v1.Firestore", {"RunQuery": handler}
)
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((methods,))
os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
server.start()
client = firestore.Client(project="p")
queries = {"collection": client.collection("cars"), "group": client.collection_group("cars")}
as_expected = []
for name, query in queries.items():
    [found] = query.stream()
    print(name, [type(t).__name__ for t in (found.create_time, found.update_time, found.read_time)])
    try:
        found.create_time < datetime.now(UTC)
        compared = True
    except TypeError as error:
        compared = False
        print(f"{name}: TypeError: {error}")
    as_expected.append((isinstance(found.create_time, datetime), compared))
client.close()
server.stop(0)
sys.exit(0 if as_expected == [(True, True), (False, False)] else 1)
TIMES
"$folder/venv/bin/python" "$folder/times.py"
