"""Two groups of staff: Support looks, On-call also replays, reveals, repairs and closes."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

VIEWS = {
    "webhooks": ("delivery", "event", "refusalcount"),
    "listeners": ("placement", "taskrun", "unknowndelivery", "restorewindow", "unreadabletask"),
    "eventlog": ("replayjob", "replayedevent"),
}
ACTIONS = (
    ("webhooks", "event", "replay_event", "Can replay events"),
    ("webhooks", "event", "reveal_personal_data", "Can reveal personal data"),
    ("listeners", "unknowndelivery", "close_unknowndelivery", "Can close unknown deliveries"),
    ("listeners", "unreadabletask", "close_unreadabletask", "Can close unreadable tasks"),
    ("eventlog", "replayjob", "repair_chats", "Can repair chats"),
)


def add_groups(apps: StateApps, _: BaseDatabaseSchemaEditor | None) -> None:
    """Makes the groups with their permissions; what is there already is kept as it is."""
    group_model = apps.get_model("auth", "Group")
    support, _ = group_model.objects.get_or_create(name="Support")
    on_call, _ = group_model.objects.get_or_create(name="On-call")
    for app, models in VIEWS.items():
        for model in models:
            name = f"Can view {_name(apps, app, model)}"
            view = _permission(apps, app, model, f"view_{model}", name)
            support.permissions.add(view)
            on_call.permissions.add(view)
    for action in ACTIONS:
        on_call.permissions.add(_permission(apps, *action))


def _name(apps: StateApps, app: str, model: str) -> str:
    return str(apps.get_model(app, model)._meta.verbose_name)  # noqa: SLF001 (Django's own way)


def _permission(apps: StateApps, app: str, model: str, codename: str, name: str) -> object:
    """Django makes permissions after the last migration only; it takes those that it finds."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app, model=model
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": name}
    )
    return permission


class Migration(migrations.Migration):
    """Removing it leaves the groups: people may be in them."""

    dependencies = [
        ("eventlog", "0001_initial"),
        ("listeners", "0001_initial"),
        ("webhooks", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(add_groups, migrations.RunPython.noop, elidable=False)]
