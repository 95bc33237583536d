"""What the server loads: the application, with the production settings unless others are named."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visn_whatsapp.settings.production")

application = get_wsgi_application()
