#!/bin/sh
# granian 2.8.9 (2.8.7 too): --backpressure counts connections, idle ones included, not requests.
#
# Its help says "Maximum number of requests to process concurrently (per worker)". With
# --backpressure 4 and eight threads, four clients that keep a connection open after their answer,
# as every pool does, are all that the server knows: a fifth is not answered, although nothing is
# processed, until one of the four closes or is closed after half a minute.
#
# Whoever sets it to the number of threads, as its help suggests, meets it behind a proxy or a client
# with a pool: health checks fail on a server that has nothing to do.
# Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check granian==2.8.9
cd "$folder"
cat > app.py <<'APP'
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"here"]
APP
cat > ask.py <<'ASK'
import http.client

OPTIONS = ["--backpressure", "4", "--blocking-threads", "8"]
import socket, subprocess, sys, time, urllib.request

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--port", str(port)]
server = subprocess.Popen([*command, *OPTIONS, "app:app"])
for _ in range(300):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)

time.sleep(1)


def ask(connection):
    connection.request("GET", "/")
    return connection.getresponse().read()


def answered():
    other = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        return ask(other) == b"here"
    except TimeoutError:
        return False
    finally:
        other.close()


try:
    kept = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(4)]
    print("answered and kept:", [ask(connection) for connection in kept])
    while_kept = answered()
    for connection in kept:
        connection.close()
    time.sleep(1)
    afterwards = answered()
finally:
    server.terminate()
    server.wait()
print("a fifth is answered while four are idle:", while_kept)
print("a fifth is answered after they have closed:", afterwards)
sys.exit((while_kept, afterwards) != (False, True))
ASK
"$folder/venv/bin/python" ask.py
