"""People and their roles: what operators change, and what people change of their own account."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from domain.errors import (
    LoginNotValid,
    NameNotValid,
    NotAllowed,
    NotOneself,
    PasswordUnchanged,
    PasswordWrong,
    PersonNotFound,
    RoleNotValid,
    TokenNotValid,
)
from domain.people import ApiToken, Grant, Person, Verb, new_id, new_person_id
from domain.ports import CatalogTransaction, Shelf
from flows.steps import passwords
from flows.steps.acting import Acting
from flows.steps.sign_in import count_try, digest, new_token, spelled, succeeded

SHORTEST_LOGIN, LONGEST_LOGIN = 2, 80  # characters
LONGEST_NAME = 200
MOST_TOKENS = 50  # of one person
LONGEST_TOKEN_DAYS = 366
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]*[a-z0-9])")


@dataclass(frozen=True, slots=True)
class Role:
    """A verb on a unit, not yet anybody's."""

    verb: Verb
    unit: str


def role_of(text: str, *, unit: str) -> Role:
    """``verb@unit``, or a verb alone for ``unit``. Raises RoleNotValid."""
    verb, _, named = text.partition("@")
    if verb not in list(Verb):
        raise RoleNotValid(role=text[:100], known=[known.value for known in Verb])
    return Role(Verb(verb), _nfc(named) or unit)


def add_person(
    shelf: Shelf,
    by: Acting,
    *,
    login: str,
    name: str,
    unit: str,
    roles: Iterable[Role] = (),
    password: str | None,
    must_change: bool = True,
) -> Person:
    """Enter a person; without a password they come in by another door (OIDC).

    Raises LoginNotValid, NameNotValid, LoginTaken, UnitNotFound, NotAllowed, Password….
    """
    person = Person(
        id=new_person_id(),
        login=_login(login),
        name=named(name),
        unit=unit,
        disabled=False,
        must_change_password=must_change and password is not None,
        created_at=by.now,
    )
    kept = None if password is None else passwords.hashed(passwords.checked(password, person))
    wanted = sorted({(role.verb, role.unit) for role in roles})
    for place in {unit, *(held for _, held in wanted)}:
        by.need(Verb.OPERATE, place)
    with shelf.catalog.begin() as changes:
        changes.people.add_person(person, kept)
        by.note(changes, "person_added", person.login, {"name": person.name, "unit": unit})
        for verb, held in wanted:
            _grant(changes, by, person, Role(verb, held))
    return person


def change_person(shelf: Shelf, by: Acting, login: str, *, name: str, unit: str) -> Person:
    """Raises PersonNotFound, NameNotValid, UnitNotFound, NotAllowed."""
    by.need(Verb.OPERATE, unit)
    with shelf.catalog.begin() as changes:
        person = _administered(changes, by, login)
        changed = replace(person, name=named(name), unit=unit)
        changes.people.change_person(changed)
        by.note(changes, "person_changed", login, {"name": changed.name, "unit": unit})
    return changed


def disable(shelf: Shelf, by: Acting, login: str) -> Person:
    """Shut somebody out at once: sessions and tokens end. Raises PersonNotFound, NotAllowed, NotOneself."""
    with shelf.catalog.begin() as changes:
        person = _administered(changes, by, login)
        if by.rights is not None and by.rights.person.id == person.id:
            raise NotOneself
        changed = replace(person, disabled=True)
        changes.people.change_person(changed)
        changes.people.end_sessions(person.id)
        changes.people.end_tokens(person.id)
        by.note(changes, "person_disabled", person.login)
    return changed


def enable(shelf: Shelf, by: Acting, login: str) -> Person:
    """Raises PersonNotFound, NotAllowed."""
    with shelf.catalog.begin() as changes:
        person = replace(_administered(changes, by, login), disabled=False)
        changes.people.change_person(person)
        by.note(changes, "person_enabled", person.login)
    return person


def reset_password(
    shelf: Shelf, by: Acting, login: str, password: str, *, must_change: bool = True
) -> Person:
    """An operator's choice; sessions and tokens end. Raises PersonNotFound, NotAllowed, Password…."""
    with shelf.catalog.view() as seen:
        person = _administered(seen, by, login)
    kept = passwords.hashed(passwords.checked(password, person))
    with shelf.catalog.begin() as changes:
        person = _administered(changes, by, login)  # what they may do can have grown meanwhile
        changes.people.set_password(person.id, kept, must_change=must_change)
        changes.people.end_sessions(person.id)
        changes.people.end_tokens(person.id)
        by.note(changes, "password_reset", person.login)
    return replace(person, must_change_password=must_change)


def change_password(shelf: Shelf, by: Acting, old: str, new: str) -> None:
    """Their own; every other session of theirs ends.

    Raises PasswordWrong where ``old`` is not the present one, SignInTooSoon, SignInBusy, Password….
    """
    if by.rights is None or by.rights.session_id is None:
        raise NotAllowed(verb=Verb.UPDATE.value, unit="")
    person = by.rights.person
    count_try(shelf, person.login, by.address, by.now)
    with shelf.catalog.view() as seen:
        kept = seen.people.password_hash(person.id)
    if not passwords.matches(old, kept):
        raise PasswordWrong
    if passwords.matches(new, kept):
        raise PasswordUnchanged
    anew = passwords.hashed(passwords.checked(new, person))
    with shelf.catalog.begin() as changes:
        if changes.people.password_hash(person.id) != kept:
            raise PasswordWrong  # changed while we were looking
        succeeded(changes, person.login, by.address)
        changes.people.set_password(person.id, anew, must_change=False)
        changes.people.end_sessions(person.id, but=by.rights.session_id)
        by.note(changes, "password_changed", person.login)


def grant(shelf: Shelf, by: Acting, login: str, role: Role) -> None:
    """Raises PersonNotFound, UnitNotFound, NotAllowed."""
    with shelf.catalog.begin() as changes:
        _grant(changes, by, _administered(changes, by, login), role)


def revoke(shelf: Shelf, by: Acting, login: str, role: Role) -> None:
    """Raises PersonNotFound, NotAllowed."""
    with shelf.catalog.begin() as changes:
        person = _administered(changes, by, login)
        changes.people.revoke(Grant(person.id, role.verb, role.unit))
        by.note(changes, "role_revoked", person.login, {"role": role.verb.value, "unit": role.unit})


def end_session(shelf: Shelf, by: Acting, session_id: str) -> None:
    """One of their own."""
    if by.rights is not None:
        with shelf.catalog.begin() as changes:
            changes.people.end_session(by.rights.person.id, session_id)
            by.note(changes, "session_ended", by.rights.person.login)


def end_sessions(shelf: Shelf, by: Acting, login: str) -> None:
    """All of somebody's. Raises PersonNotFound, NotAllowed."""
    with shelf.catalog.begin() as changes:
        person = _administered(changes, by, login)
        changes.people.end_sessions(person.id)
        by.note(changes, "sessions_ended", person.login)


def end_other_sessions(shelf: Shelf, by: Acting) -> None:
    """All of their own but the one they came with."""
    if by.rights is not None:
        with shelf.catalog.begin() as changes:
            changes.people.end_sessions(by.rights.person.id, but=by.rights.session_id)
            by.note(changes, "sessions_ended", by.rights.person.login)


def add_token(
    shelf: Shelf, by: Acting, *, name: str, scopes: Collection[Verb], days: int
) -> tuple[str, ApiToken]:
    """A token of their own, good for ``days`` (1 to 366), and its secret, which is told this once.

    A token makes no token. Raises NameNotValid, TokenNotValid, NotAllowed.
    """
    if by.rights is None or by.rights.session_id is None:
        raise NotAllowed(verb=Verb.UPDATE.value, unit="")
    if not scopes or not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise TokenNotValid(days=LONGEST_TOKEN_DAYS, most=MOST_TOKENS)
    secret = new_token()
    token = ApiToken(
        id=new_id(),
        person_id=by.rights.person.id,
        name=named(name),
        scopes=frozenset(scopes),
        created_at=by.now,
        last_used_at=None,
        expires_at=by.now + dt.timedelta(days=days),
    )
    with shelf.catalog.begin() as changes:
        if len(changes.people.tokens(token.person_id)) >= MOST_TOKENS:
            raise TokenNotValid(days=LONGEST_TOKEN_DAYS, most=MOST_TOKENS)
        changes.people.add_token(token, digest(secret))
        told = {"name": token.name, "scopes": sorted(scope.value for scope in token.scopes)}
        by.note(changes, "token_added", by.rights.person.login, told)
    return secret, token


def end_token(shelf: Shelf, by: Acting, token_id: str) -> None:
    """One of their own."""
    if by.rights is not None:
        with shelf.catalog.begin() as changes:
            changes.people.end_token(by.rights.person.id, token_id)
            by.note(changes, "token_ended", by.rights.person.login)


def person_called(seen: CatalogTransaction, login: str) -> Person:
    """Raises PersonNotFound."""
    person = seen.people.person_of_login(spelled(login))
    if person is None:
        raise PersonNotFound(login=login[:LONGEST_LOGIN])
    return person


def named(text: str) -> str:
    """A name of a person, a unit or a token, NFC, its spaces tidied. Raises NameNotValid."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise NameNotValid(longest=LONGEST_NAME)
    return name


def _administered(seen: CatalogTransaction, by: Acting, login: str) -> Person:
    """The person, where ``by`` stands above all that they can do. Raises PersonNotFound, NotAllowed."""
    person = person_called(seen, login)
    by.need_above(person, seen.people.grants([person.id])[person.id])
    return person


def _grant(changes: CatalogTransaction, by: Acting, person: Person, role: Role) -> None:
    by.need(Verb.OPERATE, role.unit)
    changes.people.grant(Grant(person.id, role.verb, role.unit))
    by.note(changes, "role_granted", person.login, {"role": role.verb.value, "unit": role.unit})


def _login(text: str) -> str:
    login = spelled(text)
    if not SHORTEST_LOGIN <= len(login) <= LONGEST_LOGIN or not _LOGIN.fullmatch(login):
        raise LoginNotValid(login=text[:LONGEST_LOGIN], shortest=SHORTEST_LOGIN, longest=LONGEST_LOGIN)
    return login


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
