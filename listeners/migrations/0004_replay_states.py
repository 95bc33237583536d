from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listeners", "0003_restores"),
    ]

    operations = [
        migrations.AlterField(
            model_name="replayjob",
            name="state",
            field=models.CharField(
                choices=[
                    ("opening", "events are being opened again and put into the queue"),
                    ("running", "all have been opened again, some have no outcome yet"),
                    ("finished", "every event has its outcome"),
                ],
                default="opening",
                max_length=8,
            ),
        ),
    ]
