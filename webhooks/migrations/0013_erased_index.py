from django.db import migrations
from django.db.models import Index, Q

from visn_whatsapp.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):
    atomic = False  # so that events are written meanwhile

    dependencies = [
        ("webhooks", "0012_erased"),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name="event",
            index=Index(
                fields=["erased_at"],
                condition=Q(erased_at__isnull=False),
                name="event_erased",
            ),
        ),
    ]
