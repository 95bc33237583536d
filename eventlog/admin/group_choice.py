"""The choice of somebody's groups, each with what it may: by the rights that it has now."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import Group, Permission
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list

SEES_THE_LOG = "view_event"
# Django names these after tables, pages otherwise.
NAMED_BY_TABLES = {"view_logentry": "see who saw what", "change_problemrule": "change thresholds"}
NO_GROUP = "Who is in no group can log in and sees nothing."


class GroupsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Boxes to tick, which a phone shows as well as a desk does."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self) -> None:
        """Reads the rights of all groups in one query."""
        groups = Group.objects.prefetch_related("permissions").order_by("name")
        super().__init__(groups, help_text=NO_GROUP, required=False)

    def label_from_instance(self, obj: Any) -> SafeString:
        """Its name, and what it may."""
        return format_html(
            "<strong>{}</strong> <span>{}</span>", obj.name, may(obj.permissions.all())
        )


def may(rights: Iterable[Permission]) -> str:
    """Says in sentences what somebody with these rights may do."""
    held = list(rights)
    if SEES_THE_LOG not in {right.codename for right in held}:
        return "Does not see the event log."
    deeds = sorted({deed for right in held if (deed := _deed(right))})
    sees = "Sees the event log, with numbers, names and texts masked."
    return (
        f"{sees} May also {get_text_list(deeds, 'and')}." if deeds else f"{sees} Changes nothing."
    )


def _deed(right: Permission) -> str:
    """What a right allows beside looking: `replay events`."""
    if named := NAMED_BY_TABLES.get(right.codename):
        return named
    return "" if right.codename.startswith("view_") else right.name.removeprefix("Can ")
