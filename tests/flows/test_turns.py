"""Whose turn it is, as runs come in from several units."""

from __future__ import annotations

import datetime as dt
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from flows.api import RunState
from flows.turns import STEP, turns, unit_tag

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def run(unit: str, due: dt.datetime) -> RunState:
    return RunState(f"{unit}/{due}", "", "SCHEDULED", "", (unit_tag(unit),), due, dt.timedelta(0), due)


def handed_in(waiting: list[RunState], unit: str, count: int, now: dt.datetime = NOW) -> list[RunState]:
    return [*waiting, *(run(unit, due) for due in islice(turns(waiting, unit, now), count))]


def order(waiting: list[RunState]) -> list[str]:
    """The units as their runs are taken; of two that are due at once, the later one last."""
    return [one.tags[0].removeprefix("unit:") for one in sorted(waiting, key=lambda one: one.due)]


def test_one_unit_gets_its_runs_in_the_order_it_handed_them_in():
    waiting = handed_in([], "stp", 3)
    assert [one.due for one in waiting] == [NOW, NOW + STEP, NOW + 2 * STEP]
    assert handed_in(waiting, "stp", 1)[-1].due == NOW + 3 * STEP


def test_who_comes_with_one_book_does_not_wait_behind_four_hundred():
    waiting = handed_in([], "tinh", 400)
    later = NOW + dt.timedelta(hours=1)
    assert "xa" in order(handed_in(waiting[100:], "xa", 1, later))[:2]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30)), min_size=1, max_size=8), st.data())
def test_while_two_units_wait_neither_gets_two_more_turns_than_the_other(batches, data):
    waiting: list[RunState] = []
    for unit, count in batches:
        waiting = handed_in(waiting, unit, count)
        taken = data.draw(st.integers(0, len(waiting) // 2))
        waiting = sorted(waiting, key=lambda one: one.due)[taken:]
    served = order(waiting)
    since: dict[str, int] = dict.fromkeys(served, 0)
    for place, unit in enumerate(served):
        since[unit] += 1
        still = set(served[place:])
        assert max(since[one] for one in still) - min(since[one] for one in still) <= 2


def test_what_is_due_is_due_at_once():
    assert handed_in([], "stp", 5_000)[-1].due - NOW < dt.timedelta(seconds=10)
