#!/bin/sh
# grpcio 1.85.1: `grpc.keepalive_timeout_ms` does not shorten how long a keepalive ping is waited for.
#
# A connection goes through something that swallows whatever is sent, as a NAT that has forgotten it. A
# channel with `grpc.keepalive_time_ms` of 10 s and `grpc.keepalive_timeout_ms` of 2 s should give it up
# after twelve seconds, as gRPC's guide to keepalive says. It does so a minute after the ping. With
# `grpc.http2.ping_timeout_ms` of 2 s instead, which the guide does not name, it takes twelve.
#
# Who sets the documented option, to find a dead connection within seconds, meets it at the first one.
# Seen: UNAVAILABLE, "ping timeout", after 70.0 s and after 12.0 s. Takes a minute and a half. Exits
# with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check grpcio==1.85.1
cat > "$folder/keepalive.py" <<'KEEPALIVE'
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc

swallow, arrived = threading.Event(), threading.Event()


def never(request, context):
    arrived.set()
    time.sleep(300)
    return b""


def pump(source, sink):
    while data := source.recv(65536):
        if not swallow.is_set():
            sink.sendall(data)


def relay(listener, port):
    while True:
        caller, _ = listener.accept()
        called = socket.create_connection(("127.0.0.1", port))
        for ends in ((caller, called), (called, caller)):
            threading.Thread(target=pump, args=ends, daemon=True).start()


def seconds_until_given_up(option):
    swallow.clear()
    arrived.clear()
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    options = [("grpc.keepalive_time_ms", 10_000), (option, 2_000)]
    with grpc.insecure_channel(address, options) as channel:
        call = channel.unary_unary("/service/method").future(b"", timeout=150)
        arrived.wait(30)
        swallow.set()
        began = time.monotonic()
        error = call.exception()
        took = time.monotonic() - began
    print(f"{option}: {error.code().name}, {error.details()}, after {took:.1f} s", flush=True)
    return took


handlers = {"method": grpc.unary_unary_rpc_method_handler(never)}
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("service", handlers),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=relay, args=(listener, port), daemon=True).start()
documented = seconds_until_given_up("grpc.keepalive_timeout_ms")
other = seconds_until_given_up("grpc.http2.ping_timeout_ms")
os._exit(0 if documented > 45 and other < 30 else 1)
KEEPALIVE
"$folder/venv/bin/python" "$folder/keepalive.py"
