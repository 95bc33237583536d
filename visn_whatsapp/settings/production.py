"""A deployment: everything comes from the environment, and what is missing stops the start."""

from visn_whatsapp.settings.base import *
