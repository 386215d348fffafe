"""For operators: the people and units that they administer."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Path, Query

from domain.people import Grant, Person, Verb, day_of, in_force
from flows.steps.people import LONGEST_LOGIN
from flows.steps.units import LONGEST_CODE
from portal.access import MAY_OPERATE
from portal.peopled import in_order, people_seen, person_seen, units_today
from portal.routes.acts import LATEST, action_word, acts_seen, details
from portal.routes.api.account import Role
from portal.routes.api.shapes import TO_PEOPLE, V1, After, Limit, Plain, Told
from portal.signing import now
from portal.visits import Visiting

router = APIRouter(prefix=V1, tags=["people"], responses=TO_PEOPLE)


class OnePerson(Told):
    login: str
    name: str
    unit: str
    roles: list[Role]  # each holds for its unit and all below it
    disabled: bool
    must_change_password: bool


class People(Told):
    people: list[OnePerson]
    after: str | None  # pass it to go on; null at the end


class OneUnit(Told):
    code: str
    name: str
    parent: str | None
    valid_to: dt.date | None  # the last day; null: still
    in_force: bool  # today


class Units(Told):
    units: list[OneUnit]


@router.get("/people", **MAY_OPERATE)
def people(visit: Visiting, after: After = "", limit: Limit = 50) -> People:
    """The people of the units that the asker operates, in the order of their logins."""
    told = people_seen(visit, after=after, limit=limit)
    return People(people=[_person(one, told.grants[one.id]) for one in told.people], after=told.after)


def _person(one: Person, grants: frozenset[Grant]) -> OnePerson:
    return OnePerson(
        login=one.login,
        name=one.name,
        unit=one.unit,
        roles=[Role(verb=grant.verb, unit=grant.unit) for grant in in_order(grants)],
        disabled=one.disabled,
        must_change_password=one.must_change_password,
    )


@router.get("/people/{login}", **MAY_OPERATE)
def person(visit: Visiting, login: Annotated[str, Path(max_length=LONGEST_LOGIN), Plain]) -> OnePerson:
    told = person_seen(visit, login)
    return _person(told.person, told.grants)


@router.get("/units", **MAY_OPERATE)
def units(visit: Visiting) -> Units:
    """The units that the asker operates, as they are today."""
    mine = visit.signed.units(Verb.OPERATE)
    with visit.shelf.catalog.view() as seen:
        known = units_today(seen)
    return Units(
        units=[
            OneUnit(
                code=one.code,
                name=one.name,
                parent=one.parent,
                valid_to=one.valid_to,
                in_force=in_force(one, day_of(now())),
            )
            for code, one in sorted(known.items())
            if code in mine
        ]
    )


class OneAct(Told):
    id: int
    at: dt.datetime
    by: str
    unit: str
    action: str  # its code
    what: str  # in words
    subject: str  # a login, a unit, an accession
    details: list[str]


class Acts(Told):
    acts: list[OneAct]
    before: int | None  # pass it to go on; null at the end


@router.get("/acts", **MAY_OPERATE)
def acts(
    visit: Visiting,
    actor: Annotated[str, Query(max_length=200), Plain] = "",
    unit: Annotated[str, Query(max_length=LONGEST_CODE), Plain] = "",
    action: Annotated[str, Query(max_length=80), Plain] = "",
    before: Annotated[int | None, Query(ge=1, le=LATEST)] = None,
    limit: Limit = 50,
) -> Acts:
    """Who did what to people, roles, units, doors and the shelf, the latest first."""
    found = acts_seen(visit, actor, unit, action, before=before, limit=limit + 1)
    return Acts(
        acts=[
            OneAct(
                id=one.id or 0,
                at=one.at,
                by=one.actor.name,
                unit=one.actor.unit,
                action=one.action,
                what=action_word(one.action, visit.lang),
                subject=one.subject,
                details=details(one, visit.lang),
            )
            for one in found[:limit]
        ],
        before=found[limit - 1].id if len(found) > limit else None,
    )
