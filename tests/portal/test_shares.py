"""One network takes nothing from the others, and nobody is remembered on the next day."""

from __future__ import annotations

import datetime as dt

from portal import shares
from portal.shares import Shares

DAY = dt.date(2026, 11, 23)


def test_a_network_has_its_share_and_others_have_theirs():
    kept = Shares(2)
    assert [kept.take("203.0.113.7", DAY) for _ in range(3)] == [True, True, False]
    assert kept.take("198.51.100.1", DAY)


def test_the_next_day_begins_anew():
    kept = Shares(1)
    assert kept.take("a", DAY)
    assert not kept.take("a", DAY)
    assert kept.take("a", DAY + dt.timedelta(days=1))


def test_many_networks_take_no_more_room_than_is_meant_for_them(monkeypatch):
    monkeypatch.setattr(shares, "MOST_KNOWN", 3)
    kept = Shares(1)
    assert all(kept.take(str(number), DAY) for number in range(100))
    assert not kept.take("99", DAY)
