from django.db import migrations, models

from visn_whatsapp.indexes import AddIndexBesideWrites


class Migration(migrations.Migration):
    atomic = False  # so that events are written meanwhile

    dependencies = [
        ("webhooks", "0004_message_keys"),
    ]

    operations = [
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(("error_code__isnull", False)),
                fields=["error_code", "received_at"],
                name="event_error_code",
            ),
        ),
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(("message_key__isnull", False)),
                fields=["message_key"],
                name="event_message_key",
            ),
        ),
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(("target_key__isnull", False)),
                fields=["target_key"],
                name="event_target_key",
            ),
        ),
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    models.Q(("name", "text"), _negated=True),
                    models.Q(("name", "reaction"), _negated=True),
                    models.Q(("name", "sent"), _negated=True),
                    models.Q(("name", "delivered"), _negated=True),
                    models.Q(("name", "read"), _negated=True),
                ),
                fields=["name", "received_at"],
                name="event_word",
            ),
        ),
        AddIndexBesideWrites(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    models.Q(("kind", "status"), _negated=True),
                    models.Q(("kind", "error"), _negated=True),
                    models.Q(("kind", "change"), _negated=True),
                    models.Q(("kind", "container"), _negated=True),
                    models.Q(("name", "system"), _negated=True),
                    models.Q(("name", "request_welcome"), _negated=True),
                    models.Q(("state", "queued"), _negated=True),
                    models.Q(("state", "received"), _negated=True),
                    models.Q(("state", "waiting"), _negated=True),
                    models.Q(("state", "processed"), _negated=True),
                    models.Q(("state", "duplicate"), _negated=True),
                ),
                fields=["received_at"],
                name="event_unseen",
            ),
        ),
    ]
