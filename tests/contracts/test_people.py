"""What every catalogue promises of people, whatever database is behind it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from catalog.sql import open_catalog
from domain.errors import CatalogNotEmpty, LoginTaken, PersonNotFound, UnitNotFound
from domain.people import (
    ROOT,
    Act,
    ActCriteria,
    ApiToken,
    Failures,
    Grant,
    Person,
    Session,
    Unit,
    Verb,
    new_id,
    new_person_id,
)
from domain.ports import CatalogRow
from domain.values import Actor
from tests.catalog.holdings import WHEN, WHO, a_batch, add_some, statements

SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)


def a_person(login="an.nt", **changes) -> Person:
    values = {
        "id": new_person_id(),
        "login": login,
        "name": "Nguyễn Thị An",
        "unit": ROOT,
        "disabled": False,
        "must_change_password": True,
        "created_at": WHEN,
    }
    return Person(**values | changes)


def a_session(person, **changes) -> Session:
    values = {
        "id": new_id(),
        "person_id": person.id,
        "created_at": WHEN,
        "seen_at": WHEN,
        "expires_at": WHEN + DAY,
        "address": "203.0.113.7",
        "agent": "Mozilla/5.0",
    }
    return Session(**values | changes)


def a_token(person, **changes) -> ApiToken:
    values = {
        "id": new_id(),
        "person_id": person.id,
        "name": "máy quét tầng 2",
        "scopes": frozenset({Verb.UPDATE, Verb.ACCESS}),
        "created_at": WHEN,
        "last_used_at": None,
        "expires_at": WHEN + DAY,
    }
    return ApiToken(**values | changes)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def person(catalog):
    one = a_person()
    with catalog.begin() as changes:
        changes.people.add_person(one, "a hash")
    return one


# units


def test_a_new_catalogue_has_the_unit_that_everything_stands_below(catalog):
    with catalog.view() as seen:
        assert list(seen.people.units()) == [Unit(ROOT, "Tủ sách", None)]


def test_a_unit_keeps_what_it_was_called_before(catalog):
    old = Unit("LC", "Tỉnh Lào Cai", valid_to=dt.date(2025, 6, 30))
    new = Unit("LC", "Tỉnh Lào Cai (mới)", valid_from=dt.date(2025, 7, 1))
    with catalog.begin() as changes:
        changes.people.keep_unit(new)
        changes.people.keep_unit(replace(old, name="sai"))
        changes.people.keep_unit(old)
    with catalog.view() as seen:
        assert list(seen.people.units()) == [old, new, Unit(ROOT, "Tủ sách", None)]


def test_a_unit_below_nothing_that_is_known_is_refused(catalog):
    with pytest.raises(UnitNotFound) as refused, catalog.begin() as changes:
        changes.people.keep_unit(Unit("X", "X", "nowhere"))
    assert refused.value.fields == {"unit": "nowhere"}
    with catalog.view() as seen:
        assert [unit.code for unit in seen.people.units()] == [ROOT]


def test_the_unit_of_a_batch_is_entered_once_and_keeps_its_name(catalog):
    add_some(catalog, batch=a_batch())
    with catalog.begin() as changes:
        changes.people.keep_unit(Unit(WHO.unit, "Sở Tư pháp tỉnh Lào Cai"))
    add_some(catalog, batch=a_batch())
    with catalog.view() as seen:
        assert [unit for unit in seen.people.units() if unit.code == WHO.unit] == [
            Unit(WHO.unit, "Sở Tư pháp tỉnh Lào Cai")
        ]


def test_the_tree_of_a_day_is_read_anew_only_where_a_unit_changed(catalog):
    day, earlier = dt.date(2025, 7, 1), dt.date(2025, 6, 30)

    def asked(on=day):
        with statements() as seen_statements, catalog.view() as seen:
            return dict(seen.people.parents(on)), len(seen_statements)

    def keep(*units):
        with catalog.begin() as changes:
            for unit in units:
                changes.people.keep_unit(unit)

    keep(Unit("a", "A"), Unit("b", "B"))
    tree = {ROOT: None, "a": ROOT, "b": ROOT}
    assert [asked(), asked()] == [(tree, 2), (tree, 1)]
    keep(Unit("b", "B", "a"))  # corrected in its place
    assert [asked(), asked()] == [(tree | {"b": "a"}, 2), (tree | {"b": "a"}, 1)]
    keep(Unit("b", "B", ROOT, valid_from=day))
    assert asked(earlier)[0] == tree | {"b": "a"}
    assert asked()[0] == tree
    add_some(catalog, batch=a_batch())
    assert asked()[0] == tree | {WHO.unit: ROOT}


def _take_back(catalog):
    with catalog.begin() as changes:
        changes.people.keep_unit(Unit("a", "A"))
        assert dict(changes.people.parents(WHEN.date())) == {ROOT: None, "a": ROOT}
        changes.people.keep_unit(Unit("c", "C", "nowhere"))


def test_a_tree_that_was_taken_back_is_never_told_again(catalog):
    with pytest.raises(UnitNotFound):
        _take_back(catalog)
    with catalog.begin() as changes:
        changes.people.keep_unit(Unit("b", "B"))
    with catalog.view() as seen:
        assert dict(seen.people.parents(WHEN.date())) == {ROOT: None, "b": ROOT}


# people


def test_a_person_comes_back_as_they_went(catalog, person):
    with catalog.view() as seen:
        assert seen.people.person(person.id) == seen.people.person_of_login("an.nt") == person
        assert seen.people.password_hash(person.id) == "a hash"


def test_nobody_is_told_of_as_nobody(catalog):
    with catalog.view() as seen:
        assert seen.people.person_of_login("an.nt") is None
        assert seen.people.password_hash(new_person_id()) is None
        with pytest.raises(PersonNotFound):
            seen.people.person(new_person_id())


def test_a_login_is_one_persons(catalog, person):
    with pytest.raises(LoginTaken), catalog.begin() as changes:
        changes.people.add_person(a_person(), None)


def test_a_person_belongs_to_a_unit_that_is_there(catalog, person):
    with pytest.raises(UnitNotFound), catalog.begin() as changes:
        changes.people.add_person(a_person("binh", unit="nowhere"), None)
    with pytest.raises(UnitNotFound), catalog.begin() as changes:
        changes.people.change_person(replace(person, unit="nowhere"))


def test_a_person_changes_but_keeps_login_and_password(catalog, person):
    changed = replace(person, name="Nguyễn Thị Ân", disabled=True, must_change_password=False)
    with catalog.begin() as changes:
        changes.people.change_person(replace(changed, login="other"))
    with catalog.view() as seen:
        assert seen.people.person(person.id) == changed
        assert seen.people.password_hash(person.id) == "a hash"


def test_nobody_cannot_be_changed(catalog):
    nobody = a_person()
    with pytest.raises(PersonNotFound), catalog.begin() as changes:
        changes.people.change_person(nobody)
    with pytest.raises(PersonNotFound), catalog.begin() as changes:
        changes.people.set_password(nobody.id, "x", must_change=False)


def test_people_are_listed_by_login_a_page_at_a_time(catalog):
    with catalog.begin() as changes:
        changes.people.keep_unit(Unit("A", "A"))
        for login in ("c", "a", "d", "b"):
            changes.people.add_person(a_person(login, unit="A" if login in "bd" else ROOT), None)
    with catalog.view() as seen:
        logins = lambda **asked: [one.login for one in seen.people.persons(**asked)]  # noqa: E731
        assert logins(units=None, after=None, limit=3) == ["a", "b", "c"]
        assert logins(units=None, after="c", limit=3) == ["d"]
        assert logins(units={"A"}, after=None, limit=3) == ["b", "d"]
        assert logins(units=(), after=None, limit=3) == []


# roles


def test_roles_are_granted_once_and_taken_back(catalog, person):
    one, other = Grant(person.id, Verb.MANAGE, ROOT), Grant(person.id, Verb.ACCESS, ROOT)
    with catalog.begin() as changes:
        for grant in (one, one, other):
            changes.people.grant(grant)
    with catalog.view() as seen:
        assert dict(seen.people.grants([person.id])) == {person.id: {one, other}}
    with catalog.begin() as changes:
        changes.people.revoke(one)
    with catalog.view() as seen:
        assert dict(seen.people.grants([person.id])) == {person.id: {other}}


def test_a_role_needs_a_person_and_a_unit(catalog, person):
    with pytest.raises(UnitNotFound), catalog.begin() as changes:
        changes.people.grant(Grant(person.id, Verb.MANAGE, "nowhere"))
    with pytest.raises(PersonNotFound), catalog.begin() as changes:
        changes.people.grant(Grant(new_person_id(), Verb.MANAGE, ROOT))


# sessions and tokens


def test_a_session_is_found_by_its_secret_with_person_and_roles_in_one_question(catalog, person):
    session = a_session(person)
    grants = {Grant(person.id, verb, ROOT) for verb in (Verb.UPDATE, Verb.ACCESS)}
    with catalog.begin() as changes:
        changes.people.add_session(session, digest("secret"))
        for grant in grants:
            changes.people.grant(grant)
    with statements() as asked, catalog.view() as seen:
        assert seen.people.session(digest("secret")) == (session, person, grants)
    assert len(asked) == 1
    with catalog.view() as seen:
        assert seen.people.session(digest("another")) is None


def test_the_secret_itself_is_nowhere(catalog, person):
    with catalog.begin() as changes:
        changes.people.add_session(a_session(person), digest("secret"))
        changes.people.add_token(a_token(person), digest("tst_secret"))
    with catalog.view() as seen:
        assert seen.people.session("secret") is None
        assert seen.people.token("tst_secret") is None


def test_sessions_end_one_by_one_or_all_but_one(catalog, person):
    sessions = [a_session(person, seen_at=WHEN + place * SECOND) for place in range(4)]
    other = a_person("binh")
    with catalog.begin() as changes:
        changes.people.add_person(other, None)
        changes.people.add_session(a_session(other), digest("other"))
        for place, session in enumerate(sessions):
            changes.people.add_session(session, digest(str(place)))
        assert list(changes.people.sessions(person.id)) == sessions[::-1]
        changes.people.end_session(other.id, sessions[0].id)  # not theirs
        changes.people.end_session(person.id, sessions[1].id)
        assert list(changes.people.sessions(person.id)) == [sessions[3], sessions[2], sessions[0]]
        changes.people.end_sessions(person.id, but=sessions[2].id)
        assert list(changes.people.sessions(person.id)) == [sessions[2]]
        changes.people.end_sessions(person.id)
        assert list(changes.people.sessions(person.id)) == []
        assert len(changes.people.sessions(other.id)) == 1


def test_sessions_that_nobody_can_use_are_forgotten(catalog, person):
    good = a_session(person)
    with catalog.begin() as changes:
        for name, session in {
            "good": good,
            "expired": a_session(person, expires_at=WHEN),
            "idle": a_session(person, seen_at=WHEN - 2 * SECOND),
        }.items():
            changes.people.add_session(session, digest(name))
        changes.people.forget_sessions(expired_at=WHEN, unseen_since=WHEN - SECOND)
        assert list(changes.people.sessions(person.id)) == [good]
        changes.people.touch_session(good.id, WHEN + SECOND)
        assert list(changes.people.sessions(person.id)) == [replace(good, seen_at=WHEN + SECOND)]


def test_a_token_is_found_by_its_secret_and_ended_by_its_owner(catalog, person):
    token, newer = a_token(person), a_token(person, created_at=WHEN + SECOND, expires_at=None)
    with catalog.begin() as changes:
        changes.people.add_token(token, digest("tst_1"))
        changes.people.add_token(newer, digest("tst_2"))
        assert list(changes.people.tokens(person.id)) == [newer, token]
        assert changes.people.token(digest("tst_1")) == (token, person, frozenset())
        changes.people.touch_token(token.id, WHEN)
        assert changes.people.token(digest("tst_1"))[0] == replace(token, last_used_at=WHEN)
        changes.people.end_token(new_person_id(), token.id)
        changes.people.end_token(person.id, newer.id)
        assert [one.id for one in changes.people.tokens(person.id)] == [token.id]
        changes.people.end_tokens(person.id)
        assert changes.people.token(digest("tst_1")) is None


# failed sign-ins


def test_failures_are_counted_by_subject_and_forgotten(catalog):
    one, other, old = (digest(text) for text in ("one", "other", "old"))
    kept = {one: Failures(3, WHEN), other: Failures(1, WHEN), old: Failures(9, WHEN - DAY)}
    with catalog.begin() as changes:
        changes.people.keep_failures({one: Failures(2, WHEN - SECOND)})
        changes.people.keep_failures(kept)
        changes.people.keep_failures({})
    with catalog.view() as seen:
        assert dict(seen.people.failures([one, old, digest("none")])) == {one: kept[one], old: kept[old]}
        assert dict(seen.people.failures([])) == {}
    with catalog.begin() as changes:
        changes.people.forget_failures([one])
        changes.people.forget_failures_before(WHEN)
        assert dict(changes.people.failures(kept)) == {other: kept[other]}


# acts


def _act(person=None, *, unit="Sở Tư pháp", **changes) -> Act:
    actor = Actor("an.nt" if person else "root", unit)
    values = {"at": WHEN, "actor": actor, "action": "unit_added", "subject": "LC", "address": ""}
    return Act(**values | changes, person_id=person.id if person else None)


def test_acts_are_listed_the_newest_first_and_by_who_where_and_what(catalog, person):
    acts = [
        _act(details={"name": "Tỉnh Lào Cai", "parent": None}),
        _act(person, action="signed_in", address="2001:db8::1"),
        _act(person, unit="A"),
    ]
    with catalog.begin() as changes:
        for act in acts:
            changes.people.note(act)

    def listed(*, before=None, limit=10, **criteria):
        with catalog.view() as seen:
            return list(seen.people.acts(ActCriteria(**criteria), before=before, limit=limit))

    every = listed()
    assert [replace(act, id=None) for act in every] == acts[::-1]
    assert listed(limit=1) == every[:1]
    assert listed(before=every[1].id) == every[2:]
    assert listed(actor="an.nt") == every[:2]
    assert listed(units={"A", "B"}) == every[:1]
    assert listed(units=()) == []
    assert listed(actor="an.nt", action="signed_in") == every[1:2]


# the whole of it


def _filled(catalog, person):
    with catalog.begin() as changes:
        changes.people.keep_unit(Unit("LC", "Tỉnh Lào Cai", valid_from=dt.date(2025, 7, 1)))
        changes.people.grant(Grant(person.id, Verb.OPERATE, "LC"))
        changes.people.note(_act(person, details={"a": [1, None]}))
        changes.people.add_session(a_session(person), digest("secret"))
        changes.people.add_token(a_token(person), digest("tst_secret"))
        changes.people.keep_failures({digest("x"): Failures(1, WHEN)})


def _dumped(catalog):
    with catalog.view() as seen:
        return seen.layout(), list(seen.dump())


def test_a_copy_of_the_whole_knows_the_people_and_opens_no_door(catalog, person, tmp_path):
    _filled(catalog, person)
    layout, rows = _dumped(catalog)
    assert not {row.table for row in rows} & {"session", "api_token", "failed_sign_in"}
    plain = [CatalogRow(row.table, json.loads(json.dumps(row.values))) for row in rows]
    with open_catalog(f"sqlite:///{quote(str(tmp_path))}/other.sqlite3", secrets={}) as other:
        with other.begin() as changes:
            changes.load(plain, layout=layout)
        assert _dumped(other) == (layout, rows)
        with catalog.view() as here, other.view() as there:
            assert there.people.units() == here.people.units()
            assert there.people.person_of_login("an.nt") == person
            assert there.people.password_hash(person.id) == "a hash"
            assert there.people.grants([person.id]) == here.people.grants([person.id])
            everything = ActCriteria()
            assert there.people.acts(everything, before=None, limit=9) == here.people.acts(
                everything, before=None, limit=9
            )
            assert there.people.session(digest("secret")) is None
            assert there.people.token(digest("tst_secret")) is None


def test_acts_are_numbered_on_behind_those_that_came_in(catalog, person):
    with catalog.begin() as changes:
        changes.people.note(_act())
        changes.people.note(_act())
    layout, rows = _dumped(catalog)
    acts = [row for row in rows if row.table == "act"]
    with catalog.begin() as changes:
        _forget_people(changes)
    with catalog.begin() as changes:
        changes.load(acts, layout=layout)
    with catalog.begin() as changes:
        changes.people.note(_act())
        numbers = [act.id for act in changes.people.acts(ActCriteria(), before=None, limit=9)]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 3


def _forget_people(changes):
    from sqlalchemy import delete

    from catalog.tables import metadata

    for table in reversed(metadata.sorted_tables):
        changes._connection.execute(delete(table))


def test_a_copy_does_not_drive_out_the_people_who_are_here(catalog, person):
    layout, rows = _dumped(catalog)
    with pytest.raises(CatalogNotEmpty) as refused, catalog.begin() as changes:
        changes.load(rows, layout=layout)
    assert refused.value.fields == {"items": 0, "batches": 0, "people": 1}


def test_a_database_refuses_what_the_tables_forbid(catalog, person):
    from domain.errors import CatalogError

    with pytest.raises(CatalogError), catalog.begin() as changes:
        changes.people.add_session(a_session(person), "too short")
    with pytest.raises(CatalogError), catalog.begin() as changes:
        changes.people.keep_unit(Unit("X", "X", valid_from=dt.date(2025, 7, 2), valid_to=dt.date(2025, 7, 1)))
