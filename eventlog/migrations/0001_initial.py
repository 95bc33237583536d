import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import webhooks.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("webhooks", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LeaseNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(help_text="Digits.", max_length=32, unique=True)),
                ("first_event_at", models.DateTimeField()),
                ("last_event_at", models.DateTimeField()),
                (
                    "last_event",
                    models.PositiveBigIntegerField(
                        help_text="Id of that event: lists are asked for what has the same number."
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
            },
        ),
        migrations.CreateModel(
            name="RollUp",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                (
                    "rolled_up_to",
                    models.DateTimeField(help_text="What was received before is in the figures."),
                ),
                (
                    "changes_until",
                    models.DateTimeField(help_text="What was settled before is in them too."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "span",
                    models.PositiveSmallIntegerField(
                        choices=[(60, "minute"), (900, "quarter of an hour"), (3600, "hour")]
                    ),
                ),
                ("start", models.DateTimeField()),
                (
                    "lease_number",
                    models.CharField(
                        help_text="Digits; empty where Meta did not say; * for all together.",
                        max_length=32,
                    ),
                ),
                ("events", models.PositiveIntegerField(default=0)),
                ("tally", models.BinaryField(help_text="A figures.tally.Tally as JSON.")),
            ],
            options={
                "indexes": [models.Index(fields=["span", "start"], name="figure_start")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("span", "lease_number", "start"), name="figure_once_for_each_span"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplayJob",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("replay", "what was skipped, failed or ignored is tried again"),
                            ("repair", "what Firestore has lost is brought back"),
                        ],
                        default="replay",
                        max_length=6,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "asked_by_name",
                    models.CharField(help_text="Stays if the user is deleted.", max_length=150),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "choice",
                    models.CharField(
                        help_text="What was chosen, free of personal data.", max_length=500
                    ),
                ),
                ("event_count", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("opening", "events are being opened again and put into the queue"),
                            ("running", "all have been opened again, some have no outcome yet"),
                            ("finished", "every event has its outcome"),
                        ],
                        default="opening",
                        max_length=8,
                    ),
                ),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "changed_count",
                    models.PositiveIntegerField(
                        default=0, help_text="Events whose outcome changed, once it is finished."
                    ),
                ),
                (
                    "applied_count",
                    models.PositiveIntegerField(
                        default=0, help_text="Those of them that were applied to a chat."
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-asked_at",),
                "permissions": (("repair_chats", "Can repair chats"),),
            },
        ),
        migrations.CreateModel(
            name="ReplayedEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state_before",
                    models.CharField(blank=True, choices=webhooks.models.states, max_length=9),
                ),
                (
                    "reason_before",
                    models.CharField(blank=True, choices=webhooks.models.reasons, max_length=24),
                ),
                ("detail_before", models.CharField(blank=True, max_length=200)),
                ("queued_at_before", models.DateTimeField(null=True)),
                ("started_at_before", models.DateTimeField(null=True)),
                ("settled_at_before", models.DateTimeField(null=True)),
                (
                    "reopened_at",
                    models.DateTimeField(
                        help_text="None: not yet, or settled otherwise before its turn came.",
                        null=True,
                    ),
                ),
                (
                    "state_after",
                    models.CharField(blank=True, choices=webhooks.models.states, max_length=9),
                ),
                (
                    "reason_after",
                    models.CharField(blank=True, choices=webhooks.models.reasons, max_length=24),
                ),
                (
                    "closed_at",
                    models.DateTimeField(help_text="When the outcome was noted.", null=True),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replays",
                        to="webhooks.event",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="eventlog.replayjob",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="replayjob",
            index=models.Index(fields=["-asked_at"], name="replay_job_asked_at"),
        ),
        migrations.AddIndex(
            model_name="replayjob",
            index=models.Index(
                condition=models.Q(("state__in", ("opening", "running"))),
                fields=["asked_at"],
                name="replay_job_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="replayedevent",
            index=models.Index(
                models.F("job"),
                models.F("id"),
                condition=models.Q(("closed_at", None), ("reopened_at", None)),
                name="replayed_event_to_open",
            ),
        ),
        migrations.AddIndex(
            model_name="replayedevent",
            index=models.Index(
                models.F("job"),
                condition=models.Q(("closed_at", None)),
                name="replayed_event_not_closed",
            ),
        ),
        migrations.AddIndex(
            model_name="replayedevent",
            index=models.Index(fields=["reopened_at"], name="replayed_event_reopened_at"),
        ),
        migrations.AddConstraint(
            model_name="replayedevent",
            constraint=models.UniqueConstraint(
                fields=("job", "event"), name="replayed_once_in_a_job"
            ),
        ),
        migrations.AddConstraint(
            model_name="replayedevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at", None)),
                fields=("event",),
                name="replayed_by_one_job_at_a_time",
            ),
        ),
    ]
