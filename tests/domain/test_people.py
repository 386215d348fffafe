"""What roles allow, and the tree of units they reach over."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.people import (
    ROOT,
    Grant,
    Person,
    PersonId,
    Rights,
    Unit,
    Verb,
    day_of,
    in_force,
    units_on,
    upwards,
)

WHO = Person(PersonId("p"), "an", "An", "stp", False, False, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
TREE = {ROOT: None, "stp": ROOT, "phong": "stp", "so-y-te": ROOT}


def rights(*roles, scopes=None, parents=TREE):
    grants = frozenset(Grant(WHO.id, Verb(verb), unit) for verb, unit in roles)
    return Rights(WHO, grants, parents, scopes)


def test_a_role_holds_for_its_unit_and_all_below_it():
    held = rights(("manage", "stp"))
    assert held.units(Verb.MANAGE) == {"stp", "phong"}
    assert held.may(Verb.MANAGE, "phong")
    assert not held.may(Verb.MANAGE, "so-y-te")
    assert not held.may(Verb.MANAGE, ROOT)


def test_one_verb_allows_nothing_of_another_but_to_see():
    held = rights(("update", "stp"))
    assert {verb for verb in Verb if held.may(verb, "stp")} == {Verb.UPDATE, Verb.ACCESS}
    assert held.units(Verb.ACCESS) == {"stp", "phong"}


def test_whoever_reads_all_changes_nothing():
    held = rights(("access", ROOT))
    assert held.units(Verb.ACCESS) == set(TREE)
    assert held.everywhere(Verb.ACCESS)
    assert not any(held.anywhere(verb) for verb in Verb if verb is not Verb.ACCESS)


def test_a_unit_that_nobody_entered_is_for_those_above_everything():
    assert rights(("access", ROOT)).may(Verb.ACCESS, "unheard of")
    assert not rights(("access", "stp")).may(Verb.ACCESS, "unheard of")


def test_a_token_allows_no_more_than_its_scopes_and_its_owner():
    roles = (("manage", "stp"), ("update", "stp"))
    held = rights(*roles, scopes=frozenset({Verb.UPDATE, Verb.OPERATE}))
    assert {verb for verb in Verb if held.may(verb, "stp")} == {Verb.UPDATE, Verb.ACCESS}


def test_without_a_role_nothing_is_allowed():
    held = rights()
    assert not any(held.may(verb, unit) for verb in Verb for unit in TREE)
    assert held.units(Verb.ACCESS) == frozenset()


@pytest.mark.parametrize(
    ("unit", "held", "allowed"),
    [("phong", (), True), ("so-y-te", (), False), ("phong", ("so-y-te",), False), ("stp", (ROOT,), False)],
)
def test_people_are_administered_only_from_above_all_that_they_can_do(unit, held, allowed):
    other = Person(PersonId("q"), "binh", "Bình", unit, False, False, WHO.created_at)
    grants = {Grant(other.id, Verb.ACCESS, place) for place in held}
    assert rights(("operate", "stp")).may_administer(other, grants) is allowed


CODES = st.sampled_from([ROOT, "a", "b", "c", "d"])


@given(
    parents=st.dictionaries(CODES, st.one_of(st.none(), CODES)),
    held=st.lists(st.tuples(st.sampled_from(list(Verb)), CODES)),
    verb=st.sampled_from(list(Verb)),
)
def test_the_list_of_units_says_the_same_as_asking_for_each_whatever_the_tree(parents, held, verb):
    told = rights(*held, parents=parents)
    assert told.units(verb) == {
        code for code in {*parents, *(unit for _, unit in held)} if told.may(verb, code)
    }
    assert all(len(list(upwards(code, parents))) <= 6 for code in parents)


def test_a_unit_is_as_it_was_on_the_day():
    old = Unit("x", "Huyện X", "tinh", valid_to=dt.date(2025, 6, 30))
    new = Unit("x", "Xã X", ROOT, valid_from=dt.date(2025, 7, 1))
    gone = Unit("y", "Huyện Y", valid_to=dt.date(2025, 6, 30))
    coming = Unit("z", "Xã Z", valid_from=dt.date(2030, 1, 1))
    units = [new, coming, gone, old]
    assert units_on(units, dt.date(2025, 6, 30)) == {"x": old, "y": gone, "z": coming}
    assert units_on(units, dt.date(2025, 7, 1)) == {"x": new, "y": gone, "z": coming}
    assert [in_force(unit, dt.date(2025, 7, 1)) for unit in units] == [True, False, False, False]


def test_a_day_begins_where_the_units_are():
    assert day_of(dt.datetime(2025, 6, 30, 17, 0, tzinfo=dt.UTC)) == dt.date(2025, 7, 1)
    assert day_of(dt.datetime(2025, 6, 30, 16, 59, tzinfo=dt.UTC)) == dt.date(2025, 6, 30)
