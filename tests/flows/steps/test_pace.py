"""How fast it goes is told from what was counted, and never from what was not."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.figures import UnderWay, Waiting
from domain.holdings import Counts, State
from flows.steps.pace import WINDOW, pages_ahead, pages_per_minute, time_left
from tests.catalog.holdings import a_batch, an_item

NOW = dt.datetime(2026, 3, 4, 9, 30, 30, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def minute(back: int) -> dt.datetime:
    return NOW.replace(second=0) - back * MINUTE


@pytest.mark.parametrize(
    ("counted", "pace"),
    [
        ({}, 0.0),
        ({minute(0): 30}, 30.0),  # half a minute has passed: a whole one is reckoned with
        ({minute(1): 20, minute(0): 10}, 20.0),
        ({minute(4): 90}, 20.0),
        ({minute(11): 1_000}, 0.0),  # too long ago to say anything of now
        ({minute(2): 0, minute(0): 5}, 5.0),
    ],
)
def test_the_pace_is_what_was_read_since_reading_began(counted, pace):
    assert pages_per_minute(counted, NOW) == pytest.approx(pace)


@given(st.dictionaries(st.integers(0, 60).map(minute), st.integers(0, 10_000)))
def test_the_pace_is_never_more_than_what_was_read(counted):
    in_window = sum(pages for at, pages in counted.items() if NOW - at < WINDOW)
    assert 0 <= pages_per_minute(counted, NOW) <= in_window


def test_what_is_ahead_is_what_waits_less_what_is_read():
    batch = a_batch()
    item = an_item(batch, "TSPL-VN-2026-000001", state=State.READING, counts=Counts(images=10))
    waiting = {
        ("stp", State.READING): Waiting(1, 10, 0),
        ("stp", State.RECEIVED): Waiting(2, 24, 1),
        ("stp", State.READ): Waiting(1, 500, 0),  # nothing of it is to be read any more
    }
    assert pages_ahead(waiting, [UnderWay(item, 4)]) == 30
    assert pages_ahead(waiting, [UnderWay(item, 4_000)]) == 24
    assert pages_ahead({}, [UnderWay(item, 4)]) == 0


def test_the_time_left_is_told_only_where_something_is_read():
    assert time_left(120, 60.0) == 2 * MINUTE
    assert time_left(120, 0.0) is None
    assert time_left(0, 0.0) == dt.timedelta(0)
