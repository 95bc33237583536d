from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("listeners", "0003_fill_placement_lease_number"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="placement", name="placement_once_for_each_text"),
        migrations.AddConstraint(
            model_name="placement",
            constraint=models.UniqueConstraint(
                fields=("message_id", "lease_number"), name="placement_once_for_each_text"
            ),
        ),
        migrations.RemoveField(model_name="placement", name="phone_number_id"),
    ]
