from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0002_aliases"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="error_code",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Meta's code of the first error that it gave with it.",
                null=True,
            ),
        ),
    ]
