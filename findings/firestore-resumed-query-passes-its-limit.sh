#!/bin/sh
# google-cloud-firestore 2.34.1: a query whose stream breaks off is resumed with its whole limit.
#
# The server ends the stream of a query with UNAVAILABLE after twelve documents, as a server that is
# restarted does. The client goes on after the last of them, with the limit that the query had at
# first: limit(20) gives 32 documents. It does so at once, without a pause, however often the stream
# breaks off, each time with a new timeout; neither the query's `retry` nor its `timeout` ends that.
#
# Who shows a page of twenty, or relies on a limit for memory, meets it whenever a stream breaks off.
# Seen: "limit(20) gave 32 documents". Exits with 0 while that is so, and with 1 once it is not.
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
from google.api_core.exceptions import ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type
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
query = client.collection("c").order_by("__name__").limit(20)
retry = Retry(predicate=if_exception_type(ServiceUnavailable), timeout=10.0)
given = len(list(query.stream(retry=retry, timeout=10.0)))
print(f"limit(20) gave {given} documents; the server was asked for {limits}")
client.close()
server.stop(0)
sys.exit(0 if given == 32 else 1)
QUERY
"$folder/venv/bin/python" "$folder/query.py"
