#!/bin/sh
# granian 2.8.9 (2.8.7 too): wsgi.input.read() after read(n) leaves out what came with those n bytes.
#
# PEP 3333 has wsgi.input behave as a file: read() without a size returns what is left. granian keeps
# what a read(n) did not hand over in a buffer that read() does not look into. Of fourteen bytes that
# came in one piece, read(3) returns three, and read() then returns none; read(1000) would return
# the other eleven.
#
# Whoever looks at the first bytes to tell what a body is, and then reads the rest, meets it: the
# body is cut without an error, by as much as came in one piece.
# Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check granian==2.8.9
cd "$folder"
cat > app.py <<'APP'
def app(environ, start_response):
    given = environ["wsgi.input"]
    got = [given.read(3), given.read()]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [repr([bytes(each) for each in got]).encode()]
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

body = b"one\ntwo\nthree\n"
try:
    seen = urllib.request.urlopen(f"http://127.0.0.1:{port}/", data=body, timeout=30).read().decode()
finally:
    server.terminate()
    server.wait()
print("sent", body)
print("seen", seen)
print("PEP 3333 asks for", [b"one", b"\ntwo\nthree\n"])
sys.exit(seen != "[b'one', b'']")
ASK
"$folder/venv/bin/python" ask.py
