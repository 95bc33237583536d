"""Events are read again from their bytes, in parts, for as long as there is time."""

import pytest

from listeners.foresight import reading
from listeners.foresight.reading import work_again
from sandbox import samples
from sandbox.samples import text
from tests.rows import make_delivery, make_event
from visn_whatsapp.budget import Budget


@pytest.mark.django_db
def test_what_there_is_no_time_for_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "DELIVERIES_AT_A_TIME", 1)
    events = []
    for message_id in ("wamid.A", "wamid.B"):
        change = samples.change(messages=[text(message_id=message_id)])
        body = samples.encode(samples.envelope(samples.entry(change)))
        events.append(make_event(make_delivery(body=body), message_id=message_id))
    gone = make_event(make_delivery(body=None, digest="gone"))
    keys = [each.pk for each in (*events, gone)]
    work = work_again(keys, budget=Budget(20))
    assert sorted(each.message_id for each in work.items) == ["wamid.A", "wamid.B"]
    assert sorted(row.pk for row in work.rows.values()) == keys[:2]
    assert not work_again(keys, budget=Budget(0)).items
    assert not work_again([], budget=Budget(20)).items
