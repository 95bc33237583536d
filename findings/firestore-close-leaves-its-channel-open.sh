#!/bin/sh
# google-cloud-firestore 2.34.1: `Client.close()` does not close the connection that the client uses.
#
# Its documentation says "Clean up transport, if set". It ends the session of HTTP that every client of
# Google's may have; Firestore's speaks gRPC over a channel of its own, which stays open, and the closed
# client answers on. Only closing the transport of its API as well ends it, to which a private attribute
# leads.
#
# Who makes clients for some work and closes them, or leaves that to contextlib.closing, meets it: the
# connection stays for as long as anything refers to the client, and a server that lets its callers end
# before it stops waits for nothing.
# Seen: "connections before and after close(): 1 and 1; the closed client still answers: True".
# Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    google-cloud-firestore==2.34.1 psutil==7.2.1
cat > "$folder/close.py" <<'CLOSE'
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
import psutil
from google.cloud import firestore


def run_query(request, context):
    yield b""  # a message with nothing in it: no document is found


handler = grpc.unary_stream_rpc_method_handler(run_query)
methods = grpc.method_handlers_generic_handler(
    "google.firestore.v1.Firestore", {"RunQuery": handler}
)
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((methods,))
port = server.add_insecure_port("127.0.0.1:0")
os.environ["FIRESTORE_EMULATOR_HOST"] = f"127.0.0.1:{port}"
server.start()


def connections():
    every = psutil.Process().net_connections(kind="tcp")
    return sum(1 for each in every if each.raddr and each.raddr.port == port)


client = firestore.Client(project="p")


def answers():
    return list(client.collection("cars").stream(timeout=5, retry=None)) == []


assert answers()
before = connections()
client.close()
after, still = connections(), answers()
print(f"connections before and after close(): {before} and {after}; the closed client still answers: {still}")
server.stop(0)
sys.exit(0 if before == after == 1 and still else 1)
CLOSE
"$folder/venv/bin/python" "$folder/close.py"
