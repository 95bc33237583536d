"""Every command of ours that reads the ledger, how it is run and what it says then."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from tempfile import mkdtemp

from sandbox import samples
from tests.house import our_commands
from tests.journeys.conftest import World, text

OURS = set(our_commands())
# These start processes or post to them, and open no ledger themselves.
BESIDE_THE_LEDGER = {"demo", "emulators", "simulate_whatsapp"}


def told_by_commands(*, event: int) -> dict[str, str]:
    """How each is run, in this order, and what it says then."""
    now = datetime.now(UTC)
    hour, soon = (f"{now + timedelta(hours=by):%Y-%m-%dT%H:%M:%S+00:00}" for by in (-1, 1))
    just_now = f"{now:%Y-%m-%dT%H:%M:%S+00:00}"
    return {
        "migrate": "No migrations to apply.",
        "mend_sequences": "Sequences that were mended: 1.",
        "requeue_stuck --json": '"gave_up": 0',
        "unknown_deliveries --close-all": "Closed: 1.",
        f"accounted --until={soon}": "Overdue, or seen to by nobody: 0.",
        f"restored --firestore --to={hour}": "Window 1:",
        "reconcile --repair --window=1 --yes": "Opened again: events 1.",
        f"reconcile --repair --event={event} --yes": "Would be opened again: events 0.",
        "restored --close=1": "Closed: 1.",
        f"reconcile --until={soon}": "processed events were compared",
        f"reread --since={hour}": "differ from the ledger: 0.",
        "replay --state=ignored": "Put into the queue: events",
        f"catch_up --recount-since={hour} --json": '"up_to_date": true',
        f"drift --since={just_now}": "Departures: 0.",
        "watch": "Open problems: 0.",
        f"tail_events --since={hour} --for=2 --json": '"reason": "applied"',
        f"export_person --event={event} --by=ada --to={mkdtemp()}/person.zip": "Written, of a",
        f"erase_person --event={event} --yes --by=ada": "Erased, of a person with",
        "prune_ledger --days=30": "Deleted: events 1, of deliveries 1;",
        "fill_ledger --events=200 --deliveries=50": "200 events in 50 deliveries.",
    }


def something_for_each(world: World) -> int:
    """Gives each command something to do; returns an event that is in its chat."""
    enquiry = world.chat()
    kept, lost, old = (world.delivery(enquiry, messages=[text(enquiry)]) for _ in range(3))
    ignored = world.delivery(messages=[samples.image()])
    for body in (kept, lost, old, ignored):
        assert world.post(body) == 200
        world.ledger.settled(body)
    [row] = world.ledger.events(lost)
    world.platform.main.document(
        f"{enquiry.path}/whatsapp/messages/chatMessages/{row.document}"
    ).delete()
    for name, key in (("delivery", "id"), ("event", "delivery_id")):
        world.ledger.query(
            f"UPDATE webhooks_{name} SET received_at = now() - interval '60 days' "  # noqa: S608 - names
            f"WHERE {key} = "
            "(SELECT id FROM webhooks_delivery WHERE digest = ?)",
            sha256(old).hexdigest(),
        )
    world.ledger.query(
        "INSERT INTO listeners_unknowndelivery (id, delivery, digest, first_seen_at, last_seen_at, "
        "seen, looks, closing, closed_by_name) "
        "VALUES (7, gen_random_uuid(), '', now(), now(), 1, 9, '', '')"
    )
    [(event,)] = world.ledger.query(
        "SELECT e.id FROM webhooks_event e JOIN webhooks_delivery d ON d.id = e.delivery_id "
        "WHERE d.digest = ?",
        sha256(kept).hexdigest(),
    )
    return int(event)
