"""Signing in and out, and who is behind a session or a token."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.errors import CatalogUnavailable, ProviderRefused, SignInRefused, SignInTooSoon
from domain.people import Act, Person, Rights, Session, day_of, new_id
from domain.ports import CatalogTransaction, Shelf
from flows.steps import passwords, throttle

TOKEN_PREFIX = "tst_"  # noqa: S105 - so that one that got lost is known for what it is
TOUCHED_EVERY = dt.timedelta(minutes=1)
MOST_SESSIONS = 30  # of one person; the one not seen for the longest time makes room
_BYTES = 32  # of chance in a secret
_LONGEST = 100  # characters of what may be a secret of ours
_TOUCH_WAIT_S = 0.2  # for other writers: a page must not wait for a note on when it was asked for
_AGENT, _ADDRESS = 200, 64  # characters kept


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long a session is good."""

    idle: dt.timedelta = dt.timedelta(hours=8)
    absolute: dt.timedelta = dt.timedelta(days=7)


USUAL = SessionPolicy()


@dataclass(frozen=True, slots=True)
class Visit:
    """A sign-in from outside: where it comes from, and when."""

    address: str
    now: dt.datetime  # UTC
    agent: str = ""  # what the browser calls itself


@dataclass(frozen=True, slots=True)
class SignedIn:
    secret: str  # for the cookie alone: nobody can find it out again
    session: Session
    person: Person


def sign_in(
    shelf: Shelf,
    login: str,
    password: str,
    *,
    address: str,
    now: dt.datetime,
    agent: str = "",
    policy: SessionPolicy = USUAL,
) -> SignedIn:
    """A session for whoever knows login and password. Raises SignInRefused, SignInTooSoon, SignInBusy.

    A failure is counted before the password is looked at and taken back where it was right, so that of
    many tries at once no more pass than one after the other.
    """
    visit = Visit(address, now, agent)
    login = spelled(login)
    count_try(shelf, login, address, now)
    with shelf.catalog.view() as seen:
        person = seen.people.person_of_login(login)
        kept = seen.people.password_hash(person.id) if person else None
    good = passwords.matches(password, kept)
    if person is None or kept is None or not good or person.disabled:
        if person is not None:
            with shelf.catalog.begin() as changes:
                changes.people.note(_act(person, "sign_in_refused", visit))
        raise SignInRefused
    anew = passwords.hashed(password) if passwords.outdated(kept) else None
    with shelf.catalog.begin() as changes:
        if changes.people.password_hash(person.id) != kept or changes.people.person(person.id).disabled:
            raise SignInRefused  # changed while we were looking
        succeeded(changes, login, address)
        if anew is not None:
            changes.people.set_password(person.id, anew, must_change=person.must_change_password)
        return open_session(changes, person, visit, how="password", policy=policy)


def admit(shelf: Shelf, login: str, visit: Visit, *, how: str, policy: SessionPolicy = USUAL) -> SignedIn:
    """A session for somebody whom another has vouched for. Nobody is made by it. Raises ProviderRefused."""
    with shelf.catalog.begin() as changes:
        person = changes.people.person_of_login(spelled(login))
        if person is not None and not person.disabled:
            return open_session(changes, person, visit, how=how, policy=policy)
        if person is not None:
            changes.people.note(_act(person, "sign_in_refused", visit, how=how))
    raise ProviderRefused


def spelled(login: str) -> str:
    """A login as it is kept, however somebody types it."""
    return unicodedata.normalize("NFC", login).strip().lower()


def count_try(shelf: Shelf, login: str, address: str, now: dt.datetime) -> None:
    """Count one more try of a password. Raises SignInTooSoon; a try that was too soon does not count."""
    subjects = throttle.counted(login, address)
    with shelf.catalog.begin() as changes:
        failures = changes.people.failures(subjects)
        left = throttle.wait_left(subjects, failures, now)
        if left:
            raise SignInTooSoon(seconds=max(1, round(left.total_seconds())))
        changes.people.forget_failures_before(now - throttle.FORGOTTEN_AFTER)
        changes.people.keep_failures(throttle.one_more(subjects, failures, now))


def succeeded(changes: CatalogTransaction, login: str, address: str) -> None:
    """The password was right: forget the tries, and that this one was made from there."""
    changes.people.forget_failures(throttle.forgiven(login, address))
    place = throttle.of_address(address)
    failed = changes.people.failures([place]).get(place)
    if failed is not None:
        changes.people.keep_failures({place: replace(failed, count=max(0, failed.count - 1))})


def open_session(
    changes: CatalogTransaction, person: Person, visit: Visit, *, how: str, policy: SessionPolicy = USUAL
) -> SignedIn:
    """A session for somebody who has shown, ``how``, who they are; those that are over are cleared away."""
    ledger = changes.people
    ledger.forget_sessions(expired_at=visit.now, unseen_since=visit.now - policy.idle)
    for old in ledger.sessions(person.id)[MOST_SESSIONS - 1 :]:
        ledger.end_session(person.id, old.id)
    secret = secrets.token_urlsafe(_BYTES)
    session = Session(
        id=new_id(),
        person_id=person.id,
        created_at=visit.now,
        seen_at=visit.now,
        expires_at=visit.now + policy.absolute,
        address=visit.address[:_ADDRESS],
        agent=visit.agent[:_AGENT],
    )
    ledger.add_session(session, digest(secret))
    ledger.note(_act(person, "signed_in", visit, how=how))
    return SignedIn(secret, session, person)


def sign_out(shelf: Shelf, rights: Rights, *, address: str, now: dt.datetime) -> None:
    """End the session that the rights came with."""
    if rights.session_id is not None:
        with shelf.catalog.begin() as changes:
            changes.people.end_session(rights.person.id, rights.session_id)
            changes.people.note(_act(rights.person, "signed_out", Visit(address, now)))


def person_of_session(
    shelf: Shelf, secret: str, now: dt.datetime, *, policy: SessionPolicy = USUAL
) -> Rights | None:
    """Whose session it is; None for one that is over, or nobody's. Two questions; a write once a minute."""
    if not 0 < len(secret) <= _LONGEST:
        return None
    with shelf.catalog.view() as seen:
        found = seen.people.session(digest(secret))
        if found is None:
            return None
        session, person, grants = found
        over = session.expires_at <= now or session.seen_at + policy.idle <= now
        if over or person.disabled:
            return None
        rights = Rights(person, grants, seen.people.parents(day_of(now)), session_id=session.id)
    if now - session.seen_at >= TOUCHED_EVERY:
        _touch(shelf, lambda changes: changes.people.touch_session(session.id, now))
    return rights


def person_of_token(shelf: Shelf, token: str, now: dt.datetime) -> Rights | None:
    """Whose token it is; None for one that is over, or nobody's, or whose owner has a password to change."""
    if not token.startswith(TOKEN_PREFIX) or len(token) > _LONGEST:
        return None
    with shelf.catalog.view() as seen:
        found = seen.people.token(digest(token))
        if found is None:
            return None
        held, person, grants = found
        over = held.expires_at is not None and held.expires_at <= now
        if over or person.disabled or person.must_change_password:
            return None
        rights = Rights(person, grants, seen.people.parents(day_of(now)), scopes=held.scopes)
    if held.last_used_at is None or now - held.last_used_at >= TOUCHED_EVERY:
        _touch(shelf, lambda changes: changes.people.touch_token(held.id, now))
    return rights


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """By which a session or token is known. It is 256 bits of chance, so that no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _touch(shelf: Shelf, touch: Callable[[CatalogTransaction], None]) -> None:
    try:
        with shelf.catalog.begin(wait_s=_TOUCH_WAIT_S) as changes:
            touch(changes)
    except CatalogUnavailable:
        return  # the catalogue is busy: whoever asks next notes it


def _act(person: Person, action: str, visit: Visit, **details: str) -> Act:
    return Act(visit.now, person.actor, action, person.login, visit.address[:_ADDRESS], details, person.id)
