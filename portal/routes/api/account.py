"""For whoever holds a key: whose it is."""

from __future__ import annotations

from fastapi import APIRouter

from domain.people import Verb
from portal.access import SIGNED_IN
from portal.routes.api.shapes import TO_PEOPLE, V1, Told
from portal.visits import Visiting

router = APIRouter(prefix=V1, tags=["account"], responses=TO_PEOPLE)


class Role(Told):
    verb: Verb
    unit: str


class Account(Told):
    login: str
    name: str
    unit: str
    roles: list[Role]
    scopes: list[Verb] | None  # of the token that asks; null for a session: all


@router.get("/account", **SIGNED_IN)
def whoami(visit: Visiting) -> Account:
    """Who asks, their roles (each holds for its unit and all below it), and what the token leaves of them."""
    rights = visit.signed
    roles = sorted(rights.grants, key=lambda grant: (grant.unit, grant.verb))
    return Account(
        login=rights.person.login,
        name=rights.person.name,
        unit=rights.person.unit,
        roles=[Role(verb=grant.verb, unit=grant.unit) for grant in roles],
        scopes=None if rights.scopes is None else sorted(rights.scopes),
    )
