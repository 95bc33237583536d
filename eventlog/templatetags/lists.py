"""What stands above the lists that Django puts together, in the form of our own."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList

register = template.Library()


@register.simple_tag
def list_filters(changelist: ChangeList) -> Sequence[dict[str, Any]]:
    """Each filter with its title and its choices."""
    return [
        {"title": spec.title, "choices": list(spec.choices(changelist))}
        for spec in changelist.filter_specs
    ]
