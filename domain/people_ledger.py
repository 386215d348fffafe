"""What the catalogue keeps of people: a part of its transaction, reached as ``changes.people``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from domain.people import Act, ActCriteria, ApiToken, Failures, Grant, Person, PersonId, Session, Unit


class PeopleLedger(Protocol):
    """Units, people, their roles, sign-ins, tokens and acts. Secrets reach it as digests alone."""

    # units
    def units(self) -> Sequence[Unit]:
        """Of every code all the times it had, by code and then by day."""
        ...

    def parents(self, day: dt.date) -> Mapping[str, str | None]:
        """The tree as it is on that day: of every code the one above it, None for the root."""
        ...

    def keep_unit(self, unit: Unit) -> None:
        """Keep what a code is called from ``valid_from`` on; the same day replaces. Raises UnitNotFound."""
        ...

    # people
    def add_person(self, person: Person, password_hash: str | None) -> None:
        """Raises LoginTaken, UnitNotFound. Without a password they cannot sign in by one."""
        ...

    def person(self, person_id: PersonId) -> Person:
        """Raises PersonNotFound."""
        ...

    def person_of_login(self, login: str) -> Person | None: ...

    def persons(self, *, units: Collection[str] | None, after: str | None, limit: int) -> Sequence[Person]:
        """In order of their login, those behind ``after``; of these units, None: of all."""
        ...

    def change_person(self, person: Person) -> None:
        """All but id, login and when they were added. Raises PersonNotFound, UnitNotFound."""
        ...

    def password_hash(self, person_id: PersonId) -> str | None: ...
    def set_password(self, person_id: PersonId, password_hash: str, *, must_change: bool) -> None:
        """Raises PersonNotFound."""
        ...

    # roles
    def grants(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, frozenset[Grant]]:
        """Of each of these people, a few hundred at most; empty for one without roles."""
        ...

    def grant(self, grant: Grant) -> None:
        """Raises PersonNotFound, UnitNotFound; what is granted already stays so."""
        ...

    def revoke(self, grant: Grant) -> None: ...

    # sessions
    def add_session(self, session: Session, secret_sha256: str) -> None: ...
    def session(self, secret_sha256: str) -> tuple[Session, Person, frozenset[Grant]] | None:
        """Whose session this is, in one question; ended ones are gone, expired ones are for the caller."""
        ...

    def sessions(self, person_id: PersonId) -> Sequence[Session]:
        """The one seen last comes first."""
        ...

    def touch_session(self, session_id: str, at: dt.datetime) -> None: ...
    def end_session(self, person_id: PersonId, session_id: str) -> None:
        """No error where there is none; another person's session stays."""
        ...

    def end_sessions(self, person_id: PersonId, *, but: str | None = None) -> None: ...
    def forget_sessions(self, *, expired_at: dt.datetime, unseen_since: dt.datetime) -> None:
        """Drop those that nobody can use any more."""
        ...

    # failed sign-ins; a subject is a digest of what is counted
    def failures(self, subjects: Collection[str]) -> Mapping[str, Failures]:
        """Of those among these subjects that failed."""
        ...

    def keep_failures(self, failures: Mapping[str, Failures]) -> None: ...
    def forget_failures(self, subjects: Collection[str]) -> None: ...
    def forget_failures_before(self, moment: dt.datetime) -> None: ...

    # tokens
    def add_token(self, token: ApiToken, secret_sha256: str) -> None: ...
    def token(self, secret_sha256: str) -> tuple[ApiToken, Person, frozenset[Grant]] | None:
        """As ``session``."""
        ...

    def tokens(self, person_id: PersonId) -> Sequence[ApiToken]:
        """The newest first."""
        ...

    def touch_token(self, token_id: str, at: dt.datetime) -> None: ...
    def end_token(self, person_id: PersonId, token_id: str) -> None: ...
    def end_tokens(self, person_id: PersonId) -> None: ...

    # acts
    def note(self, act: Act) -> None: ...
    def acts(self, criteria: ActCriteria, *, before: int | None, limit: int) -> Sequence[Act]:
        """The newest first, those kept before the act with the id ``before``."""
        ...
