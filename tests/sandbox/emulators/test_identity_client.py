"""Google's library gets identity tokens from our metadata server, in a process of its own.

The library reads the server's address as it is imported.
"""

import os
import subprocess
import sys

from google.auth import jwt

from sandbox.emulators import Options, Part, start

CALLER = """
from visn_whatsapp.authentication import identity_token
print(identity_token("http://127.0.0.1/callable"))
"""


def test_a_process_gets_a_token_for_its_account_and_the_audience() -> None:
    account = "gateway@local.invalid"
    options = Options(parts=frozenset({Part.IDENTITY}), service_account=account)
    with start(options) as emulators:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "visn_whatsapp.settings.test",
            **emulators.environment(),
        }
        caller = subprocess.run(
            [sys.executable, "-c", CALLER], env=environment, capture_output=True, check=True
        )
        claims = jwt.decode(caller.stdout.strip(), certs=emulators.issuer.certificates)
    assert (claims["aud"], claims["email"]) == ("http://127.0.0.1/callable", account)
