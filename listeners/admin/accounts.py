"""Who may use the admin: Django's own users and groups."""

from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User

from listeners.admin.site import site

site.register(User, UserAdmin)
site.register(Group, GroupAdmin)
