"""Searching all books, and what one may be about to type."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from domain.errors import QueryNotUnderstood
from domain.queries import SearchResult
from flows.steps.find import find
from portal.access import EVERYONE
from portal.readers.asked import LAST_PAGE, LONGEST, SORTS, Asked
from portal.readers.results import choices, found_items, pictured_items, turns
from portal.routes.api.shapes import TO_READERS, V1, Plain, Told
from portal.visits import Visit, Visiting

router = APIRouter()
SUGGESTIONS = 8
SUGGESTED_FROM = 2  # characters


@router.get("/tim", include_in_schema=False, **EVERYONE)
def search(visit: Visiting, request: Request) -> Response:
    asked = Asked.of(request.query_params)
    if not asked.text:
        return _page(visit, asked, SearchResult("", 0), wrong="", status=200)
    try:
        return _page(visit, asked, find(visit.shelf, asked.query), wrong="", status=200)
    except QueryNotUnderstood:
        wrong = visit.words("reader.results.not_understood", query=asked.text)
        return _page(visit, asked, SearchResult(asked.text, 0), wrong=wrong, status=422)


def _page(visit: Visit, asked: Asked, result: SearchResult, *, wrong: str, status: int) -> Response:
    pictured = pictured_items(visit.shelf, result) if result.items else {}
    written, meant = result.with_diacritics, result.did_you_mean
    return visit.page(
        "reader/results.html",
        status=status,
        asked=asked,
        total=result.total,
        wrong=wrong,
        found=found_items(result, pictured, visit.lang),
        choices=choices(result.facets, asked, visit.lang),
        written=written,
        written_address=asked.address(text=f'"{written}"') if written and '"' not in written else None,
        meant=meant,
        meant_address=asked.address(text=meant) if meant else None,
        plain_address=Asked(asked.text).address(),
        sorts=tuple(SORTS),
        turns=turns(asked, result.total, LAST_PAGE),
    )


class Suggestions(Told):
    suggestions: list[str]


@router.get(f"{V1}/goi-y", tags=["readers"], responses=TO_READERS, **EVERYONE)
def suggest(
    visit: Visiting, answer: Response, q: Annotated[str, Query(max_length=LONGEST), Plain] = ""
) -> Suggestions:
    """Titles with words that begin as the text does, and legal numbers that do; at most 8."""
    typed = q.strip()
    found = visit.shelf.index.complete(typed, limit=SUGGESTIONS) if len(typed) >= SUGGESTED_FROM else ()
    answer.headers["cache-control"] = "public, max-age=300"
    return Suggestions(suggestions=[one.text for one in found])
