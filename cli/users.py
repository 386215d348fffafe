"""``user …``: who may sign in, and what they may do."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.exits import Exit
from cli.session import Session
from domain.people import Grant, Person
from domain.ports import CatalogTransaction, Shelf
from domain.values import Json
from flows.steps import passwords, people
from flows.steps.acting import Acting
from flows.steps.people import person_called, role_of

AT_ONCE = 200  # people asked for together


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a password comes from: a file ("-" for standard input), chance, or the keyboard."""

    file: Path | None
    print_once: bool
    keep: bool  # the person chose it, and need not change it

    @property
    def must_change(self) -> bool:
        return self.print_once or not self.keep


class NotTold(Exception):
    """No password came from where it was to come; the sentence is on the screen."""


def add(
    session: Session,
    login: str,
    *,
    name: str,
    unit: str,
    roles: Sequence[str],
    secret: Secret,
    as_json: bool,
) -> int:
    screen = session.speak(as_json)
    wanted = [role_of(role, unit=unit) for role in roles]
    try:
        password = _password(session, secret)
    except NotTold:
        return Exit.USAGE
    with session.shelf() as shelf:
        person = people.add_person(
            shelf,
            acting(session),
            login=login,
            name=name,
            unit=unit,
            roles=wanted,
            password=password,
            must_change=secret.must_change,
        )
        told = _told(shelf, person.login)
    if not as_json:
        screen.line(screen.words("cli.user_added", login=person.login, name=person.name))
    return _answer(session, told, password if secret.print_once else None)


def password(session: Session, login: str, *, secret: Secret, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf:
        with shelf.catalog.view() as seen:
            person_called(seen, login)  # before anybody types a password for nobody
        try:
            given = _password(session, secret)
        except NotTold:
            return Exit.USAGE
        person = people.reset_password(shelf, acting(session), login, given, must_change=secret.must_change)
        told = _told(shelf, person.login)
    if not as_json:
        screen.line(screen.words("cli.user_password", login=person.login))
    return _answer(session, told, given if secret.print_once else None)


def grant(session: Session, login: str, roles: Sequence[str], *, as_json: bool) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        for role in _roles(shelf, login, roles):
            people.grant(shelf, acting(session), login, role)
        return _show(session, shelf, login)


def revoke(session: Session, login: str, roles: Sequence[str], *, as_json: bool) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        for role in _roles(shelf, login, roles):
            people.revoke(shelf, acting(session), login, role)
        return _show(session, shelf, login)


def disable(session: Session, login: str, *, as_json: bool) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        people.disable(shelf, acting(session), login)
        return _show(session, shelf, login)


def enable(session: Session, login: str, *, as_json: bool) -> int:
    session.speak(as_json)
    with session.shelf() as shelf:
        people.enable(shelf, acting(session), login)
        return _show(session, shelf, login)


def list_users(session: Session, *, as_json: bool) -> int:
    screen = session.speak(as_json)
    with session.shelf() as shelf, shelf.catalog.view() as seen:
        told = [_person_json(person, grants) for person, grants in _everybody(seen)]
    if as_json:
        screen.answer(told)
    elif told:
        _table(session, told)
    else:
        screen.tell("cli.no_users")
    return Exit.DONE


def acting(session: Session) -> Acting:
    """The command line acts by the installation's own name, and may do all."""
    return Acting(session.settings.who, dt.datetime.now(dt.UTC))


def _everybody(seen: CatalogTransaction) -> Iterable[tuple[Person, frozenset[Grant]]]:
    after = None
    while found := seen.people.persons(units=None, after=after, limit=AT_ONCE):
        grants = seen.people.grants([person.id for person in found])
        for person in found:
            yield person, grants[person.id]
        after = found[-1].login


def _roles(shelf: Shelf, login: str, roles: Sequence[str]) -> list[people.Role]:
    """A verb alone means the person's own unit."""
    with shelf.catalog.view() as seen:
        unit = person_called(seen, login).unit
    return [role_of(role, unit=unit) for role in roles]


def _password(session: Session, secret: Secret) -> str:
    """Raises NotTold, after saying why; OSError for a file out of reach."""
    from config.settings import secret_in

    if secret.print_once:
        return passwords.generated()
    if secret.file is not None and str(secret.file) != "-":
        try:
            return secret_in(secret.file)
        except ValueError as error:
            session.screen.tell("cli.password_file", path=str(secret.file), detail=str(error))
            raise NotTold from error
    if secret.file is not None:
        return sys.stdin.readline(4 * passwords.LONGEST).rstrip("\r\n")
    return _typed(session)


def _typed(session: Session) -> str:
    from getpass import getpass

    if not sys.stdin.isatty():
        session.screen.tell("cli.password_how")
        raise NotTold
    first = getpass(session.screen.words("cli.password_prompt") + " ")
    if getpass(session.screen.words("cli.password_again") + " ") != first:
        session.screen.tell("cli.password_differs")
        raise NotTold
    return first


def _told(shelf: Shelf, login: str) -> dict[str, Json]:
    with shelf.catalog.view() as seen:
        person = person_called(seen, login)
        return _person_json(person, seen.people.grants([person.id])[person.id])


def _show(session: Session, shelf: Shelf, login: str) -> int:
    return _answer(session, _told(shelf, login), None)


def _answer(session: Session, told: dict[str, Json], password: str | None) -> int:
    """The person as they are now; a generated password with them, this once."""
    screen = session.screen
    if screen.as_json:
        screen.answer({**told, "password": password})
        return Exit.DONE
    _table(session, [told])
    if password is not None:
        screen.line(screen.words("cli.user_password_once", password=password))
    return Exit.DONE


def _table(session: Session, told: Sequence[dict[str, Json]]) -> None:
    screen = session.screen
    screen.table(
        ("login", "name", "unit", "roles", "state"),
        [
            (
                str(one["login"]),
                str(one["name"]),
                str(one["unit"]),
                ", ".join(_role_texts(one)),
                screen.words(f"account.people.{'disabled' if one['disabled'] else 'works'}"),
            )
            for one in told
        ],
    )


def _role_texts(one: dict[str, Json]) -> list[str]:
    roles = one["roles"]
    assert isinstance(roles, list)  # noqa: S101 - made below
    return [f"{role['verb']}@{role['unit']}" for role in roles]


def _person_json(person: Person, grants: Iterable[Grant]) -> dict[str, Json]:
    return {
        "login": person.login,
        "name": person.name,
        "unit": person.unit,
        "disabled": person.disabled,
        "must_change_password": person.must_change_password,
        "created_at": person.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "roles": [
            {"verb": grant.verb.value, "unit": grant.unit}
            for grant in sorted(grants, key=lambda grant: (grant.unit, grant.verb))
        ],
    }
