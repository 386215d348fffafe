"""Language and colours, kept in cookies that say nothing of a person."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse

from portal.access import EVERYONE
from portal.visits import LANG_COOKIE, THEME_COOKIE, Theme, Visiting

YEAR = 365 * 24 * 3600  # seconds

router = APIRouter()


@router.post("/tuy-chon", include_in_schema=False, **EVERYONE)
def choose(
    visit: Visiting,
    back: Annotated[str, Form(max_length=4_000)] = "/",
    chosen_lang: Annotated[Literal["vi", "en"] | None, Form(alias="lang")] = None,
    theme: Annotated[Theme | None, Form()] = None,
) -> RedirectResponse:
    """Keep a choice and go back to the page it was made on."""
    answer = RedirectResponse(inside(back), 303)
    secure = visit.site.startswith("https:")
    for name, value in ((LANG_COOKIE, chosen_lang), (THEME_COOKIE, theme)):
        if value is not None:
            answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


def inside(path: str) -> str:
    """The path where it is one of this site; "/" for what could lead elsewhere."""
    leads_away = not path.startswith("/") or path[1:2] in ("/", "\\") or not path.isprintable()
    return "/" if leads_away else path
