"""The door: signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.errors import PeopleError, SignInBusy, SignInRefused, SignInTooSoon
from flows.steps.sign_in import SignedIn, sign_in, sign_out
from portal import signing
from portal.access import EVERYONE, SIGNED_IN_ANYHOW
from portal.errors import NEW_PASSWORD, SIGN_IN, status_of
from portal.routes.preferences import inside
from portal.visits import Visit, Visiting

ACCOUNT = "/tai-khoan"

router = APIRouter(include_in_schema=False)


@router.get(SIGN_IN, **EVERYONE)
def door(visit: Visiting, back: Annotated[str, Query(alias="ve", max_length=4_000)] = ACCOUNT) -> Response:
    if visit.rights is not None:
        return RedirectResponse(inside(back), 303)
    return _door(visit, back)


@router.post(SIGN_IN, **EVERYONE)
def enter(
    visit: Visiting,
    login: Annotated[str, Form(max_length=500)],
    password: Annotated[str, Form(max_length=2_000)],
    back: Annotated[str, Form(alias="ve", max_length=4_000)] = ACCOUNT,
) -> Response:
    comes = signing.visitor(visit.request)
    try:
        entered = sign_in(
            visit.shelf, login, password, address=comes.address, now=comes.now, agent=comes.agent
        )
    except (SignInRefused, SignInTooSoon, SignInBusy) as error:
        return _door(visit, back, login=login, error=error)
    return let_in(visit, entered, back)


@router.post("/dang-xuat", **SIGNED_IN_ANYHOW)
def leave(visit: Visiting) -> Response:
    comes = signing.visitor(visit.request)
    sign_out(visit.shelf, visit.signed, address=comes.address, now=comes.now)
    answer = RedirectResponse("/", 303)
    signing.drop_cookie(answer, secure=visit.secure)
    # What the browser kept of pages for staff is not for whoever sits down next.
    answer.headers["clear-site-data"] = '"cache"'
    return answer


def let_in(visit: Visit, entered: SignedIn, back: str) -> Response:
    """The session's cookie, and on to where they wanted; the one they came with before ends."""
    if visit.rights is not None:
        comes = signing.visitor(visit.request)
        sign_out(visit.shelf, visit.rights, address=comes.address, now=comes.now)
    to = NEW_PASSWORD if entered.person.must_change_password else inside(back)
    answer = RedirectResponse(to, 303)
    signing.keep_cookie(answer, entered.secret, secure=visit.secure)
    return answer


def _door(visit: Visit, back: str, *, login: str = "", error: PeopleError | None = None) -> Response:
    headers = {}
    if isinstance(error, SignInTooSoon):
        headers["retry-after"] = str(error.fields["seconds"])
    return visit.page(
        "account/sign_in.html",
        status=200 if error is None else status_of(error),
        headers=headers,
        back=inside(back),
        login=login,
        said=None if error is None else explain(error.reason, visit.lang),
        provider=bool(visit.portal.settings.oidc_issuer),
    )
