from django.db import migrations, models


class Migration(migrations.Migration):
    """A chat's ids are as long as events have them."""

    dependencies = [
        ("eventlog", "0017_foresight"),
    ]

    operations = [
        migrations.AlterField(
            model_name="replayedevent",
            name="enquiry_id_foreseen",
            field=models.CharField(blank=True, default="", db_default="", max_length=1500),
        ),
        migrations.AlterField(
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
    ]
