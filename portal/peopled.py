"""The people whom an operator administers, for the pages and for the API alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import NotAllowed
from domain.people import Grant, Person, PersonId, Unit, Verb, day_of, units_on
from domain.ports import CatalogTransaction
from flows.steps.people import person_called
from portal.signing import now
from portal.visits import Visit


@dataclass(frozen=True, slots=True)
class PeopleSeen:
    people: Sequence[Person]
    grants: Mapping[PersonId, frozenset[Grant]]
    units: Mapping[str, Unit]  # as they are today
    after: str | None  # the login to go on from; None at the end


@dataclass(frozen=True, slots=True)
class PersonSeen:
    person: Person
    grants: frozenset[Grant]
    sessions: int
    units: Mapping[str, Unit]


def people_seen(visit: Visit, *, after: str, limit: int) -> PeopleSeen:
    """Those of the units that the visitor operates, in the order of their logins."""
    mine = visit.signed.units(Verb.OPERATE)
    with visit.shelf.catalog.view() as seen:
        found = seen.people.persons(units=mine, after=after or None, limit=limit + 1)
        shown = found[:limit]
        grants = seen.people.grants([person.id for person in shown])
        known = units_today(seen)
    return PeopleSeen(shown, grants, known, shown[-1].login if len(found) > limit else None)


def person_seen(visit: Visit, login: str) -> PersonSeen:
    """Raises PersonNotFound; NotAllowed for somebody whom the visitor does not administer."""
    with visit.shelf.catalog.view() as seen:
        person = person_called(seen, login)
        held = seen.people.grants([person.id])[person.id]
        sessions = len(seen.people.sessions(person.id))
        known = units_today(seen)
    if not visit.signed.may_administer(person, held):
        raise NotAllowed(verb=Verb.OPERATE.value, unit=known[person.unit].name)
    return PersonSeen(person, held, sessions, known)


def units_today(seen: CatalogTransaction) -> dict[str, Unit]:
    return units_on(seen.people.units(), day_of(now()))


def unit_names(seen: CatalogTransaction) -> Mapping[str, str]:
    """What each unit is called today."""
    return {code: unit.name or code for code, unit in units_today(seen).items()}


def in_order(grants: Iterable[Grant]) -> list[Grant]:
    """By unit, then as the verbs are told."""
    order = list(Verb)
    return sorted(grants, key=lambda one: (one.unit, order.index(one.verb)))
