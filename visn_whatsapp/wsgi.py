"""What the server loads: the application, with the production settings unless others are named."""

import os

import django
from django.conf import settings

from visn_whatsapp.application import Application
from visn_whatsapp.checks import refuse_unsafe_settings
from visn_whatsapp.nudges import watch

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.production")

django.setup()
refuse_unsafe_settings()
application = Application(threads=settings.THREADS, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
watch(application.under_way)
