"""Every SQL statement about people by its name; ``catalog.people`` runs them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    Delete,
    Insert,
    ScalarSelect,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from catalog import tables
from catalog.queries import Values, replacing, upsert
from domain.people import ActCriteria, PersonId

Rows = Select[*tuple[Any, ...]]

# units


def units() -> Rows:
    return select(tables.unit_span)


def tree_revision() -> Rows:
    """Grows with whatever changes in any unit."""
    return select(func.max(tables.unit.c.revision))


def _next_revision() -> ScalarSelect[int]:
    return select(func.coalesce(func.max(tables.unit.c.revision), 0) + 1).scalar_subquery()


@cache
def enter_unit(dialect: str) -> Any:
    """A code, where it is not there yet; answers it where it is new."""
    statement = upsert(dialect, tables.unit).values(code=bindparam("code"), revision=_next_revision())
    return statement.on_conflict_do_nothing(index_elements=["code"]).returning(tables.unit.c.code)


def revise_unit(code: str) -> Update:
    return update(tables.unit).where(tables.unit.c.code == code).values(revision=_next_revision())


@cache
def keep_span(dialect: str) -> Any:
    return replacing(dialect, tables.unit_span)


# people


def add_person(values: Values) -> Insert:
    return insert(tables.person).values(values)


def person(person_id: PersonId) -> Rows:
    return select(tables.person).where(tables.person.c.id == person_id)


def person_of_login(login: str) -> Rows:
    return select(tables.person).where(tables.person.c.login == login)


def persons(units: Collection[str] | None, after: str | None, limit: int) -> Rows:
    found = tables.person.c
    statement = select(tables.person).order_by(found.login).limit(limit)
    if units is not None:
        statement = statement.where(found.unit.in_(sorted(units)))
    return statement if after is None else statement.where(found.login > after)


def change_person(person_id: PersonId, values: Values) -> Update:
    return update(tables.person).where(tables.person.c.id == person_id).values(values)


def password_hash(person_id: PersonId) -> Rows:
    return select(tables.person.c.password_hash).where(tables.person.c.id == person_id)


# roles


def roles(person_ids: Collection[PersonId]) -> Rows:
    return select(tables.role).where(tables.role.c.person_id.in_(sorted(person_ids)))


@cache
def grant(dialect: str) -> Any:
    return upsert(dialect, tables.role).on_conflict_do_nothing(index_elements=list(tables.role.primary_key))


def revoke(values: Values) -> Delete:
    return delete(tables.role).where(and_(*(tables.role.c[name] == value for name, value in values.items())))


# sessions


def add_session(values: Values) -> Insert:
    return insert(tables.session).values(values)


def session(secret_sha256: str) -> Rows:
    return _with_person(tables.session, secret_sha256)


def _with_person(door: Any, secret_sha256: str) -> Rows:
    """The session or token with its person, once for each of their roles, or once without one."""
    whose, held = tables.person.c, tables.role.c
    columns = [column.label(f"door_{column.name}") for column in door.c if column.name != "secret_sha256"]
    return (
        select(tables.person, held.verb.label("role_verb"), held.unit.label("role_unit"), *columns)
        .select_from(door)
        .join(tables.person, whose.id == door.c.person_id)
        .outerjoin(tables.role, held.person_id == whose.id)
        .where(door.c.secret_sha256 == secret_sha256)
    )


def sessions(person_id: PersonId) -> Rows:
    found = tables.session.c
    return select(tables.session).where(found.person_id == person_id).order_by(found.seen_at.desc(), found.id)


def touch_session(session_id: str, at: dt.datetime) -> Update:
    return update(tables.session).where(tables.session.c.id == session_id).values(seen_at=at)


def end_session(person_id: PersonId, session_id: str) -> Delete:
    found = tables.session.c
    return delete(tables.session).where(and_(found.id == session_id, found.person_id == person_id))


def end_sessions(person_id: PersonId, but: str | None) -> Delete:
    found = tables.session.c
    statement = delete(tables.session).where(found.person_id == person_id)
    return statement if but is None else statement.where(found.id != but)


def forget_sessions(expired_at: dt.datetime, unseen_since: dt.datetime) -> Delete:
    found = tables.session.c
    return delete(tables.session).where(or_(found.expires_at <= expired_at, found.seen_at <= unseen_since))


# failed sign-ins


def failures(subjects: Collection[str]) -> Rows:
    found = tables.failed_sign_in
    return select(found).where(found.c.subject_sha256.in_(sorted(subjects)))


@cache
def keep_failures(dialect: str) -> Any:
    return replacing(dialect, tables.failed_sign_in)


def forget_failures(subjects: Collection[str]) -> Delete:
    found = tables.failed_sign_in
    return delete(found).where(found.c.subject_sha256.in_(sorted(subjects)))


def forget_failures_before(moment: dt.datetime) -> Delete:
    return delete(tables.failed_sign_in).where(tables.failed_sign_in.c.last_at < moment)


# tokens


def add_token(values: Values) -> Insert:
    return insert(tables.api_token).values(values)


def token(secret_sha256: str) -> Rows:
    return _with_person(tables.api_token, secret_sha256)


def tokens(person_id: PersonId) -> Rows:
    found = tables.api_token.c
    return (
        select(tables.api_token)
        .where(found.person_id == person_id)
        .order_by(found.created_at.desc(), found.id)
    )


def touch_token(token_id: str, at: dt.datetime) -> Update:
    return update(tables.api_token).where(tables.api_token.c.id == token_id).values(last_used_at=at)


def end_token(person_id: PersonId, token_id: str) -> Delete:
    found = tables.api_token.c
    return delete(tables.api_token).where(and_(found.id == token_id, found.person_id == person_id))


def end_tokens(person_id: PersonId) -> Delete:
    return delete(tables.api_token).where(tables.api_token.c.person_id == person_id)


# acts


def note(values: Values) -> Insert:
    return insert(tables.act).values(values)


def acts(criteria: ActCriteria, before: int | None, limit: int) -> Rows:
    found = tables.act.c
    statement = select(tables.act).order_by(found.id.desc()).limit(limit)
    if criteria.actor is not None:
        statement = statement.where(found.actor == criteria.actor)
    if criteria.units is not None:
        statement = statement.where(found.unit.in_(sorted(criteria.units)))
    if criteria.action is not None:
        statement = statement.where(found.action == criteria.action)
    return statement if before is None else statement.where(found.id < before)
