"""What a page is given: the shelf, and who asks for it in which language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from config.messages import Lang, sentence
from config.settings import Settings
from domain.errors import NotAllowed, TooManyReports
from domain.people import Rights, Verb, day_of
from domain.ports import Shelf
from domain.values import Json
from flows.steps.acting import Acting
from flows.steps.throttle import network
from portal import signing
from portal.operate.watch import Watch
from portal.pages import Templates
from portal.readers.kept import Kept
from portal.shares import Shares

LONGEST_LANGUAGES = 200  # characters of Accept-Language that are looked at
_QUALITY = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.ASCII)
Theme = Literal["auto", "light", "dark"]
LANG_COOKIE, THEME_COOKIE = "tusach_lang", "tusach_theme"


REPORTS_A_DAY = 40  # of errors in texts, by readers of one network


class Portal:
    """One installation's portal; shared by the threads that answer."""

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self.settings, self.shelf = settings, shelf
        self.templates = Templates()
        self.watch = Watch(settings, shelf)
        self.kept = Kept.of(settings)
        self.reports = Shares(REPORTS_A_DAY)

    def name(self, lang: Lang) -> str:
        """What stands over every page."""
        return self.settings.shelf_name or sentence("portal.name", lang)


@dataclass(frozen=True)
class Visit:
    """One request."""

    request: Request
    portal: Portal
    lang: Lang
    theme: Theme

    @property
    def shelf(self) -> Shelf:
        return self.portal.shelf

    @cached_property
    def site(self) -> str:
        """Scheme and host as readers reach us, without a slash at the end."""
        return self.portal.settings.portal_url or str(self.request.base_url).rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether the reader's browser reaches us by encryption."""
        return self.site.startswith("https:")

    @cached_property
    def rights(self) -> Rights | None:
        """Of whoever is signed in; asked for once in a request."""
        return signing.rights_of(self.request, self.shelf, secure=self.secure)

    @cached_property
    def signed(self) -> Rights:
        """The same on a page whose route asks for somebody signed in. Raises NotAllowed otherwise."""
        if self.rights is None:
            raise NotAllowed(verb=Verb.ACCESS.value, unit="")
        return self.rights

    @cached_property
    def acting(self) -> Acting:
        """Who does something on this page, for steps that change people or units."""
        visitor = signing.visitor(self.request)
        return Acting(self.signed.person.actor, visitor.now, self.signed, visitor.address)

    def check_share(self, shares: Shares) -> None:
        """That the visitor's network has not done that too often today. Raises TooManyReports."""
        visitor = signing.visitor(self.request)
        if not shares.take(network(visitor.address), day_of(visitor.now)):
            raise TooManyReports(limit=shares.most)

    def may(self, verb: str, unit: str | None = None) -> bool:
        """Whether whoever is there may do that in the unit; without one, anywhere. For templates too."""
        if self.rights is None or self.rights.person.must_change_password:
            return False
        asked = Verb(verb)
        return self.rights.anywhere(asked) if unit is None else self.rights.may(asked, unit)

    def need(self, verb: Verb, unit: str) -> None:
        """Raises NotAllowed."""
        if not self.may(verb, unit):
            raise NotAllowed(verb=verb.value, unit=unit)

    @cached_property
    def form_token(self) -> str:
        """For every form of somebody signed in: ``parts/token.html``. Scripts send it as X-Form-Token."""
        return signing.form_token(signing.secret_of(self.request, secure=self.secure))

    @property
    def back(self) -> str:
        """The path and question of this page, for a form that leads back to it."""
        asked = self.request.url.query
        return f"{self.request.url.path}?{asked}" if asked else self.request.url.path

    def words(self, code: str, /, **fields: Json) -> str:
        return sentence(code, self.lang, fields)

    def page(
        self, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **shown: object
    ) -> HTMLResponse:
        """A template with the values it names; nothing else is known in it but ``visit``."""
        return HTMLResponse(
            self.portal.templates.render(template, self.lang, visit=self, **shown), status, headers
        )


def visit_of(request: Request) -> Visit:
    portal: Portal = request.app.state.portal
    return Visit(request, portal, lang_of(request), _theme(request.cookies.get(THEME_COOKIE)))


def lang_of(request: HTTPConnection) -> Lang:
    """What the reader chose; for programs what they ask for, or else Vietnamese."""
    if request.scope["path"].startswith(signing.API) and LANG_COOKIE not in request.cookies:
        return _preferred(request.headers.get("accept-language", ""))
    return "en" if request.cookies.get(LANG_COOKIE) == "en" else "vi"


def _preferred(said: str) -> Lang:
    """English where it weighs more than Vietnamese: "en, vi;q=0.8"."""
    weights = {"vi": 0.0, "en": 0.0}
    for part in said[:LONGEST_LANGUAGES].split(","):
        name, _, weight = part.strip().partition(";")
        lang = name.strip().lower().partition("-")[0]
        if lang in weights:
            weights[lang] = max(weights[lang], _weight(weight))
    return "en" if weights["en"] > weights["vi"] else "vi"


def _weight(said: str) -> float:
    found = _QUALITY.fullmatch(said.strip())
    return float(found[1]) if found else float(not said.strip())


def _theme(said: str | None) -> Theme:
    return said if said in ("light", "dark") else "auto"  # type: ignore[return-value]


Visiting = Annotated[Visit, Depends(visit_of)]
"""``def page(visit: Visiting) -> Response`` for a page that everyone may see."""
