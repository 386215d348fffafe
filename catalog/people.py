"""The ``PeopleLedger`` of one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy import CursorResult, Executable

from catalog import people_queries as queries
from catalog.queries import Values
from catalog.rows import AnyRow
from domain.errors import LoginTaken, PersonNotFound, ShelfError, UnitNotFound
from domain.people import (
    ROOT,
    Act,
    ActCriteria,
    ApiToken,
    Failures,
    Grant,
    Person,
    PersonId,
    Session,
    Unit,
    Verb,
    units_on,
)
from domain.values import Actor

ROOT_NAME = "Tủ sách"  # until somebody calls it by the name of the province


class Write(Protocol):
    """Run a statement that changes something; ``missing`` is raised where its parent does not exist."""

    def __call__(
        self, statement: Executable, values: Any = None, *, missing: ShelfError | None = None
    ) -> CursorResult[*tuple[Any, ...]]: ...


class Trees:
    """The tree of units as it was last asked for, kept while the catalogue says that it is the same.

    Every request of somebody signed in asks for it; to read 600 units takes ten times as long as to see
    that none has changed. Shared by threads: what is kept is replaced as a whole.
    """

    def __init__(self) -> None:
        self._kept: tuple[int, dt.date, Mapping[str, str | None]] | None = None

    def of(
        self, revision: int, day: dt.date, units: Callable[[], Sequence[Unit]]
    ) -> Mapping[str, str | None]:
        kept = self._kept
        if kept is None or kept[:2] != (revision, day):
            self._kept = kept = (revision, day, _parents(units(), day))
        return kept[2]


class SqlPeople:
    """What ``SqlTransaction`` knows of people; its statements run where that one's do.

    ``trees`` only where nothing is read but what was committed: a revision that is taken back comes
    again with another tree.
    """

    def __init__(
        self,
        read: Callable[[Executable], CursorResult[*tuple[Any, ...]]],
        write: Write,
        dialect: str,
        trees: Trees | None,
    ) -> None:
        self._read, self._write, self._dialect, self._trees = read, write, dialect, trees

    # units

    def parents(self, day: dt.date) -> Mapping[str, str | None]:
        if self._trees is None:
            return _parents(self.units(), day)
        revision = self._read(queries.tree_revision()).scalar_one()
        return self._trees.of(revision or 0, day, self.units)

    def units(self) -> Sequence[Unit]:
        found = [_unit(row) for row in self._read(queries.units())]
        return sorted(
            found, key=lambda unit: (unit.code, unit.valid_from)
        )  # databases sort in ways of their own

    def keep_unit(self, unit: Unit) -> None:
        if not self._write(queries.enter_unit(self._dialect), {"code": unit.code}).first():
            self._write(queries.revise_unit(unit.code))
        self._write(
            queries.keep_span(self._dialect), asdict(unit), missing=UnitNotFound(unit=unit.parent or ROOT)
        )

    def enter_unit(self, code: str) -> None:
        """A unit that nobody has entered yet, below the root (beyond the port; the catalogue's own use)."""
        if self._write(queries.enter_unit(self._dialect), {"code": code}).first():
            self._write(queries.keep_span(self._dialect), asdict(Unit(code, name=code)))

    # people

    def add_person(self, person: Person, password_hash: str | None) -> None:
        if self.person_of_login(person.login) is not None:
            raise LoginTaken(login=person.login)
        values = asdict(person) | {"password_hash": password_hash}
        self._write(queries.add_person(values), missing=UnitNotFound(unit=person.unit))

    def person(self, person_id: PersonId) -> Person:
        row = self._read(queries.person(person_id)).one_or_none()
        if row is None:
            raise PersonNotFound(login=person_id)
        return _person(row)

    def person_of_login(self, login: str) -> Person | None:
        row = self._read(queries.person_of_login(login)).one_or_none()
        return None if row is None else _person(row)

    def persons(self, *, units: Collection[str] | None, after: str | None, limit: int) -> Sequence[Person]:
        return [_person(row) for row in self._read(queries.persons(units, after, limit))]

    def change_person(self, person: Person) -> None:
        values = asdict(person)
        for kept in ("id", "login", "created_at"):
            del values[kept]
        missing = UnitNotFound(unit=person.unit)
        self._found(self._write(queries.change_person(person.id, values), missing=missing), person.id)

    def password_hash(self, person_id: PersonId) -> str | None:
        found: str | None = self._read(queries.password_hash(person_id)).scalar_one_or_none()
        return found

    def set_password(self, person_id: PersonId, password_hash: str, *, must_change: bool) -> None:
        values = {"password_hash": password_hash, "must_change_password": must_change}
        self._found(self._write(queries.change_person(person_id, values)), person_id)

    @staticmethod
    def _found(result: CursorResult[*tuple[Any, ...]], person_id: PersonId) -> None:
        if result.rowcount == 0:
            raise PersonNotFound(login=person_id)

    # roles

    def grants(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, frozenset[Grant]]:
        held: dict[PersonId, set[Grant]] = {person_id: set() for person_id in person_ids}
        for row in self._read(queries.roles(person_ids)):
            held[row.person_id].add(Grant(PersonId(row.person_id), Verb(row.verb), row.unit))
        return {person_id: frozenset(grants) for person_id, grants in held.items()}

    def grant(self, grant: Grant) -> None:
        self.person(grant.person_id)
        self._write(queries.grant(self._dialect), asdict(grant), missing=UnitNotFound(unit=grant.unit))

    def revoke(self, grant: Grant) -> None:
        self._write(queries.revoke(asdict(grant)))

    # sessions

    def add_session(self, session: Session, secret_sha256: str) -> None:
        missing = PersonNotFound(login=session.person_id)
        values = asdict(session) | {"secret_sha256": secret_sha256}
        self._write(queries.add_session(values), missing=missing)

    def session(self, secret_sha256: str) -> tuple[Session, Person, frozenset[Grant]] | None:
        rows = self._read(queries.session(secret_sha256)).all()
        return (_session(rows[0], "door_"), _person(rows[0]), _grants(rows)) if rows else None

    def sessions(self, person_id: PersonId) -> Sequence[Session]:
        return [_session(row) for row in self._read(queries.sessions(person_id))]

    def touch_session(self, session_id: str, at: dt.datetime) -> None:
        self._write(queries.touch_session(session_id, at))

    def end_session(self, person_id: PersonId, session_id: str) -> None:
        self._write(queries.end_session(person_id, session_id))

    def end_sessions(self, person_id: PersonId, *, but: str | None = None) -> None:
        self._write(queries.end_sessions(person_id, but))

    def forget_sessions(self, *, expired_at: dt.datetime, unseen_since: dt.datetime) -> None:
        self._write(queries.forget_sessions(expired_at, unseen_since))

    # failed sign-ins

    def failures(self, subjects: Collection[str]) -> Mapping[str, Failures]:
        found = self._read(queries.failures(subjects))
        return {row.subject_sha256: Failures(row.failures, row.last_at) for row in found}

    def keep_failures(self, failures: Mapping[str, Failures]) -> None:
        if failures:
            values = [
                {"subject_sha256": subject, "failures": one.count, "last_at": one.last_at}
                for subject, one in failures.items()
            ]
            self._write(queries.keep_failures(self._dialect), values)

    def forget_failures(self, subjects: Collection[str]) -> None:
        self._write(queries.forget_failures(subjects))

    def forget_failures_before(self, moment: dt.datetime) -> None:
        self._write(queries.forget_failures_before(moment))

    # tokens

    def add_token(self, token: ApiToken, secret_sha256: str) -> None:
        values = asdict(token) | {"scopes": sorted(token.scopes), "secret_sha256": secret_sha256}
        self._write(queries.add_token(values), missing=PersonNotFound(login=token.person_id))

    def token(self, secret_sha256: str) -> tuple[ApiToken, Person, frozenset[Grant]] | None:
        rows = self._read(queries.token(secret_sha256)).all()
        return (_token(rows[0], "door_"), _person(rows[0]), _grants(rows)) if rows else None

    def tokens(self, person_id: PersonId) -> Sequence[ApiToken]:
        return [_token(row) for row in self._read(queries.tokens(person_id))]

    def touch_token(self, token_id: str, at: dt.datetime) -> None:
        self._write(queries.touch_token(token_id, at))

    def end_token(self, person_id: PersonId, token_id: str) -> None:
        self._write(queries.end_token(person_id, token_id))

    def end_tokens(self, person_id: PersonId) -> None:
        self._write(queries.end_tokens(person_id))

    # acts

    def note(self, act: Act) -> None:
        values = {
            "at": act.at,
            "actor": act.actor.name,
            "unit": act.actor.unit,
            "person_id": act.person_id,
            "action": act.action,
            "subject": act.subject,
            "address": act.address,
            "details": dict(act.details),
        }
        missing = PersonNotFound(login=act.person_id)
        self._write(queries.note(values), missing=missing)

    def acts(self, criteria: ActCriteria, *, before: int | None, limit: int) -> Sequence[Act]:
        return [_act(row) for row in self._read(queries.acts(criteria, before, limit))]


def _parents(units: Iterable[Unit], day: dt.date) -> Mapping[str, str | None]:
    return MappingProxyType({code: unit.parent for code, unit in units_on(units, day).items()})


def _unit(row: AnyRow) -> Unit:
    return Unit(row.code, row.name, row.parent, row.valid_from, row.valid_to)


def _person(row: AnyRow) -> Person:
    return Person(
        id=PersonId(row.id),
        login=row.login,
        name=row.name,
        unit=row.unit,
        disabled=row.disabled,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
    )


def _grants(rows: Iterable[AnyRow]) -> frozenset[Grant]:
    return frozenset(
        Grant(PersonId(row.id), Verb(row.role_verb), row.role_unit)
        for row in rows
        if row.role_verb is not None
    )


def _session(row: AnyRow, prefix: str = "") -> Session:
    return Session(**_named(row, prefix, Session.__slots__))


def _token(row: AnyRow, prefix: str = "") -> ApiToken:
    values = _named(row, prefix, ApiToken.__slots__)
    return ApiToken(**values | {"scopes": frozenset(map(Verb, values["scopes"]))})


def _named(row: AnyRow, prefix: str, names: Iterable[str]) -> Values:
    return {name: row._mapping[f"{prefix}{name}"] for name in names}


def _act(row: AnyRow) -> Act:
    return Act(
        at=row.at,
        actor=Actor(name=row.actor, unit=row.unit),
        action=row.action,
        subject=row.subject,
        address=row.address,
        details=row.details,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        id=row.id,
    )
