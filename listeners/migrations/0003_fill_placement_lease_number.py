from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

from webhooks.whatsapp.numbers import canonical

CHUNK = 1000


def fill(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Gives each placement the lease number of its event.

    Of several that were one text under two of Meta's ids of a number, the one that was applied
    stays, or else the oldest.
    """
    placements = apps.get_model("listeners", "Placement").objects.using(editor.connection.alias)
    after = 0
    while True:
        some = list(
            placements.filter(pk__gt=after)
            .order_by("pk")
            .values_list("pk", "event__lease_number", named=True)[:CHUNK]
        )
        if not some:
            break
        by_number: dict[str, list[int]] = {}
        for each in some:
            by_number.setdefault(canonical(each.event__lease_number), []).append(each.pk)
        for number, keys in by_number.items():
            placements.filter(pk__in=keys).update(lease_number=number)
        after = some[-1].pk
    ordered = placements.order_by(
        "message_id", "lease_number", F("applied_at").asc(nulls_last=True), "pk"
    ).values_list("pk", "message_id", "lease_number")
    again, before = list[int](), None
    for key, *text in ordered.iterator(chunk_size=CHUNK):
        if text == before:
            again.append(key)
        before = text
    for start in range(0, len(again), CHUNK):
        placements.filter(pk__in=again[start : start + CHUNK]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("listeners", "0002_placement_lease_number"),
        ("webhooks", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
