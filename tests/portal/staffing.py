"""People who send files: entered in the catalogue, with a session of their own."""

from __future__ import annotations

from dataclasses import dataclass

from domain.people import Person
from domain.ports import Shelf
from flows.steps.sign_in import Visit, open_session
from portal.signing import FORM_HEADER, cookie_name, form_token, now
from tests.flows.steps.people import add


@dataclass(frozen=True, slots=True)
class Staff:
    person: Person
    secret: str

    @property
    def cookie(self) -> dict[str, str]:
        return {cookie_name(secure=False): self.secret}

    @property
    def word(self) -> dict[str, str]:
        """What scripts of our pages say with everything that they change."""
        return {FORM_HEADER: form_token(self.secret)}


def hire(shelf: Shelf, login: str, *roles: str, unit: str) -> Staff:
    """A person with these roles who is signed in."""
    person = add(shelf, login, *roles, unit=unit)
    with shelf.catalog.begin() as changes:
        signed = open_session(changes, person, Visit("127.0.0.1", now()), how="test")
    return Staff(person, signed.secret)
