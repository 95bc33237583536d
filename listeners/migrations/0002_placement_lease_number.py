from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listeners", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="placement",
            name="lease_number",
            field=models.CharField(
                default="",
                help_text="Digits only, and of its spellings the smallest.",
                max_length=32,
            ),
            preserve_default=False,
        ),
    ]
