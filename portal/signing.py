"""Who is behind a request: the cookie or token that came with it, and the rights it stands for."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

from fastapi import Request
from starlette.responses import Response

from domain.people import Rights
from domain.ports import Shelf
from flows.steps.sign_in import USUAL, Visit, person_of_session, person_of_token

API = "/api/"
FOR_PROGRAMS = (API, "/can-bo/tai-len/")  # where a key opens: the API, and where files come in
FORM_FIELD = "form_token"
FORM_HEADER = "x-form-token"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def visitor(request: Request) -> Visit:
    """From where a request comes; a proxy's word counts only where the settings trust it."""
    address = request.client.host if request.client else ""
    return Visit(address, now(), request.headers.get("user-agent", ""))


def cookie_name(*, secure: bool) -> str:
    """``__Host-`` makes a browser keep it to this host, and never send it without encryption."""
    return "__Host-tusach" if secure else "tusach_session"


def secret_of(request: Request, *, secure: bool) -> str:
    return request.cookies.get(cookie_name(secure=secure), "")


def rights_of(request: Request, shelf: Shelf, *, secure: bool) -> Rights | None:
    """Of the session's cookie; where programs come in of a bearer's token, which then is weightier."""
    if request.url.path.startswith(FOR_PROGRAMS):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return person_of_token(shelf, token.strip(), now())
    secret = secret_of(request, secure=secure)
    return person_of_session(shelf, secret, now()) if secret else None


def form_token(secret: str) -> str:
    """What a form of ours says back, so that a form of nobody's changes nothing; ends with the session."""
    return hmac.new(secret.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()[:32]


def keep_cookie(answer: Response, secret: str, *, secure: bool) -> None:
    answer.set_cookie(
        cookie_name(secure=secure),
        secret,
        max_age=int(USUAL.absolute.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def drop_cookie(answer: Response, *, secure: bool) -> None:
    answer.delete_cookie(cookie_name(secure=secure), path="/", httponly=True, samesite="lax", secure=secure)
