"""Transactions: nobody overwrites what somebody else has read meanwhile.

The official emulator locks: who comes second waits, and is ABORTED after 2 s, be it a transaction
or a plain write. Ours never waits: who read what has changed is ABORTED when committing. So which
of two loses may differ, not that the survivors are consistent.
"""

import threading

import pytest
from google.api_core.exceptions import Aborted, InvalidArgument
from google.cloud.firestore import Client, DocumentReference, Transaction, transactional

from tests.sandbox.emulators.firestore.calls import ONCE, read


@transactional
def count_up(transaction: Transaction, document: DocumentReference) -> int:
    """Reads a count and writes the next, as the drawer does."""
    count: int = (document.get(transaction=transaction).to_dict() or {}).get("count", 0)
    transaction.set(document, {"count": count + 1}, merge=True)
    return count + 1


def test_a_transaction_reads_and_writes(client: Client) -> None:
    document = client.document("enquiries/1")
    document.set({"other": 1}, **ONCE)
    assert count_up(client.transaction(), document) == 1
    assert count_up(client.transaction(), document) == 2
    assert read(client, "enquiries/1") == {"count": 2, "other": 1}


def test_a_transaction_that_raises_writes_nothing(client: Client) -> None:
    document = client.document("enquiries/1")

    @transactional
    def fail(transaction: Transaction) -> None:
        document.get(transaction=transaction)
        transaction.set(document, {"count": 1})
        raise LookupError

    with pytest.raises(LookupError):
        fail(client.transaction())
    assert read(client, "enquiries/1") is None
    document.set({"count": 5}, **ONCE)
    assert read(client, "enquiries/1") == {"count": 5}


def test_two_transactions_that_read_the_same_do_not_both_win(client: Client) -> None:
    document = client.document("enquiries/1")
    document.set({"count": 0}, **ONCE)
    transactions = [client.transaction(), client.transaction()]
    for transaction in transactions:
        transaction._begin()
        document.get(transaction=transaction)
        transaction.update(document, {"count": 1})
    won, lost = 0, 0
    for transaction in transactions:
        try:
            transaction._commit()
            won += 1
        except Aborted:
            lost += 1
    assert (won, lost) == (1, 1)


def test_a_write_between_reading_and_committing_is_not_lost(client: Client) -> None:
    """The official emulator refuses the write, ours the transaction: either may go first."""
    document = client.document("enquiries/1")
    document.set({"count": 0}, **ONCE)
    transaction = client.transaction()
    transaction._begin()
    document.get(transaction=transaction)
    refused = []
    try:
        document.update({"count": 100}, **ONCE)
    except Aborted:
        refused.append("write")
    transaction.update(document, {"count": 1})
    try:
        transaction._commit()
    except Aborted:
        refused.append("transaction")
    assert len(refused) == 1
    assert read(client, "enquiries/1") == {"count": 1 if refused == ["write"] else 100}


def test_a_query_in_a_transaction_notices_new_documents(client: Client) -> None:
    """Here too one of the two is refused: the new document or the transaction."""
    client.document("chats/1").set({"open": True}, **ONCE)
    transaction = client.transaction()
    transaction._begin()
    found = list(client.collection("chats").stream(transaction=transaction))
    refused = []
    try:
        client.document("chats/2").set({"open": True}, **ONCE)
    except Aborted:
        refused.append("write")
    transaction.set(client.document("totals/1"), {"open": len(found)})
    try:
        transaction._commit()
    except Aborted:
        refused.append("transaction")
    assert len(refused) == 1


def test_transactions_of_many_threads_add_up(client: Client) -> None:
    document = client.document("enquiries/1")
    document.set({"count": 0}, **ONCE)

    def work() -> None:
        for _ in range(2):
            count_up(client.transaction(max_attempts=30), document)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(client, "enquiries/1") == {"count": 4}


def test_a_transaction_that_has_ended_is_closed(client: Client) -> None:
    transaction = client.transaction()
    transaction._begin()
    transaction_id = transaction.id
    transaction._commit()
    transaction._id = transaction_id
    with pytest.raises(InvalidArgument):
        client.document("chats/1").get(transaction=transaction, **ONCE)
    with pytest.raises(InvalidArgument):
        transaction._commit()
