from django.db import migrations, models

from visn_whatsapp.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):
    atomic = False  # so that events are written meanwhile

    dependencies = [
        ("webhooks", "0007_alias_reopened"),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    models.Q(("person_user_id", ""), _negated=True),
                    models.Q(("person_number", ""), _negated=True),
                ),
                fields=["person_user_id", "occurred_at"],
                name="event_named_together",
            ),
        ),
    ]
