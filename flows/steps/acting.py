"""Who does something to people and units, and whether they may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.errors import NotAllowed
from domain.people import Act, Grant, Person, Rights, Verb
from domain.ports import CatalogTransaction
from domain.values import Actor, Json

_NOTHING: Mapping[str, Json] = {}


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody at work; without rights it is the command line, whose user has the whole folder anyway."""

    actor: Actor
    now: dt.datetime  # UTC
    rights: Rights | None = None
    address: str = ""

    def need(self, verb: Verb, unit: str) -> None:
        """Raises NotAllowed."""
        if self.rights is not None and not self.rights.may(verb, unit):
            raise NotAllowed(verb=verb.value, unit=unit)

    def need_above(self, person: Person, grants: Collection[Grant]) -> None:
        """That they may change that person. Raises NotAllowed."""
        if self.rights is not None and not self.rights.may_administer(person, grants):
            raise NotAllowed(verb=Verb.OPERATE.value, unit=person.unit)

    def note(
        self, changes: CatalogTransaction, action: str, subject: str, details: Mapping[str, Json] = _NOTHING
    ) -> None:
        """Keep what was done, in the transaction that does it."""
        person_id = None if self.rights is None else self.rights.person.id
        changes.people.note(
            Act(self.now, self.actor, action, subject, self.address, dict(details), person_id)
        )


def acting(rights: Rights, *, address: str, now: dt.datetime) -> Acting:
    return Acting(rights.person.actor, now, rights, address)
