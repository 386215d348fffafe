"""Passwords: what may be one, and the digest by which it is known again."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from domain.errors import PasswordLengthNotValid, PasswordTelling, SignInBusy
from domain.people import Person

SHORTEST, LONGEST = 10, 200  # characters

# OWASP's first choice: 19 MiB for 25 to 50 ms. Two at once leave a small machine its memory and a processor.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE_S = 5.0  # for a place; some hundred sign-ins fit in


def checked(password: str, person: Person) -> str:
    """The password as it is hashed: NFC. Raises PasswordLengthNotValid, PasswordTelling."""
    plain = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise PasswordLengthNotValid(shortest=SHORTEST, longest=LONGEST)
    told = {_bare(text) for text in (person.login, person.name, person.unit)}
    if _bare(plain) in told or len(set(plain)) == 1:
        raise PasswordTelling
    return plain


def _bare(text: str) -> str:
    """Without what people take for a change: case and spaces."""
    return "".join(unicodedata.normalize("NFC", text).casefold().split())


def generated() -> str:
    """One to be typed off a slip of paper: 16 letters and digits that cannot be confused, 80 bits."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def hashed(password: str) -> str:
    """Raises SignInBusy."""
    with _place():
        return _HASHER.hash(_bytes(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the one; no quicker where there is none, which tells nothing. Raises SignInBusy."""
    plain = password
    if len(plain) > 4 * LONGEST:  # can be nobody's, however it is composed; do not hash a megabyte
        plain, password_hash = "", None
    with _place():
        try:
            return _HASHER.verify(password_hash or _nobodys(), _bytes(plain)) and password_hash is not None
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than ours, so that a password just seen is hashed again."""
    return _HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    # Half a character reaches us from a terminal that is not UTF-8; it matches nothing, but is no crash.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))


@contextmanager
def _place() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise SignInBusy
    try:
        yield
    finally:
        _AT_ONCE.release()
