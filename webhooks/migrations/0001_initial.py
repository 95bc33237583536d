import django.db.models.deletion
from django.db import migrations, models

import webhooks.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=webhooks.models.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(
                        help_text="When it was written, by the clock of the ledger."
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("meta", "Meta's webhook"),
                            ("callable", "another gateway, through the callable"),
                        ],
                        default="meta",
                        max_length=8,
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the bytes, lowercase hex.", max_length=64
                    ),
                ),
                (
                    "body",
                    models.BinaryField(
                        help_text="The bytes, unchanged; none for a repeat, nor after retention.",
                        null=True,
                    ),
                ),
                ("size", models.PositiveIntegerField(help_text="Length of the body in bytes.")),
                (
                    "headers",
                    models.JSONField(default=dict, help_text="The request headers that matter."),
                ),
                (
                    "verdict",
                    models.CharField(help_text="Whether the payload could be read.", max_length=16),
                ),
                (
                    "item_count",
                    models.PositiveIntegerField(default=0, help_text="Items in it, of every kind."),
                ),
                (
                    "repeat_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="repeats",
                        to="webhooks.delivery",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ("-received_at", "-id"),
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(
                        help_text="Counts the items of the delivery from 0."
                    ),
                ),
                ("kind", models.CharField(choices=webhooks.models.kinds, max_length=24)),
                (
                    "name",
                    models.CharField(
                        help_text="Meta's word: type, status or field.", max_length=64
                    ),
                ),
                ("account_id", models.CharField(blank=True, max_length=64)),
                (
                    "lease_number",
                    models.CharField(blank=True, help_text="Digits only.", max_length=32),
                ),
                ("phone_number_id", models.CharField(blank=True, max_length=64)),
                (
                    "person_number",
                    models.CharField(blank=True, help_text="Digits only.", max_length=32),
                ),
                ("person_user_id", models.CharField(blank=True, max_length=160)),
                (
                    "message_id",
                    models.CharField(blank=True, help_text="Meta's message id.", max_length=1500),
                ),
                (
                    "target_id",
                    models.CharField(
                        blank=True,
                        help_text="The message that is reacted to or quoted.",
                        max_length=1500,
                    ),
                ),
                (
                    "occurred_at",
                    models.DateTimeField(blank=True, help_text="Meta's timestamp.", null=True),
                ),
                ("state", models.CharField(choices=webhooks.models.states, max_length=9)),
                (
                    "reason",
                    models.CharField(blank=True, choices=webhooks.models.reasons, max_length=24),
                ),
                (
                    "detail",
                    models.CharField(
                        blank=True, help_text="Free of personal data.", max_length=200
                    ),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "queued_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When its task was made; the last replay's, if any.",
                        null=True,
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(blank=True, help_text="Start of the last run.", null=True),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("check_at", models.DateTimeField(blank=True, null=True)),
                (
                    "waits",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="How often it has waited."
                    ),
                ),
                (
                    "rounds",
                    models.PositiveSmallIntegerField(default=0, help_text="Rounds of the sweeper."),
                ),
                (
                    "reopenings",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="How often a replay opened it again."
                    ),
                ),
                (
                    "reopened_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When last, for people: nothing is decided by it.",
                        null=True,
                    ),
                ),
                ("lease_id", models.CharField(blank=True, max_length=1500)),
                ("enquiry_id", models.CharField(blank=True, max_length=1500)),
                (
                    "document_id",
                    models.CharField(
                        blank=True, help_text="The chat message it was applied to.", max_length=1500
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="webhooks.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ("-received_at", "-id"),
                "permissions": (
                    ("replay_event", "Can replay events"),
                    ("reveal_personal_data", "Can reveal personal data"),
                ),
            },
        ),
        migrations.CreateModel(
            name="RefusalCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("cause", models.CharField(max_length=16)),
                ("count", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "ordering": ("-day", "cause"),
                "constraints": [
                    models.UniqueConstraint(fields=("day", "cause"), name="refusal_count_day_cause")
                ],
            },
        ),
        migrations.CreateModel(
            name="SweeperTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("made_at", models.DateTimeField()),
                (
                    "round",
                    models.PositiveSmallIntegerField(
                        help_text="Which round it is for these events, from 1."
                    ),
                ),
                ("events", models.JSONField(default=list, help_text="Their ids.")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sweeper_tasks",
                        to="webhooks.delivery",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["received_at"], name="delivery_received_at"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("verdict", "readable"), _negated=True),
                fields=["received_at"],
                name="delivery_odd",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("repeat_of__isnull", False)),
                fields=["received_at"],
                name="delivery_repeats",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    ("body__isnull", False), ("item_count", 0), ("repeat_of__isnull", True)
                ),
                fields=["received_at"],
                name="delivery_without_items",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("repeat_of__isnull", True)),
                fields=("digest",),
                name="delivery_body_stored_once",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("check_at__isnull", False)),
                fields=["check_at"],
                name="event_check_at",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["state", "received_at"], name="event_state"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["reason", "received_at"], name="event_reason"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(
                    models.Q(("kind", "status"), _negated=True),
                    models.Q(("kind", "text"), _negated=True),
                ),
                fields=["kind", "received_at"],
                name="event_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["received_at"], name="event_received_at"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", False)),
                fields=["settled_at"],
                name="event_settled_at",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["message_id"], name="event_message_id"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("target_id", ""), _negated=True),
                fields=["target_id"],
                name="event_target_id",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["person_number", "received_at"], name="event_person_number"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("person_user_id", ""), _negated=True),
                fields=["person_user_id", "received_at"],
                name="event_person_user_id",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["lease_number", "received_at"], name="event_lease_number"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("enquiry_id", ""), _negated=True),
                fields=["enquiry_id", "received_at"],
                name="event_enquiry",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("lease_id", ""), _negated=True),
                fields=["lease_id", "received_at"],
                name="event_lease",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["lease_number", "received_at"],
                name="event_failed_lease_number",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["lease_id", "received_at"],
                name="event_failed_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(
                fields=("delivery", "position"), name="event_position"
            ),
        ),
    ]
