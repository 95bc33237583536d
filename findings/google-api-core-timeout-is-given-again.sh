#!/bin/sh
# google-api-core 2.44.0: a retried call gets its whole timeout again in the last second of it.
#
# A timeout of a call of Google's clients counts for all of its attempts together: each attempt is
# told what is left of it. But once less than a second is left (or it was shorter than that to begin
# with), the attempt is told the whole again. Here a call with a timeout of 2 s and a retry of 2 s is
# tried again after 1.2 s, and the second attempt may take 2 s instead of 0.8: 3.2 s in all.
#
# Who gives a call a budget because somebody waits for the answer meets it, now and then: only when
# an attempt fails late.
# Seen: "attempts were told [2.0, 2.0]". Exits with 0 while that is so, and with 1 once it is not.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    'google-api-core[grpc]==2.44.0'
cat > "$folder/call.py" <<'CALL'
import sys
import time

from google.api_core.exceptions import ServiceUnavailable
from google.api_core.gapic_v1.method import wrap_method
from google.api_core.retry import Retry, if_exception_type

told = []


def method(request, timeout, **_):
    told.append(round(timeout, 1))
    if len(told) == 1:
        time.sleep(1.2)
        raise ServiceUnavailable("the connection was lost")
    return "answered"


call = wrap_method(method)
retry = Retry(predicate=if_exception_type(ServiceUnavailable), initial=0.01, timeout=2.0)
call("request", timeout=2.0, retry=retry)
print("attempts were told", told)
sys.exit(0 if told == [2.0, 2.0] else 1)
CALL
"$folder/venv/bin/python" "$folder/call.py"
