"""Who may ask for a page. Every route says so; ``tests/portal/test_routes.py`` holds the table of all.

What a route says is what is held: the words in its description and the guard before it are made together.
A guard knows no item and no unit yet. A page that shows or changes something of a unit asks again:
``visit.need(Verb.MANAGE, item.actor.unit)``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from domain.errors import NotAllowed
from domain.people import Verb
from portal.security import SAFE, UPLOADS
from portal.signing import FORM_FIELD, FORM_HEADER
from portal.visits import Visit, Visiting

ACCESS = "x-access"  # in a route's description, and so in the API's
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInNeeded(Exception):
    """Nobody is signed in: a page leads to the door, the API answers 401."""


class PasswordNeeded(Exception):
    """Somebody else chose the password: nothing is to be had before it is changed."""


class FormNotOurs(Exception):
    """A request that would change something does not say the word that our forms say."""


async def _said_back(request: Request) -> str:
    """The word of the form, or of a script's header.

    Where files come in the header alone says it: nothing bounds a body there before it is known whose it is.
    """
    if request.method in SAFE:
        return ""
    header = request.headers.get(FORM_HEADER)
    is_form = request.headers.get("content-type", "").startswith(_FORMS)
    if header is not None or not is_form or UPLOADS.fullmatch(request.scope["path"]):
        return header or ""
    word = (await request.form()).get(FORM_FIELD)
    return word if isinstance(word, str) else ""


SaidBack = Annotated[str, Depends(_said_back)]


_BEARER = HTTPBearer(auto_error=False, description="A key that a person made on their account page.")


def _signed_in(
    visit: Visiting,
    said_back: SaidBack,
    _token: Annotated[Any, Depends(_BEARER)],  # for the description of the API; ``visit.rights`` reads it
) -> Visit:
    """Raises SignInNeeded, FormNotOurs."""
    if visit.rights is None:
        raise SignInNeeded
    by_cookie = visit.rights.session_id is not None
    if by_cookie and visit.request.method not in SAFE and not same_word(said_back, visit):
        raise FormNotOurs
    return visit


def same_word(said_back: str, visit: Visit) -> bool:
    """Whether a form says what our pages gave whoever is signed in."""
    return hmac.compare_digest(said_back.encode("utf-8", "replace"), visit.form_token.encode())


def _settled(visit: Annotated[Visit, Depends(_signed_in)]) -> Visit:
    """Raises PasswordNeeded besides."""
    if visit.rights is not None and visit.rights.person.must_change_password:
        raise PasswordNeeded
    return visit


def _with(verb: Verb, before: Callable[..., Visit] = _settled) -> Callable[[Visit], Visit]:
    def allowed(visit: Visit = Depends(before)) -> Visit:  # noqa: B008 - which one is not known sooner
        """Raises NotAllowed besides."""
        if visit.rights is None or not visit.rights.anywhere(verb):
            raise NotAllowed(verb=verb.value, unit="")
        return visit

    return allowed


def _unread(visit: Visiting) -> Visit:
    """For a body that nobody may read before it is known whose it is. The page itself compares the word of
    the form with ``visit.form_token``, as soon as it comes to it. Raises SignInNeeded, PasswordNeeded.
    """
    if visit.rights is None:
        raise SignInNeeded
    return _settled(visit)


def _said(who: str, guard: Callable[..., Any] | None = None) -> dict[str, Any]:
    held = {"openapi_extra": {ACCESS: who}}
    return held if guard is None else held | {"dependencies": [Depends(guard)]}


EVERYONE = _said("everyone")
"""For readers, who need no account: ``@router.get("/", **EVERYONE)``."""

SIGNED_IN_ANYHOW = _said("signed in, password to change or not", _signed_in)
"""For the few pages that somebody needs whose password has to be changed."""

SIGNED_IN = _said("signed in", _settled)
"""For everybody with an account."""

MAY_ACCESS = _said("access", _with(Verb.ACCESS))
"""For those who may see what is not published, in some unit; the page asks in which."""

MAY_UPDATE = _said("update", _with(Verb.UPDATE))
MAY_MANAGE = _said("manage", _with(Verb.MANAGE))
MAY_OPERATE = _said("operate", _with(Verb.OPERATE))

MAY_UPDATE_UNREAD = _said("update", _with(Verb.UPDATE, _unread))
"""As MAY_UPDATE, for a form with files; see ``_unread``."""
