"""Within, the database refuses what writes; afterwards it takes it again."""

import pytest
from django.db import DatabaseError, transaction

from tests.rows import make_delivery
from visn_whatsapp.read_only import each_read_only, read_only
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db


def refuses_writes() -> bool:
    """Whether the database refuses a row, whose savepoint is undone."""
    try:
        with transaction.atomic():
            make_delivery()
    except DatabaseError:
        return True
    return False


def test_nothing_can_be_written_within() -> None:
    with read_only():
        assert refuses_writes()
        assert not Delivery.objects.exists()
    assert not refuses_writes()


def test_an_error_within_ends_it_too() -> None:
    with pytest.raises(ValueError, match="odd"), read_only():
        raise ValueError("odd")
    assert not refuses_writes()


def test_what_is_asked_for_one_by_one_is_asked_read_only() -> None:
    asked = (refuses_writes() for _ in range(3))
    seen = [(refused, refuses_writes()) for refused in each_read_only(asked)]
    assert seen == [(True, False)] * 3
