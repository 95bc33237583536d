"""Odd payloads through the whole flow: a good text beside them is always applied."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox.samples import change, contact, entry, text
from tests.examples import examples
from tests.fuzz.conftest import Endpoints
from tests.webhooks.whatsapp.mutations import trees
from webhooks import tasks
from webhooks.models import Delivery, Event
from webhooks.outcomes import SETTLED, Reason, State

pytestmark = pytest.mark.django_db

BUGS_OF_OURS = (Reason.RULE_RAISED, Reason.REFUSED)
_serials = itertools.count()


def with_a_good_text(tree: Any, message_id: str) -> object:
    """The payload with one more entry, which holds a text of the driver."""
    good = entry(change(messages=[text(message_id=message_id)], contacts=[contact()]))
    return {**tree, "entry": [*tree["entry"], good]}


@examples(150)
@given(tree=trees(), ascii_only=st.booleans())
def test_a_good_text_beside_odd_items_is_applied(
    endpoints: Endpoints, tree: Any, ascii_only: bool
) -> None:
    """Whatever stands beside it: one answer of 200 from the webhook, one from the task handler."""
    assume(isinstance(tree, dict) and isinstance(tree.get("entry"), list))
    assume(tree.get("object") == "whatsapp_business_account")
    message_id = f"wamid.GOOD{next(_serials)}"
    whole = json.dumps(with_a_good_text(tree, message_id), ensure_ascii=ascii_only)
    assert endpoints.post(whole.encode("utf-8", errors="surrogatepass")).status_code == 200
    delivery = Delivery.objects.get(events__message_id=message_id)
    assert endpoints.run(tasks.encode(delivery.pk)).status_code == 200
    events = Event.objects.filter(delivery=delivery)
    assert events.get(message_id=message_id).state == State.PROCESSED
    assert events.count() == delivery.item_count
    assert events.exclude(state__in=[*SETTLED, State.WAITING]).count() == 0
    assert events.filter(reason__in=BUGS_OF_OURS).count() == 0
