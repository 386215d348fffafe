"""Units: a tree that changes with decisions, and never becomes anything but a tree."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import (
    NotAllowed,
    UnitBelowItself,
    UnitCodeNotValid,
    UnitDatesNotValid,
    UnitNotFound,
    UnitTaken,
)
from domain.people import ALWAYS, ROOT, Unit, units_on, upwards
from flows.steps.units import add_unit, change_unit, end_unit
from tests.flows.steps.people import ROOT_SHELL, add, by, signed_in

MERGED = dt.date(2025, 7, 1)


def _units(shelf):
    with shelf.catalog.view() as seen:
        return list(seen.people.units())


def _add(shelf, code, parent=ROOT, **rest):
    return add_unit(shelf, ROOT_SHELL, code=code, name=code.upper(), parent=parent, **rest)


def test_a_unit_gets_another_name_and_place_from_a_day_on(shelf):
    _add(shelf, "huyen")
    _add(shelf, "xa", "huyen")
    change_unit(shelf, ROOT_SHELL, "xa", name="Xã mới", parent=ROOT, valid_from=MERGED)
    before, after = (one for one in _units(shelf) if one.code == "xa")
    assert before == Unit("xa", "XA", "huyen", ALWAYS, MERGED - dt.timedelta(days=1))
    assert after == Unit("xa", "Xã mới", ROOT, MERGED)


def test_without_a_day_the_present_name_is_corrected(shelf):
    _add(shelf, "xa")
    change_unit(shelf, ROOT_SHELL, "xa", name="Xã")
    assert [one.name for one in _units(shelf) if one.code == "xa"] == ["Xã"]


def test_a_unit_ends_and_may_go_on(shelf):
    _add(shelf, "huyen")
    last = MERGED - dt.timedelta(days=1)
    assert end_unit(shelf, ROOT_SHELL, "huyen", valid_to=last).valid_to == last
    assert end_unit(shelf, ROOT_SHELL, "huyen", valid_to=None).valid_to is None


def test_the_root_may_be_called_otherwise_but_stays_the_root(shelf):
    _add(shelf, "a")
    change_unit(shelf, ROOT_SHELL, ROOT, name="Tỉnh Lào Cai")
    assert _units(shelf)[-1] == Unit(ROOT, "Tỉnh Lào Cai", None)
    with pytest.raises(UnitBelowItself):
        change_unit(shelf, ROOT_SHELL, ROOT, parent="a")
    with pytest.raises(UnitBelowItself):
        end_unit(shelf, ROOT_SHELL, ROOT, valid_to=MERGED)


@pytest.mark.parametrize("code", ["", " ", "x" * 81, "a@b", "a\nb", "\x1b[2J", "\u202e"])
def test_what_cannot_be_a_code_is_refused(shelf, code):
    with pytest.raises(UnitCodeNotValid):
        _add(shelf, code)


def test_what_is_there_or_is_not_is_named(shelf):
    _add(shelf, "a")
    with pytest.raises(UnitTaken):
        _add(shelf, "a")
    for missing in (
        lambda: _add(shelf, "b", "nowhere"),
        lambda: change_unit(shelf, ROOT_SHELL, "nowhere", name="X"),
        lambda: change_unit(shelf, ROOT_SHELL, "a", parent="nowhere"),
        lambda: end_unit(shelf, ROOT_SHELL, "nowhere", valid_to=None),
    ):
        with pytest.raises(UnitNotFound) as error:
            missing()
        assert error.value.fields == {"unit": "nowhere"}


def test_what_was_is_not_written_anew(shelf):
    _add(shelf, "a", valid_from=MERGED)
    with pytest.raises(UnitDatesNotValid) as refused:
        change_unit(shelf, ROOT_SHELL, "a", name="X", valid_from=dt.date(2025, 1, 1))
    assert refused.value.fields == {"unit": "a", "since": "2025-07-01"}
    with pytest.raises(UnitDatesNotValid):
        end_unit(shelf, ROOT_SHELL, "a", valid_to=dt.date(2025, 6, 30))


def test_no_unit_stands_below_itself_today_or_on_a_day_to_come(shelf):
    _add(shelf, "a")
    _add(shelf, "b", "a")
    with pytest.raises(UnitBelowItself):
        change_unit(shelf, ROOT_SHELL, "a", parent="a")
    with pytest.raises(UnitBelowItself):
        change_unit(shelf, ROOT_SHELL, "a", parent="b")
    _add(shelf, "c")
    change_unit(shelf, ROOT_SHELL, "c", parent="b", valid_from=dt.date(2030, 1, 1))
    with pytest.raises(UnitBelowItself):
        change_unit(shelf, ROOT_SHELL, "a", parent="c")


def test_an_operator_changes_units_below_and_none_beside(shelf):
    _add(shelf, "stp")
    _add(shelf, "so-y-te")
    add(shelf, "binh", "operate", unit="stp")
    binh = by(signed_in(shelf, "binh"))
    add_unit(shelf, binh, code="phong", name="Phòng", parent="stp")
    binh = by(signed_in(shelf, "binh"))  # rights know the tree as it was when they were asked for
    end_unit(shelf, binh, "phong", valid_to=MERGED)
    for forbidden in (
        lambda: add_unit(shelf, binh, code="x", name="X", parent="so-y-te"),
        lambda: add_unit(shelf, binh, code="x", name="X"),
        lambda: change_unit(shelf, binh, "so-y-te", name="X"),
        lambda: change_unit(shelf, binh, "phong", parent="so-y-te"),
        lambda: change_unit(shelf, binh, "so-y-te", parent="stp"),
        lambda: end_unit(shelf, binh, "so-y-te", valid_to=MERGED),
    ):
        with pytest.raises(NotAllowed):
            forbidden()


CODES = st.sampled_from([ROOT, "a", "b", "c", "d"])
DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2025, 1, 4))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.tuples(CODES, CODES, DAYS), max_size=8))
def test_whatever_is_moved_where_and_when_the_units_are_one_tree_on_every_day(shelf, moves):
    for code in "abcd":
        if code not in {unit.code for unit in _units(shelf)}:
            _add(shelf, code)
    for code, parent, day in moves:
        with suppress(UnitBelowItself, UnitDatesNotValid):
            change_unit(shelf, ROOT_SHELL, code, parent=parent, valid_from=day)
    known = _units(shelf)
    for day in {unit.valid_from for unit in known}:
        parents = {unit.code: unit.parent for unit in units_on(known, day).values()}
        assert all(ROOT in upwards(code, parents) for code in parents)
