#!/bin/sh
# granian 2.8.9 on Linux, Python 3.11: a worker that ends in order runs nothing registered with atexit.
#
# A worker is a child that multiprocessing has forked, and such a child ends by os._exit() after its
# own finalizers; what the application gave to atexit is not called. Finalizers of
# multiprocessing.util are.
#
# Whoever flushes at the end of a process meets it, such as OpenTelemetry's SDK (1.45.2): of a
# TracerProvider with its default shutdown_on_exit, what lies in the batch is lost with each worker.
# Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check granian==2.8.9
cd "$folder"
cat > app.py <<'APP'
import atexit
from multiprocessing.util import Finalize


def note(what):
    with open("ended", "a") as file:
        file.write(what + "\n")


atexit.register(note, "atexit")
Finalize(None, note, args=("finalizer",), exitpriority=0)


def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]
APP
cat > ask.py <<'ASK'
import socket, subprocess, sys, time, urllib.request

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--port", str(port)]
server = subprocess.Popen([*command, "app:app"])
for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).read()
server.terminate()
print("exit status", server.wait())
ended = open("ended").read().split()
print("ran at the end of the worker:", ended)
sys.exit(ended != ["finalizer"])
ASK
"$folder/venv/bin/python" ask.py
