"""People, the units they belong to, and what they may do there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from domain.values import Actor, Json

PersonId = NewType("PersonId", str)  # opaque, for ever: 32 hexadecimal digits

ROOT = "default"  # the unit that is there from the start; every other stands below it
ALWAYS = dt.date.min  # valid from the start, whenever that was
LOCAL = dt.timezone(dt.timedelta(hours=7))  # Asia/Ho_Chi_Minh: the days that decisions on units mean


class Verb(StrEnum):
    """What a role allows, on a unit and all below it (the four permission groups of the plans)."""

    UPDATE = "update"  # upload, describe
    MANAGE = "manage"  # select, approve, publish, withdraw, plan
    OPERATE = "operate"  # runs, retries, storage, people, units, settings in force
    ACCESS = "access"  # see what is not published, and return it with a reason


def new_person_id() -> PersonId:
    return PersonId(uuid.uuid4().hex)


def new_id() -> str:
    """For sessions and tokens: names them, opens nothing."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation unit as it was called and placed for a time; a code may have several such times."""

    code: str  # 1 to 80 characters, NFC; what ``Actor.unit`` says
    name: str
    parent: str | None = ROOT  # a code; None for the root alone
    valid_from: dt.date = ALWAYS
    valid_to: dt.date | None = None  # the last day; None: still


@dataclass(frozen=True, slots=True)
class Person:
    id: PersonId
    login: str  # small letters
    name: str
    unit: str
    disabled: bool
    must_change_password: bool
    created_at: dt.datetime  # UTC

    @property
    def actor(self) -> Actor:
        """Who they are in batches, items, provenance and acts."""
        return Actor(name=self.login, unit=self.unit)


@dataclass(frozen=True, slots=True)
class Grant:
    person_id: PersonId
    verb: Verb
    unit: str  # and all below it


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. The secret that opens it is in the browser alone."""

    id: str
    person_id: PersonId
    created_at: dt.datetime  # UTC
    seen_at: dt.datetime  # UTC, true to a minute
    expires_at: dt.datetime  # UTC, whatever happens
    address: str  # from where
    agent: str  # what the browser calls itself


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A person's key for programs: their rights, of the verbs in ``scopes`` alone."""

    id: str
    person_id: PersonId
    name: str
    scopes: frozenset[Verb]
    created_at: dt.datetime  # UTC
    last_used_at: dt.datetime | None  # UTC, true to a minute
    expires_at: dt.datetime | None  # UTC


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did, or tried; kept for ever."""

    at: dt.datetime  # UTC
    actor: Actor
    action: str  # "signed_in", "person_added", …
    subject: str  # a login, a unit's code, an accession; "" without one
    address: str  # from where; "" for the command line
    details: Mapping[str, Json] = field(default_factory=dict)
    person_id: PersonId | None = None  # who did it; None for the command line and for strangers
    id: int | None = None  # given by the catalogue, in the order of keeping


@dataclass(frozen=True, slots=True)
class ActCriteria:
    """Which acts to list; None asks for all."""

    actor: str | None = None
    units: Collection[str] | None = None  # of who did it
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """Sign-ins in a row that failed for one account or from one address."""

    count: int
    last_at: dt.datetime  # UTC


def day_of(moment: dt.datetime) -> dt.date:
    """The day that it is there where the units are."""
    return moment.astimezone(LOCAL).date()


def units_on(units: Iterable[Unit], day: dt.date) -> dict[str, Unit]:
    """Each code as it is on that day; one that has ended as it was last, one to come as it begins.

    What a unit left behind stays somebody's: an ended unit keeps its place in the tree.
    """
    found: dict[str, Unit] = {}
    for unit in sorted(units, key=lambda unit: (unit.code, unit.valid_from)):
        if unit.valid_from <= day or unit.code not in found:
            found[unit.code] = unit
    return found


def in_force(unit: Unit, day: dt.date) -> bool:
    return unit.valid_from <= day and (unit.valid_to is None or day <= unit.valid_to)


def upwards(code: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """The unit and those above it, up to the root; one that is not known stands right below the root."""
    seen: set[str] = set()
    at: str | None = code
    while at is not None and at not in seen:  # a circle, should one ever come about, is walked once
        seen.add(at)
        yield at
        at = parents.get(at, ROOT if at != ROOT else None)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a person may do. Any verb on a unit lets them see what is there, so that it implies access."""

    person: Person
    grants: frozenset[Grant]
    parents: Mapping[str, str | None]  # of every unit, as it is today
    scopes: frozenset[Verb] | None = None  # of the token they came with; None for a session: all
    session_id: str | None = None  # of the session they came with

    def may(self, verb: Verb, unit: str) -> bool:
        held = self._held(verb)
        return any(above in held for above in upwards(unit, self.parents))

    def units(self, verb: Verb) -> frozenset[str]:
        """Every unit where they may."""
        held = self._held(verb)
        if not held:
            return frozenset()
        known = {*self.parents, *(grant.unit for grant in self.grants)}
        return frozenset(
            code for code in known if any(above in held for above in upwards(code, self.parents))
        )

    def anywhere(self, verb: Verb) -> bool:
        """Whether there is a unit where they may."""
        return bool(self._held(verb))

    def everywhere(self, verb: Verb) -> bool:
        return ROOT in self._held(verb)

    def may_administer(self, person: Person, grants: Collection[Grant]) -> bool:
        """Whether they may change that person: they must be above all that the person can do.

        Otherwise whoever sets a password of a unit would come by rights on others.
        """
        units = {person.unit, *(grant.unit for grant in grants)}
        return all(self.may(Verb.OPERATE, unit) for unit in units)

    def _held(self, verb: Verb) -> frozenset[str]:
        wanted = frozenset(Verb) if verb is Verb.ACCESS else frozenset({verb})
        if self.scopes is not None:
            wanted &= self.scopes
        return frozenset(grant.unit for grant in self.grants if grant.verb in wanted)
