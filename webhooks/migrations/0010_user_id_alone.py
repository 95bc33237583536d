from django.db import migrations
from django.db.models import Index, Q

from visn_whatsapp.indexes import AddIndexBesideWrites, RemoveReplacedIndex


class Migration(migrations.Migration):
    atomic = False  # so that events are written meanwhile

    dependencies = [
        ("webhooks", "0009_what_is_rare"),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name="event",
            index=Index(
                fields=["person_user_id", "received_at"],
                condition=Q(
                    Q(person_user_id="", _negated=True), Q(person_number__gt="", _negated=True)
                ),
                name="event_user_id_alone",
            ),
        ),
        RemoveReplacedIndex(model_name="event", name="event_person_user_id"),
    ]
