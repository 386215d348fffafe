"""Keys for programs, of the people at the desks."""

from __future__ import annotations

import datetime as dt

import httpx

from domain.people import Verb
from domain.ports import Shelf
from flows.steps.people import add_token
from tests.flows.steps.people import by, signed_in


def key_of(shelf: Shelf, login: str, *scopes: Verb) -> str:
    """A key of that person for a month, in these verbs; without any in all of them."""
    at = dt.datetime.now(dt.UTC)
    rights = signed_in(shelf, login, at=at)
    secret, _ = add_token(shelf, by(rights, at=at), name="thử", scopes=scopes or [*Verb], days=30)
    return secret


def program(base: str, key: str, *, lang: str = "vi") -> httpx.Client:
    """What asks with a key; without one, "", as anybody may."""
    headers = {"accept-language": lang} | ({"authorization": f"Bearer {key}"} if key else {})
    return httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=60)
