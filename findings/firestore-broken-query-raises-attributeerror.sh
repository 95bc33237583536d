#!/bin/sh
# google-cloud-firestore 2.34.1: a query whose stream breaks off ends in an AttributeError.
#
# The server ends the stream of a query with UNAVAILABLE after twelve documents, as a server that is
# restarted does. With no `retry` named the client looks for its default one where there is none: what
# the caller gets is "'_UnaryStreamMultiCallable' object has no attribute '_retry'", and no error of
# google.api_core.exceptions.
#
# Who catches GoogleAPICallError around a query, as the documentation has it, meets it whenever a
# stream breaks off.
# Seen: AttributeError. Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    google-cloud-firestore==2.34.1
cat > "$folder/query.py" <<'QUERY'
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.cloud import firestore
from google.cloud.firestore_v1 import types

NAMES = [f"projects/p/databases/(default)/documents/c/{serial:03}" for serial in range(100)]
Request, Response = types.RunQueryRequest.pb(), types.RunQueryResponse.pb()
limits = []


def run_query(request, context):
    query = request.structured_query
    limits.append(query.limit.value)
    after = query.start_at.values[0].reference_value if query.HasField("start_at") else ""
    found = [name for name in NAMES if name > after][: query.limit.value]
    for serial, name in enumerate(found):
        if len(limits) == 1 and serial == 12:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the server is restarted")
        answer = Response()
        answer.document.name = name
        for time in (answer.read_time, answer.document.create_time, answer.document.update_time):
            time.seconds = 1
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
seen = "no error"
try:
    list(client.collection("c").order_by("__name__").limit(20).stream(timeout=10))
except Exception as error:
    seen = type(error).__name__
    print(f"{seen}: {error}")
client.close()
server.stop(0)
sys.exit(0 if seen == "AttributeError" else 1)
QUERY
"$folder/venv/bin/python" "$folder/query.py"
