"""Asks whether a vulnerability is known of any package that a deployed process contains.

`python -m tests.audit` fails if one is. Where nobody can be asked, which is so on many closed
networks, it says so and does not fail.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "requirements"
REQUIREMENTS = (FOLDER / "base.txt", FOLDER / "otel.txt")  # as deploy/Dockerfile installs them
AUDIT = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
SECONDS = 300


def main() -> int:
    """Prints the findings; returns 1 if there are any."""
    of_each = [audited(file) for file in REQUIREMENTS]
    packages = [package for of_file in of_each for package in of_file]
    known = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in known
        for vulnerability in package["vulns"]
    ]
    for line in found:
        sys.stdout.write(f"VULNERABLE: {line}\n")
    if len(known) < len(packages) or not all(of_each):
        sys.stdout.write(
            f"NOT AUDITED: {len(packages) - len(known)} of {len(packages)} packages; "
            "the service that knows vulnerabilities did not answer.\n"
        )
    return int(bool(found))


def audited(requirements: Path) -> list[dict[str, Any]]:
    """Returns what pip-audit says about each package, or nothing where it gives up."""
    command = [sys.executable, *AUDIT, "--format", "json", "--requirement", str(requirements)]
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
        packages: list[dict[str, Any]] = json.loads(finished.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return []
    return packages


if __name__ == "__main__":
    sys.exit(main())
