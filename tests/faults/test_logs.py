"""What the processes log in good and in bad times: nothing of people, and no secrets."""

from collections.abc import Iterator

from sandbox.emulators import Fault, FaultKind
from tests.convergence.streams import Stream
from tests.convergence.world import Reaction, Text
from tests.faults.system import META, System
from tests.faults.test_google_faults import play


def personal(stream: Stream) -> Iterator[str]:
    """Everything in a stream that tells something of somebody."""
    for item in stream.items:
        yield from (item.driver.number, item.driver.user_id, item.wamid)
        yield from (item.body, item.reply_to) if isinstance(item, Text) else ()
        yield item.target if isinstance(item, Reaction) else ""
    for record in stream.world.records:
        yield from (record.number.lstrip("+"), record.user_id)


def test_nothing_of_people_and_no_secrets(system: System) -> None:
    """Through refusals, forged posts, a kill and faults of every dependency."""
    handshake(system)
    faults = [
        Fault(kind=kind, service=service, method=method, times=2, skip=2)
        for service, method, kind in (
            ("firestore", "Commit", FaultKind.INTERNAL),
            ("firestore", "Commit", FaultKind.ABORTED),
            ("firestore", "RunQuery", FaultKind.INVALID_ARGUMENT),
            ("firestore", "RunQuery", FaultKind.PERMISSION_DENIED),
            ("tasks", "CreateTask", FaultKind.PERMISSION_DENIED),
        )
    ]
    system.kill_at("listeners.firestore.store:Store.commit after")
    stream = play(system, *faults, at_least=6)
    forged = f'{{"forged": "{stream.items[0].driver.number}"}}'.encode()
    answer = META.request("POST", system.stack.webhook_url, body=forged, retries=False)
    assert answer.status == 401
    logs = system.stack.logs()
    words = {word for word in personal(stream) if word} | secrets(system)
    assert len(words) > 20
    assert {(name, word) for name, log in logs.items() for word in words if word in log} == set()
    assert "A task will be tried again." in logs["queue-services"]
    assert "A webhook was refused." in logs["repair-serve-api"]


def handshake(system: System) -> None:
    """Verifies the webhook as Meta does, with the token in the address; then with a wrong one."""
    for token in (system.stack.secrets.verify_token, system.stack.secrets.app_secret):
        fields = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
        META.request("GET", system.stack.webhook_url, fields=fields, retries=False)


def secrets(system: System) -> set[str]:
    """What nobody may read in a log."""
    made = system.stack.secrets
    return {made.app_secret, made.verify_token, made.key}
