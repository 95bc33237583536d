#!/usr/bin/env python
"""Runs the project's commands, with the local settings unless others are named."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.local")
    execute_from_command_line(sys.argv)
