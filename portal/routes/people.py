"""For operators: the people of their units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.responses import RedirectResponse, Response

from config.messages import explain
from domain.errors import NotAllowed, PeopleError
from domain.people import Grant, Person, Unit, Verb, day_of
from flows.steps import passwords, people
from flows.steps.people import LONGEST_LOGIN, LONGEST_NAME, Role
from flows.steps.units import LONGEST_CODE
from portal.access import MAY_OPERATE
from portal.errors import status_of
from portal.peopled import in_order, people_seen, person_seen
from portal.routes.account import PRIVATE
from portal.signing import now
from portal.unit_tree import Branch, branches
from portal.visits import Visit, Visiting

PEOPLE = "/quan-tri/nguoi-dung"
AT_ONCE = 50

Login = Annotated[str, Form(max_length=5 * LONGEST_LOGIN)]
Name = Annotated[str, Form(max_length=5 * LONGEST_NAME)]
UnitCode = Annotated[str, Form(alias="unit", max_length=LONGEST_CODE)]

router = APIRouter(include_in_schema=False)


@router.get(PEOPLE, **MAY_OPERATE)
def everybody(visit: Visiting, after: Annotated[str, Query(alias="sau", max_length=200)] = "") -> Response:
    return _everybody(visit, after=after)


@router.post(PEOPLE, **MAY_OPERATE)
def add(
    visit: Visiting,
    login: Login,
    name: Name,
    unit: UnitCode,
    verbs: Annotated[list[Verb], Form(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    password = passwords.generated()
    try:
        person = people.add_person(
            visit.shelf,
            visit.acting,
            login=login,
            name=name,
            unit=unit,
            roles=[Role(verb, unit) for verb in verbs],
            password=password,
        )
    except PeopleError as error:
        return _everybody(visit, error=error, typed={"login": login, "name": name, "unit": unit})
    return _one_time(visit, person, password)


@router.get(PEOPLE + "/{login}", **MAY_OPERATE)
def somebody(visit: Visiting, login: str) -> Response:
    return _somebody(visit, login)


@router.post(PEOPLE + "/{login}/sua", **MAY_OPERATE)
def change(visit: Visiting, login: str, name: Name, unit: UnitCode) -> Response:
    return _doing(
        visit, login, lambda: people.change_person(visit.shelf, visit.acting, login, name=name, unit=unit)
    )


@router.post(PEOPLE + "/{login}/quyen", **MAY_OPERATE)
def grant(visit: Visiting, login: str, verb: Annotated[Verb, Form()], unit: UnitCode) -> Response:
    return _doing(visit, login, lambda: people.grant(visit.shelf, visit.acting, login, Role(verb, unit)))


@router.post(PEOPLE + "/{login}/quyen/thu-hoi", **MAY_OPERATE)
def revoke(visit: Visiting, login: str, verb: Annotated[Verb, Form()], unit: UnitCode) -> Response:
    return _doing(visit, login, lambda: people.revoke(visit.shelf, visit.acting, login, Role(verb, unit)))


@router.post(PEOPLE + "/{login}/mat-khau", **MAY_OPERATE)
def reset(visit: Visiting, login: str) -> Response:
    password = passwords.generated()
    try:
        person = people.reset_password(visit.shelf, visit.acting, login, password)
    except PeopleError as error:
        return _somebody(visit, login, error=error)
    return _one_time(visit, person, password)


@router.post(PEOPLE + "/{login}/phien", **MAY_OPERATE)
def end_sessions(visit: Visiting, login: str) -> Response:
    return _doing(visit, login, lambda: people.end_sessions(visit.shelf, visit.acting, login))


@router.post(PEOPLE + "/{login}/khoa", **MAY_OPERATE)
def disable(visit: Visiting, login: str) -> Response:
    return _doing(visit, login, lambda: people.disable(visit.shelf, visit.acting, login))


@router.post(PEOPLE + "/{login}/mo-khoa", **MAY_OPERATE)
def enable(visit: Visiting, login: str) -> Response:
    return _doing(visit, login, lambda: people.enable(visit.shelf, visit.acting, login))


def _doing(visit: Visit, login: str, act: Callable[[], object]) -> Response:
    """Do it and show the person again, or say on their page why it was not done."""
    try:
        act()
    except NotAllowed:
        raise
    except PeopleError as error:
        return _somebody(visit, login, error=error)
    return RedirectResponse(f"{PEOPLE}/{quote(login, safe='')}", 303)


def _everybody(
    visit: Visit,
    *,
    after: str = "",
    error: PeopleError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    told = people_seen(visit, after=after, limit=AT_ONCE)
    known = told.units
    rows = [
        (person, known[person.unit].name, _roles(told.grants[person.id], known)) for person in told.people
    ]
    return visit.page(
        "account/people.html",
        status=200 if error is None else status_of(error),
        rows=rows,
        more=told.after,
        units=_choices(visit, known),
        verbs=[verb.value for verb in Verb],
        typed=typed or {"login": "", "name": "", "unit": visit.signed.person.unit},
        said=None if error is None else explain(error.reason, visit.lang),
    )


def _somebody(visit: Visit, login: str, *, error: PeopleError | None = None) -> Response:
    told = person_seen(visit, login)
    person, known = told.person, told.units
    return visit.page(
        "account/person.html",
        status=200 if error is None else status_of(error),
        person=person,
        unit=known[person.unit].name,
        roles=_roles(told.grants, known),
        sessions=told.sessions,
        itself=person.id == visit.signed.person.id,
        units=_choices(visit, known),
        verbs=[verb.value for verb in Verb],
        said=None if error is None else explain(error.reason, visit.lang),
    )


def _one_time(visit: Visit, person: Person, password: str) -> Response:
    return visit.page("account/one_time.html", headers=PRIVATE, person=person, password=password)


def _choices(visit: Visit, known: Mapping[str, Unit]) -> list[Branch]:
    """The units that whoever is there may put people into."""
    return branches(known, visit.signed.units(Verb.OPERATE), day_of(now()))


def _roles(grants: frozenset[Grant], known: Mapping[str, Unit]) -> list[tuple[str, str, str]]:
    """Verb, code and name of the unit; in the order of units, then of verbs."""
    return [(one.verb.value, one.unit, known[one.unit].name) for one in in_order(grants)]
