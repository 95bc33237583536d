from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="reopened_at",
            field=models.DateTimeField(
                blank=True, help_text="When last, for people: nothing is decided by it.", null=True
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="reopenings",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How often a replay opened it again."
            ),
        ),
    ]
