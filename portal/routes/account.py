"""One's own account: roles, password, sessions, keys for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.errors import PeopleError
from domain.people import Verb, day_of, units_on
from flows.steps import people
from portal.access import SIGNED_IN, SIGNED_IN_ANYHOW
from portal.errors import NEW_PASSWORD, status_of
from portal.routes.sign_in import ACCOUNT
from portal.visits import Visit, Visiting

TOKEN_DAYS = (30, 90, 366)
PRIVATE = {"cache-control": "no-store"}  # a page with a secret on it

router = APIRouter()


@router.get(ACCOUNT, include_in_schema=False, **SIGNED_IN)
def account(visit: Visiting) -> Response:
    return _account(visit)


@router.get(NEW_PASSWORD, include_in_schema=False, **SIGNED_IN_ANYHOW)
def password(visit: Visiting) -> Response:
    return _password(visit)


@router.post(NEW_PASSWORD, include_in_schema=False, **SIGNED_IN_ANYHOW)
def change_password(
    visit: Visiting,
    present: Annotated[str, Form(max_length=2_000)],
    new: Annotated[str, Form(max_length=2_000)],
    again: Annotated[str, Form(max_length=2_000)],
) -> Response:
    if new != again:
        return _password(visit, said=visit.words("account.password.differ"))
    try:
        people.change_password(visit.shelf, visit.acting, present, new)
    except PeopleError as error:
        return _password(visit, said=explain(error.reason, visit.lang), status=status_of(error))
    return RedirectResponse(f"{ACCOUNT}#phien", 303)


@router.post(f"{ACCOUNT}/phien", include_in_schema=False, **SIGNED_IN)
def end_session(visit: Visiting, session: Annotated[str, Form(max_length=64)]) -> Response:
    people.end_session(visit.shelf, visit.acting, session)
    return RedirectResponse(f"{ACCOUNT}#phien", 303)


@router.post(f"{ACCOUNT}/phien-khac", include_in_schema=False, **SIGNED_IN)
def end_other_sessions(visit: Visiting) -> Response:
    people.end_other_sessions(visit.shelf, visit.acting)
    return RedirectResponse(f"{ACCOUNT}#phien", 303)


@router.post(f"{ACCOUNT}/khoa", include_in_schema=False, **SIGNED_IN)
def add_token(
    visit: Visiting,
    name: Annotated[str, Form(max_length=500)],
    days: Annotated[int, Form()],
    scopes: Annotated[list[Verb], Form(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    try:
        secret, token = people.add_token(visit.shelf, visit.acting, name=name, scopes=scopes, days=days)
    except PeopleError as error:
        return _account(visit, said=explain(error.reason, visit.lang), status=status_of(error))
    return visit.page("account/token.html", headers=PRIVATE, secret=secret, token=token)


@router.post(f"{ACCOUNT}/khoa/thu-hoi", include_in_schema=False, **SIGNED_IN)
def end_token(visit: Visiting, token: Annotated[str, Form(max_length=64)]) -> Response:
    people.end_token(visit.shelf, visit.acting, token)
    return RedirectResponse(f"{ACCOUNT}#khoa", 303)


def _account(visit: Visit, *, said: str | None = None, status: int = 200) -> Response:
    person = visit.signed.person
    with visit.shelf.catalog.view() as seen:
        sessions, tokens = seen.people.sessions(person.id), seen.people.tokens(person.id)
        units = units_on(seen.people.units(), day_of(dt.datetime.now(dt.UTC)))
    return visit.page(
        "account/home.html",
        status=status,
        person=person,
        unit=units[person.unit].name,
        roles=sorted(
            ((units[grant.unit].name, grant.verb.value) for grant in visit.signed.grants),
        ),
        sessions=sessions,
        here=visit.signed.session_id,
        tokens=tokens,
        verbs=[verb.value for verb in Verb if visit.signed.anywhere(verb)],
        days=TOKEN_DAYS,
        said=said,
    )


def _password(visit: Visit, *, said: str | None = None, status: int | None = None) -> Response:
    return visit.page(
        "account/password.html",
        status=status or (422 if said else 200),
        forced=visit.signed.person.must_change_password,
        said=said,
    )
