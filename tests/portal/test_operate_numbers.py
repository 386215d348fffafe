"""Numbers add up, whichever way they are told; no spreadsheet takes a name for a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.figures import Done, Milestone
from portal.cells import plain_cell
from portal.operate.numbers import (
    CHART,
    MOST_ROWS,
    REST,
    _chart,
    _most,
    _sums,
    numbers_csv,
)

MONDAY = dt.date(2026, 3, 2)
DAYS = [MONDAY + dt.timedelta(days=number) for number in range(7)]
done = st.builds(
    Done,
    day=st.sampled_from(DAYS),
    unit=st.text(max_size=5),
    resource_type=st.none() | st.sampled_from(["book", "leaflet"]),
    items=st.integers(1, 1_000),
    pages=st.integers(0, 1_000_000),
)


@given(st.lists(done, max_size=30))
def test_sums_by_unit_and_the_chart_tell_the_same_total(found):
    by_unit = _sums(dict.fromkeys(Milestone, found), lambda one: one.unit)
    total = sum(one.pages for one in found)
    assert sum(one.pages[Milestone.READ] for one in by_unit.values()) == total
    chart = _chart(Milestone.READ, DAYS, found)
    assert chart.total == total
    assert all(bar.x >= 0 and bar.x + bar.width <= CHART[0] for bar in chart.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= CHART[1] + 0.01 for bar in chart.bars)


def test_what_is_beyond_the_longest_list_is_one_sum():
    found = [Done(MONDAY, f"xã {number}", None, 1, number) for number in range(MOST_ROWS + 10)]
    rows = _most(_sums(dict.fromkeys(Milestone, found), lambda one: one.unit).values())
    assert len(rows) == MOST_ROWS + 1
    assert (rows[-1].key, rows[-1].titles[Milestone.READ]) == (REST, 10)
    assert sum(row.pages[Milestone.READ] for row in rows) == sum(range(MOST_ROWS + 10))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_a_name_that_would_be_a_formula_is_quoted(text):
    assert plain_cell(text) == f"'{text}"


@given(st.lists(done, max_size=20))
@example([Done(MONDAY, '=HYPERLINK("http://x")', None, 1, 2)])
@example([Done(MONDAY, 'a"\r\n,b', "book", 1, 2)])
def test_the_csv_reads_back_and_starts_no_formula(found):
    text = numbers_csv({Milestone.READ: found}, ["ngày"])
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert len(rows) == 1 + len({(one.day, one.unit, one.resource_type) for one in found})
    assert not any(cell[:1] in tuple("=+-@") for row in rows for cell in row if cell[:1])
