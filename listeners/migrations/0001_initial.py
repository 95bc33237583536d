import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("webhooks", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RestoreWindow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("ledger", "The ledger was restored to an earlier time."),
                            ("firestore", "Firestore was restored to an earlier time."),
                            ("cut_over", "Another gateway wrote to the chats before this one."),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        help_text="The moment that was gone back to; none for a cut-over.",
                        null=True,
                    ),
                ),
                (
                    "until",
                    models.DateTimeField(
                        help_text="When what was set back was in use again; none: not yet.",
                        null=True,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="UnknownDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("delivery", models.UUIDField(help_text="As the task names it.", unique=True)),
                (
                    "digest",
                    models.CharField(
                        blank=True,
                        help_text="SHA-256; empty if an older release made the task.",
                        max_length=64,
                    ),
                ),
                ("first_seen_at", models.DateTimeField(help_text="When a task first named it.")),
                ("last_seen_at", models.DateTimeField()),
                (
                    "seen",
                    models.PositiveIntegerField(
                        default=1, help_text="How many tasks have named it."
                    ),
                ),
                (
                    "looks",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="How often a task of its own was made to look for it again.",
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closing",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("returned", "Its bytes are in the ledger again."),
                            ("by_hand", "Somebody has seen to it."),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "closed_by_name",
                    models.CharField(
                        blank=True,
                        help_text="Who closed it by hand; empty: a command.",
                        max_length=150,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "unknown deliveries",
                "ordering": ("-id",),
                "permissions": (("close_unknowndelivery", "Can close unknown deliveries"),),
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["id"],
                        name="unknown_delivery_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnreadableTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the bytes, lowercase hex.", max_length=64, unique=True
                    ),
                ),
                ("body", models.BinaryField(help_text="The bytes, unchanged.")),
                ("size", models.PositiveIntegerField(help_text="Their number.")),
                (
                    "task_name",
                    models.CharField(
                        blank=True, help_text="Of the last one, as the queue says.", max_length=500
                    ),
                ),
                ("first_seen_at", models.DateTimeField(help_text="When such a task first came.")),
                ("last_seen_at", models.DateTimeField()),
                (
                    "seen",
                    models.PositiveIntegerField(
                        default=1, help_text="How many of these bytes have come."
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by_name",
                    models.CharField(blank=True, help_text="Who closed it.", max_length=150),
                ),
            ],
            options={
                "ordering": ("-id",),
                "permissions": (("close_unreadabletask", "Can close unreadable tasks"),),
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["id"],
                        name="unreadable_task_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phone_number_id",
                    models.CharField(help_text="Meta's id of the lease number.", max_length=64),
                ),
                ("message_id", models.CharField(max_length=1500)),
                ("lease_id", models.CharField(max_length=500)),
                ("enquiry_id", models.CharField(max_length=500)),
                (
                    "applied_at",
                    models.DateTimeField(
                        help_text="When the message was known to exist; it is never created again.",
                        null=True,
                    ),
                ),
                (
                    "sought",
                    models.BooleanField(
                        default=False,
                        help_text="It is looked for by Meta's id before it is created.",
                    ),
                ),
                (
                    "recreated",
                    models.BooleanField(
                        default=False,
                        help_text="A repair creates it again: our own document is no other's.",
                    ),
                ),
                (
                    "document_id",
                    models.CharField(
                        blank=True,
                        help_text="The document that it was found as; empty: the one that we make.",
                        max_length=1500,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        help_text="The event that took it.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="webhooks.event",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message_id", "phone_number_id"),
                        name="placement_once_for_each_text",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "task_name",
                    models.CharField(blank=True, help_text="As Cloud Tasks says.", max_length=500),
                ),
                (
                    "retry_count",
                    models.PositiveIntegerField(
                        default=0, help_text="Earlier attempts of this task, as Cloud Tasks says."
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField()),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("done", "Every event has its outcome, or waits."),
                            (
                                "try_again",
                                "Something we depend on was not there; the queue tries again.",
                            ),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "outcomes",
                    models.JSONField(
                        default=dict,
                        help_text="Reason → ids of the events that ended this run with it.",
                    ),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True,
                        help_text="What kept the other events from being applied.",
                        max_length=200,
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="task_runs",
                        to="webhooks.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["started_at"], name="task_run_started_at"),
                    models.Index(
                        condition=models.Q(("result", "try_again")),
                        fields=["id"],
                        name="task_run_try_again",
                    ),
                ],
            },
        ),
    ]
