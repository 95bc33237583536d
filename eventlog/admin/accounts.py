"""Who may use the admin: Django's own users and groups."""

from typing import Any

from django.contrib import messages
from django.contrib.admin import display
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, connection, transaction
from django.db.models import ManyToManyField, Model, QuerySet
from django.forms import ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse

from eventlog.admin.group_choice import NO_GROUP, GroupsField
from eventlog.admin.read_only import NewestFirst
from eventlog.admin.site import site


class Superusers(NewestFirst):
    """Only superusers change who may do what: whoever could, could give themselves every right.

    A right of Django's to add or change users does not do, since it is the right to do so.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return _is_superuser(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers, also for passwords. Who has the right to view may look."""
        return _is_superuser(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return _is_superuser(request) and super().has_delete_permission(request, obj)


def _is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


class OneAtATime(Superusers):
    """Forms of a table whose names are unique take turns, from the look at the names to the end.

    Otherwise a form that is sent twice at once breaks the key: a page that says 500, and a name
    in PostgreSQL's log, which quotes keys. Logging in is in nobody's way.
    """

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Adds or changes, or shows the form."""
        with transaction.atomic():
            if request.method == "POST":
                _take_turns(self.model)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_related(
        self, request: HttpRequest, form: "ModelForm[Any]", formsets: Any, change: bool
    ) -> None:
        """Saves groups and permissions, all that were chosen. Raises IntegrityError.

        Django adds them with an ON CONFLICT that names no key, so a row whose own key is given out
        twice is passed over: the right would be gone without a word.
        """
        super().save_related(request, form, formsets, change)
        for field in self.model._meta.many_to_many:  # noqa: SLF001 - Django documents it as public
            chosen = set(form.cleaned_data.get(field.name) or ())
            if chosen - set(field.value_from_object(form.instance)):
                raise IntegrityError(f"not all {field.name} were taken")


def _take_turns(model: type[Model]) -> None:
    """Waits for whoever has called this for the table, until the end of its transaction.

    SQLite has one writer at a time.
    """
    if connection.vendor == "postgresql":
        table = connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 - Django documents it as public
        with connection.cursor() as cursor:
            # It conflicts with itself, and with no write.
            cursor.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")


class AccountAdmin(OneAtATime, UserAdmin):  # type: ignore[type-arg]
    """Users. Who has a history is made inactive: the history would be deleted with the user."""

    about = "Who may log in. What they may do, their groups say."
    none_such = "Nobody is like that."
    list_display = ("username", "email", "name", "may", "last_login")
    # Whoever is added here is to log in here, and without a group they see nothing.
    add_fieldsets = (
        *UserAdmin.add_fieldsets,
        ("What they may do", {"classes": ("wide",), "fields": ("is_staff", "groups")}),
    )
    filter_horizontal = ("user_permissions",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Users with what is told of each."""
        return super().get_queryset(request).prefetch_related("groups", "user_permissions")

    @display(ordering="last_name")
    def name(self, user: User) -> str:
        """Both names in one column: on a screen of 1280 pixels two leave no room for the rest."""
        return user.get_full_name()

    @display(description="What they may do", empty_value="nothing: in no group")
    def may(self, user: User) -> str:
        """The groups of somebody who may log in."""
        if not (user.is_active and user.is_staff):
            return "may not log in"
        if user.is_superuser:
            return "everything"
        groups = sorted(group.name for group in user.groups.all())
        own = ["rights of their own"] if user.user_permissions.all() else []
        return ", ".join([*groups, *own])

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new user may log in unless somebody says otherwise."""
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **options: Any
    ) -> "ModelMultipleChoiceField | None":  # type: ignore[type-arg]
        """Groups with what each may."""
        if db_field.name == "groups":
            return GroupsField()
        return super().formfield_for_manytomany(db_field, request, **options)

    def save_related(
        self, request: HttpRequest, form: "ModelForm[Any]", formsets: Any, change: bool
    ) -> None:
        """Saves groups and permissions, and says so if there are none: then nobody sees anything.

        Raises IntegrityError.
        """
        super().save_related(request, form, formsets, change)
        user = form.instance
        rights = user.groups.exists() or user.user_permissions.exists()
        if user.is_staff and not user.is_superuser and not rights:
            messages.warning(request, f"No group was chosen for {user.get_username()}. {NO_GROUP}")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only of somebody who never did anything, and so one by one."""
        if obj is None:
            return False
        has_history = LogEntry.objects.filter(user_id=obj.pk).exists()
        return not has_history and super().has_delete_permission(request, obj)


class RoleAdmin(OneAtATime, GroupAdmin):
    """Groups."""

    about = "What those who are in a group may do, and see of saved views."
    appears = "As soon as somebody adds one, it appears here."
    none_such = "No group has such a name."


site.register(User, AccountAdmin)
site.register(Group, RoleAdmin)
