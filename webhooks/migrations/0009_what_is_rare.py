from django.db import migrations
from django.db.models import Index, Q

from visn_whatsapp.indexes import AddIndexBesideWrites, RemoveReplacedIndex

AS_EVER = [
    *("", "applied", "waiting_for_message", "waiting_for_quoted", "late_status"),
    *("failed_after_delivery", "late_reaction", "already_applied"),
]
SKIPPED = [
    *("no_active_tracking", "no_person", "enquiry_not_found", "message_not_found"),
    "held_elsewhere",
]
IGNORED = [
    *("unsupported_type", "unsupported_status", "unsupported_field", "without_items", "group"),
    *("error_notice", "identity_noted", "not_whatsapp"),
]
FAILED = ["malformed", "too_large", "refused", "rule_raised", "gave_up"]


def none_of(**fields: list[str]) -> Q:
    return Q(
        *(Q((field, value), _negated=True) for field, values in fields.items() for value in values)
    )


HAS_FAILED = none_of(reason=AS_EVER + SKIPPED + IGNORED)
UNSEEN = none_of(
    kind=["status", "error", "change", "container"],
    name=["system", "request_welcome"],
    reason=AS_EVER,
)
RECEIVED = ["received_at"]


class Migration(migrations.Migration):
    atomic = False  # so that events are written meanwhile

    dependencies = [
        ("webhooks", "0008_named_together"),
    ]

    operations = [
        *(
            AddIndexBesideWrites(
                model_name="event", index=Index(fields=fields, condition=condition, name=name)
            )
            for name, fields, condition in (
                ("event_open", RECEIVED, Q(settled_at__isnull=True)),
                (
                    "event_rare_reason",
                    ["reason", *RECEIVED],
                    Q(Q(reason="applied", _negated=True), reason__gt=""),
                ),
                ("event_skipped", RECEIVED, none_of(reason=AS_EVER + IGNORED + FAILED)),
                ("event_ignored", RECEIVED, none_of(reason=AS_EVER + SKIPPED + FAILED)),
                ("event_failed", RECEIVED, HAS_FAILED),
                ("event_not_shown", RECEIVED, UNSEEN),
                ("event_message_without_key", ["message_id"], Q(message_key__isnull=True)),
                (
                    "event_target_without_key",
                    ["target_id"],
                    Q(Q(target_id="", _negated=True), target_key__isnull=True),
                ),
                ("event_failed_of_number", ["lease_number", *RECEIVED], HAS_FAILED),
                ("event_failed_of_company", ["lease_id", *RECEIVED], HAS_FAILED),
            )
        ),
        *(
            RemoveReplacedIndex(model_name="event", name=name)
            for name in (
                "event_state",
                "event_reason",
                "event_message_id",
                "event_target_id",
                "event_failed_lease_number",
                "event_failed_lease",
                "event_unseen",
            )
        ),
    ]
