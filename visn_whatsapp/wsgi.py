"""What the server loads: the application, with the production settings unless others are named."""

import os

import django
from django.core.wsgi import get_wsgi_application

from visn_whatsapp.checks import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.production")

django.setup()
refuse_unsafe_settings()
application = get_wsgi_application()
