"""Whoever may not reveal looks for the ends of numbers as often as work needs, and no oftener."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connections
from django.test import Client

from eventlog.pages import guessing
from tests.eventlog.admin.staff import member_of, on_call, signed_in, support
from tests.rows import make_event

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AS_WRITTEN = dict(guessing.AT_MOST)
NUMBER = "447700900102"


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three an hour, and five a day."""
    monkeypatch.setattr(guessing, "AT_MOST", {HOUR: 3, DAY: 5})


def search(client: Client, words: str) -> int:
    return client.post("/admin/find/", {"words": words}).status_code


def age(by: timedelta) -> None:
    """Lets time pass for what was noted."""
    for entry in LogEntry.objects.all():
        entry.action_time -= by
        entry.save()


def test_three_digits_take_days() -> None:
    tries = 10**3 / 2
    assert tries / AS_WRITTEN[DAY] > 4
    assert AS_WRITTEN[HOUR] < AS_WRITTEN[DAY]


def test_too_many_ends_are_refused_until_an_hour_is_over(db: None) -> None:
    make_event(person_number=NUMBER)
    client = support()
    assert [search(client, f"90010{place}") for place in range(4)] == [200, 200, 302, 429]
    answer = client.post("/admin/find/", {"words": "900102"})
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    page = answer.content.decode()
    assert "Too many searches by the end of a number" in page
    assert "900102" not in page.replace("<code>+44 7700 900102</code>", "").replace(
        "<code>07700 900102</code>", ""
    )
    age(HOUR)
    assert search(client, "900102") == 302


def test_too_many_of_a_day_are_refused_until_it_is_over(db: None) -> None:
    client = support()
    for _ in range(2):
        assert [search(client, "900102") for _ in range(2)] == [200, 200]
        age(HOUR)
    assert [search(client, "900102") for _ in range(2)] == [200, 429]
    age(22 * HOUR)
    assert search(client, "900102") == 200


def test_what_is_refused_is_not_counted_on(db: None) -> None:
    client = support()
    assert [search(client, "900102") for _ in range(6)] == [200] * 3 + [429] * 3
    assert LogEntry.objects.count() == 3


def test_everything_else_is_found_as_ever(db: None) -> None:
    event = make_event(person_number=NUMBER, enquiry_id="ENQ-7")
    client = support()
    for _ in range(4):
        search(client, "900102")
    others = (f"+{NUMBER}", NUMBER, "07700900102", "ENQ-7", str(event.pk), "1742fce2", "#4B1281")
    assert {search(client, words) for words in others} <= {200, 302}
    assert LogEntry.objects.count() == 3


def test_each_has_a_limit_of_their_own_and_who_may_reveal_has_none(db: None) -> None:
    for _ in range(4):
        search(support(), "900102")
    other = member_of("Support")
    other.pk, other.username = None, "another"
    other.save()
    other.groups.add(*member_of("Support").groups.all())
    assert search(signed_in(other), "900102") == 200
    assert {search(on_call(), "900102") for _ in range(5)} == {200}
    assert LogEntry.objects.count() == 4


def test_searches_are_noted_and_stand_by_themselves(admin_client: Client) -> None:
    search(support(), "900102")
    assert "Searched by the end of a number." not in told(admin_client, "")
    page = told(admin_client, "?deed=searched")
    assert "Searched by the end of a number." in page
    assert "900102" not in page


def told(client: Client, query: str) -> str:
    page = client.get(f"/admin/who-saw-what/{query}").content.decode()
    return page[page.index("</form>") :]


@pytest.fixture
def clients(transactional_db: None) -> list[Client]:
    return [support() for _ in range(6)]


def test_searches_at_one_moment_are_counted_one_after_another(clients: list[Client]) -> None:
    begun = Barrier(len(clients))

    def work(client: Client) -> int:
        begun.wait(10)
        try:
            return search(client, "900102")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(clients)) as threads:
        statuses = list(threads.map(work, clients))
    assert sorted(statuses) == [200] * 3 + [429] * 3
