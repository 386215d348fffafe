"""What was done is counted once, however many ask, and the memory of it is bounded."""

from __future__ import annotations

import datetime as dt

from config.settings import load_settings
from config.wiring import open_shelf
from portal.operate.tallies import MOST, Tallies
from tests.catalog.holdings import WHEN, add_some, statements

DAY = WHEN.date()


def test_a_tally_is_counted_once_for_all_who_ask(tmp_path):
    with open_shelf(load_settings(data_dir=tmp_path / "kệ")) as shelf:
        add_some(shelf.catalog, 3)
        tallies = Tallies(shelf)
        first = tallies.of(DAY, DAY, {"Sở Tư pháp"})
        with statements() as asked:
            assert tallies.of(DAY, DAY, frozenset({"Sở Tư pháp"})) is first
        assert asked == []
        assert sum(one.items for done in first.values() for one in done) == 3
        assert not any(tallies.of(DAY, DAY, frozenset()).values())


def test_only_the_latest_tallies_are_remembered(tmp_path):
    with open_shelf(load_settings(data_dir=tmp_path / "kệ")) as shelf:
        tallies = Tallies(shelf)
        for number in range(MOST + 5):
            tallies.of(DAY - dt.timedelta(days=number), DAY, None)
        assert len(tallies._known) == MOST
