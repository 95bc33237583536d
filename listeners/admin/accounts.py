"""Who may use the admin: Django's own users and groups."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from listeners.admin.site import site


class AccountAdmin(UserAdmin):  # type: ignore[type-arg]
    """Users. Who has a history is made inactive: the history would be deleted with the user."""

    # Whoever is added here is to log in here, and without a group they see nothing.
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        ("What they may do", {"classes": ("wide",), "fields": ("is_staff", "groups")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new user may log in unless somebody says otherwise."""
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Only of somebody who never did anything, and so one by one."""
        if obj is None:
            return False
        has_history = LogEntry.objects.filter(user=obj).exists()
        return not has_history and super().has_delete_permission(request, obj)


site.register(User, AccountAdmin)
site.register(Group, GroupAdmin)
