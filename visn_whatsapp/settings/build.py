"""Building a container: collects static files, without secrets, database or services."""

from visn_whatsapp.settings.base import *

DEPLOYED = False
SECRET_KEY = "insecure-build-secret-key"
