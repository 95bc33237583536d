from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0003_error_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="message_key",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="event",
            name="stored_id",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Meta's id of the message it refers to as stored, where it is another.",
                max_length=1500,
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="target_key",
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
