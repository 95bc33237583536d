from django.db import migrations, models

import webhooks.models.events


class Migration(migrations.Migration):
    dependencies = [
        ("eventlog", "0016_digests"),
    ]

    operations = [
        migrations.AddField(
            model_name="replayedevent",
            name="enquiry_id_foreseen",
            field=models.CharField(blank=True, default="", db_default="", max_length=1500),
        ),
        migrations.AddField(
            model_name="replayedevent",
            name="lease_id_foreseen",
            field=models.CharField(
                blank=True,
                default="",
                db_default="",
                help_text="Of the chat it was to be in.",
                max_length=1500,
            ),
        ),
        migrations.AddField(
            model_name="replayedevent",
            name="otherwise",
            field=models.BooleanField(
                help_text="Whether it came out otherwise than was foreseen, if anything was.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="replayedevent",
            name="reason_foreseen",
            field=models.CharField(
                blank=True,
                choices=webhooks.models.events.reasons,
                default="",
                db_default="",
                help_text="With which it was to be settled, as a look told; empty: nobody looked.",
                max_length=24,
            ),
        ),
    ]
