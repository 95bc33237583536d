"""Support sees aliases, and On-call may undo them."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

PERMISSIONS = {
    "view_alias": ("Can view alias", ("Support", "On-call")),
    "undo_alias": ("Can undo aliases", ("On-call",)),
}


def allow(apps: StateApps, _: BaseDatabaseSchemaEditor | None) -> None:
    """Gives the permissions to the groups; a group that somebody has removed stays so."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="webhooks", model="alias"
    )
    groups = apps.get_model("auth", "Group").objects
    for codename, (name, names) in PERMISSIONS.items():
        # Django makes permissions after the last migration only; it takes those that it finds.
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        for group in groups.filter(name__in=names):
            group.permissions.add(permission)


class Migration(migrations.Migration):
    """Removing it leaves the permissions as they are."""

    dependencies = [
        ("eventlog", "0002_groups"),
        ("webhooks", "0002_aliases"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop, elidable=False)]
