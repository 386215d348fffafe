"""People, roles and tokens: who may change whom, and what becomes of it."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.errors import (
    LoginNotValid,
    LoginTaken,
    NameNotValid,
    NotAllowed,
    NotOneself,
    PasswordLengthNotValid,
    PasswordTelling,
    PasswordUnchanged,
    PasswordWrong,
    PersonNotFound,
    RoleNotValid,
    SignInRefused,
    SignInTooSoon,
    TokenNotValid,
    UnitNotFound,
)
from domain.people import ROOT, ActCriteria, Verb
from flows.steps import people
from flows.steps.people import Role
from flows.steps.sign_in import person_of_session, person_of_token, sign_in
from flows.steps.units import add_unit
from tests.flows.steps.people import ADDRESS, NOW, PASSWORD, ROOT_SHELL, add, by, signed_in

NEW = "một câu khác hẳn"


@pytest.fixture
def units(shelf):
    for code, parent in (("stp", ROOT), ("phong", "stp"), ("so-y-te", ROOT)):
        add_unit(shelf, ROOT_SHELL, code=code, name=code.upper(), parent=parent)


def _acts(shelf):
    with shelf.catalog.view() as seen:
        return list(seen.people.acts(ActCriteria(), before=None, limit=100))


# adding


def test_a_person_comes_with_roles_and_the_act_is_kept(shelf):
    person = add(shelf, "An.NT", "manage", "access@default")
    assert (person.login, person.unit) == ("an.nt", ROOT)
    with shelf.catalog.view() as seen:
        assert {grant.verb for grant in seen.people.grants([person.id])[person.id]} == {
            Verb.MANAGE,
            Verb.ACCESS,
        }
    assert [(act.action, act.subject, act.actor.name) for act in _acts(shelf)] == [
        ("role_granted", "an.nt", "root"),
        ("role_granted", "an.nt", "root"),
        ("person_added", "an.nt", "root"),
    ]


@pytest.mark.parametrize(
    "login", ["", "a", "a b", "án", "a/b", "-ab", "ab-", "<b>ab</b>", "a" * 81, "a\0b", "ab\n<"]
)
def test_what_cannot_be_a_login_is_refused(shelf, login):
    with pytest.raises(LoginNotValid):
        add(shelf, login)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\x1b[2Jb", "\u202egpj"])
def test_what_cannot_be_a_name_is_refused(shelf, name):
    with pytest.raises(NameNotValid):
        people.add_person(
            shelf, ROOT_SHELL, login="an", name=name, unit=ROOT, password=None, must_change=False
        )


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("123456789", PasswordLengthNotValid),
        ("x" * 201, PasswordLengthNotValid),
        ("aaaaaaaaaaaa", PasswordTelling),
        ("Nguyen.Van.An", PasswordTelling),
        ("người dùng NGUYEN.van.an", PasswordTelling),
        ("Sở Tư pháp tỉnh", PasswordTelling),
    ],
)
def test_a_password_that_anybody_would_try_is_refused(shelf, password, error):
    add_unit(shelf, ROOT_SHELL, code="sở tư pháp tỉnh", name="STP")
    with pytest.raises(error):
        add(shelf, "nguyen.van.an", unit="sở tư pháp tỉnh", password=password)


def test_who_is_refused_leaves_nothing_behind(shelf):
    with pytest.raises(UnitNotFound):
        add(shelf, "an", "manage@nowhere")
    with shelf.catalog.view() as seen:
        assert seen.people.person_of_login("an") is None
    assert _acts(shelf) == []
    add(shelf, "an")
    with pytest.raises(LoginTaken):
        add(shelf, "AN")


@pytest.mark.parametrize("role", ["", "read", "manage;operate", "MANAGE", "@default"])
def test_a_role_is_one_of_four(role):
    with pytest.raises(RoleNotValid):
        people.role_of(role, unit=ROOT)


def test_a_role_may_name_its_unit():
    assert people.role_of("manage", unit="stp") == Role(Verb.MANAGE, "stp")
    assert people.role_of("manage@so-y-te", unit="stp") == Role(Verb.MANAGE, "so-y-te")


# who may


@pytest.mark.usefixtures("units")
def test_an_operator_administers_the_people_of_the_unit_and_nobody_else(shelf):
    add(shelf, "binh", "operate", unit="stp")
    add(shelf, "chi", "update", unit="phong")
    add(shelf, "dung", "update", unit="so-y-te")
    add(shelf, "giang", "update@so-y-te", unit="phong")
    binh = by(signed_in(shelf, "binh"))
    people.reset_password(shelf, binh, "chi", NEW)
    people.grant(shelf, binh, "chi", Role(Verb.MANAGE, "phong"))
    people.revoke(shelf, binh, "chi", Role(Verb.MANAGE, "phong"))
    people.change_person(shelf, binh, "chi", name="Lê Thị Chi", unit="stp")
    for other in ("dung", "giang"):
        for forbidden in (
            lambda login: people.reset_password(shelf, binh, login, NEW),
            lambda login: people.disable(shelf, binh, login),
            lambda login: people.enable(shelf, binh, login),
            lambda login: people.end_sessions(shelf, binh, login),
            lambda login: people.grant(shelf, binh, login, Role(Verb.ACCESS, "stp")),
            lambda login: people.revoke(shelf, binh, login, Role(Verb.UPDATE, "so-y-te")),
            lambda login: people.change_person(shelf, binh, login, name="X", unit="stp"),
        ):
            with pytest.raises(NotAllowed):
                forbidden(other)


@pytest.mark.usefixtures("units")
def test_an_operator_hands_out_no_rights_beyond_the_unit(shelf):
    add(shelf, "binh", "operate", unit="stp")
    add(shelf, "chi", unit="phong")
    binh = by(signed_in(shelf, "binh"))
    for role in (Role(Verb.OPERATE, ROOT), Role(Verb.ACCESS, "so-y-te")):
        with pytest.raises(NotAllowed):
            people.grant(shelf, binh, "chi", role)
        with pytest.raises(NotAllowed):
            people.add_person(shelf, binh, login="eve", name="E", unit="stp", roles=[role], password=None)
    with pytest.raises(NotAllowed):
        people.add_person(shelf, binh, login="eve", name="E", unit="so-y-te", password=None)
    with pytest.raises(NotAllowed):
        people.change_person(shelf, binh, "chi", name="C", unit="so-y-te")


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.OPERATE])
def test_nobody_else_administers_people(shelf, verb):
    add(shelf, "binh", f"{verb}@default")
    add(shelf, "chi", unit="phong")
    binh = by(signed_in(shelf, "binh"))
    with pytest.raises(NotAllowed):
        people.reset_password(shelf, binh, "chi", NEW)
    with pytest.raises(NotAllowed):
        people.add_person(shelf, binh, login="eve", name="E", unit="phong", password=None)


def test_nobody_locks_themselves_out(shelf):
    add(shelf, "binh", "operate")
    with pytest.raises(NotOneself):
        people.disable(shelf, by(signed_in(shelf, "binh")), "binh")


def test_somebody_who_is_not_there_is_named(shelf):
    with pytest.raises(PersonNotFound) as missing:
        people.disable(shelf, ROOT_SHELL, "nobody")
    assert missing.value.fields == {"login": "nobody"}


# passwords


def test_a_password_from_an_operator_has_to_be_changed_and_ends_what_was_open(shelf):
    add(shelf, "an")
    entered = sign_in(shelf, "an", PASSWORD, address=ADDRESS, now=NOW)
    people.reset_password(shelf, ROOT_SHELL, "an", NEW)
    assert person_of_session(shelf, entered.secret, NOW) is None
    with pytest.raises(SignInRefused):
        sign_in(shelf, "an", PASSWORD, address=ADDRESS, now=NOW)
    again = signed_in(shelf, "an", password=NEW)
    assert again.person.must_change_password
    people.change_password(shelf, by(again), NEW, PASSWORD)
    assert not signed_in(shelf, "an").person.must_change_password


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(shelf):
    add(shelf, "an")
    here, there = (sign_in(shelf, "an", PASSWORD, address=ADDRESS, now=NOW) for _ in range(2))
    people.change_password(shelf, by(person_of_session(shelf, here.secret, NOW)), PASSWORD, NEW)
    assert person_of_session(shelf, here.secret, NOW) is not None
    assert person_of_session(shelf, there.secret, NOW) is None
    assert _acts(shelf)[0].action == "password_changed"


def test_the_present_password_is_asked_for_and_cannot_be_guessed(shelf):
    add(shelf, "an")
    mine = by(signed_in(shelf, "an"))
    for _ in range(5):
        with pytest.raises(PasswordWrong):
            people.change_password(shelf, mine, "a wild guess", NEW)
    with pytest.raises(SignInTooSoon):
        people.change_password(shelf, mine, PASSWORD, NEW)


def test_the_new_password_is_another_and_a_good_one(shelf):
    add(shelf, "an")
    mine = by(signed_in(shelf, "an"))
    with pytest.raises(PasswordUnchanged):
        people.change_password(shelf, mine, PASSWORD, PASSWORD)
    with pytest.raises(PasswordLengthNotValid):
        people.change_password(shelf, mine, PASSWORD, "ngắn")


# tokens


def _token(shelf, *scopes, login="an", days=30):
    mine = by(signed_in(shelf, login))
    return people.add_token(shelf, mine, name="máy quét", scopes=[Verb(scope) for scope in scopes], days=days)


def test_a_token_opens_what_its_scopes_name_and_no_more(shelf):
    add(shelf, "an", "manage", "update")
    secret, token = _token(shelf, "update")
    rights = person_of_token(shelf, secret, NOW)
    assert rights.may(Verb.UPDATE, ROOT)
    assert not rights.may(Verb.MANAGE, ROOT)
    with shelf.catalog.view() as seen:
        assert seen.people.tokens(rights.person.id)[0].last_used_at == NOW
    assert token.name == "máy quét"


def test_a_token_ends_with_its_time_its_owner_or_a_new_password(shelf):
    add(shelf, "an", "update")
    secret, token = _token(shelf, "update", days=1)
    assert person_of_token(shelf, secret, NOW + dt.timedelta(hours=23)) is not None
    assert person_of_token(shelf, secret, NOW + dt.timedelta(days=1)) is None
    people.end_token(shelf, by(signed_in(shelf, "an")), token.id)
    assert person_of_token(shelf, secret, NOW) is None
    secret, _ = _token(shelf, "update")
    people.reset_password(shelf, ROOT_SHELL, "an", PASSWORD, must_change=False)
    assert person_of_token(shelf, secret, NOW) is None
    secret, _ = _token(shelf, "update")
    people.disable(shelf, ROOT_SHELL, "an")
    people.enable(shelf, ROOT_SHELL, "an")
    assert person_of_token(shelf, secret, NOW) is None


def test_a_token_makes_no_token_and_changes_no_password(shelf):
    add(shelf, "an", "operate")
    secret, _ = _token(shelf, "operate")
    program = by(person_of_token(shelf, secret, NOW))
    with pytest.raises(NotAllowed):
        people.add_token(shelf, program, name="x", scopes=[Verb.OPERATE], days=1)
    with pytest.raises(NotAllowed):
        people.change_password(shelf, program, PASSWORD, NEW)


@pytest.mark.parametrize(("scopes", "days"), [((), 30), (("update",), 0), (("update",), 367)])
def test_a_token_has_a_scope_and_an_end(shelf, scopes, days):
    add(shelf, "an")
    with pytest.raises(TokenNotValid):
        _token(shelf, *scopes, days=days)


def test_a_person_has_so_many_tokens_and_no_more(shelf):
    add(shelf, "an")
    mine = by(signed_in(shelf, "an"))
    for _ in range(people.MOST_TOKENS):
        people.add_token(shelf, mine, name="x", scopes=[Verb.ACCESS], days=1)
    with pytest.raises(TokenNotValid):
        people.add_token(shelf, mine, name="x", scopes=[Verb.ACCESS], days=1)


def test_a_token_waits_until_a_password_that_another_chose_is_changed(shelf):
    add(shelf, "an", must_change=True)
    secret, _ = _token(shelf, "access")
    assert person_of_token(shelf, secret, NOW) is None
