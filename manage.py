#!/usr/bin/env python
"""Runs the project's commands, with the local settings unless others are named."""

import os
import sys

from django.core.management import execute_from_command_line

# As for arguments that cannot be read: a check that ends so could not tell.
BROKEN_OFF = 2


def main() -> None:
    """Runs the command of the arguments. What it does not see to itself is told as ever."""
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:  # noqa: BLE001 - told, by who tells everything that is not caught
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(BROKEN_OFF)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.local")
    main()
