"""People for tests: an administrator, and somebody who has signed in."""

from __future__ import annotations

import datetime as dt

from domain.people import ROOT, Rights
from domain.ports import Shelf
from domain.values import Actor
from flows.steps import people
from flows.steps.acting import Acting, acting
from flows.steps.sign_in import person_of_session, sign_in

NOW = dt.datetime(2026, 3, 4, 5, 6, 7, tzinfo=dt.UTC)
PASSWORD = "một câu dễ nhớ"
ADDRESS = "203.0.113.7"
ROOT_SHELL = Acting(Actor("root"), NOW)


def add(shelf: Shelf, login: str, *roles: str, unit: str = ROOT, password: str = PASSWORD, **rest):
    """A person with these roles, whose password is their own choice."""
    return people.add_person(
        shelf,
        ROOT_SHELL,
        login=login,
        name=f"Người dùng {login}",
        unit=unit,
        roles=[people.role_of(role, unit=unit) for role in roles],
        password=password,
        must_change=rest.pop("must_change", False),
        **rest,
    )


def signed_in(
    shelf: Shelf, login: str, *, password: str = PASSWORD, at: dt.datetime = NOW, address: str = ADDRESS
) -> Rights:
    entered = sign_in(shelf, login, password, address=address, now=at)
    rights = person_of_session(shelf, entered.secret, at)
    assert rights is not None
    return rights


def by(rights: Rights, *, at: dt.datetime = NOW) -> Acting:
    return acting(rights, address=ADDRESS, now=at)
