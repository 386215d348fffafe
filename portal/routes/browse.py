"""The front page, the catalogue by kind, field and year, and leaflets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from config.messages import Lang
from domain.ids import Accession
from domain.queries import Facet
from domain.readers_ledger import Browsed
from flows.steps.leaf import leaf
from portal.access import EVERYONE
from portal.readers.addresses import pages_of
from portal.readers.asked import LONGEST_VALUE, whole
from portal.readers.cards import LEAFLET, cards
from portal.readers.front import Front, Shelfmark
from portal.readers.panels import MOST_PAGES, Panel, in_folded_order, panels
from portal.readers.published import Published
from portal.readers.results import capital, type_label
from portal.visits import Visit, Visiting

router = APIRouter()
NEWEST, LEAFLETS, PER_PAGE = 10, 6, 24
SUBJECTS = 16
_ACCESSION = re.compile(r"[0-9A-Z-]{1,60}", re.ASCII)


@router.get("/", include_in_schema=False, **EVERYONE)
def home(visit: Visiting) -> Response:
    front = visit.portal.kept.fronts.get(visit.lang, lambda: _front(visit))
    return visit.page("reader/home.html", front=front)


def _front(visit: Visit) -> Front:
    with visit.shelf.catalog.view() as seen:
        readers = seen.readers
        fields = _most_frequent(readers.shown_by(Facet.FIELD))[:SUBJECTS]
        kinds = _most_frequent(readers.shown_by(Facet.TYPE))
        leaflets = readers.browse(Browsed(resource_type=LEAFLET), before=None, limit=LEAFLETS).items
        return Front(
            subjects=tuple(
                Shelfmark(capital(value), count, _address(field=value)) for value, count in fields
            ),
            kinds=tuple(
                Shelfmark(type_label(value, visit.lang), count, _address(kind=value))
                for value, count in kinds
            ),
            newest=cards(seen, readers.newest(NEWEST), visit.lang),
            leaflets=cards(seen, leaflets, visit.lang),
        )


def _most_frequent(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _address(
    *, kind: str | None = None, field: str | None = None, year: int | None = None, on: str = ""
) -> str:
    """``on``: the accession that a list goes on behind."""
    asked = {"loai": kind, "linh-vuc": field, "nam": year, "sau": on}
    said = urlencode({name: value for name, value in asked.items() if value})
    return f"/danh-muc{'?' if said else ''}{said}"


@router.get("/danh-muc", include_in_schema=False, **EVERYONE)
def catalogue(visit: Visiting, request: Request) -> Response:
    """Published items by kind, field of law and year, the latest accession first."""
    said = request.query_params
    kind = said.get("loai", "")[:LONGEST_VALUE] or None
    field = said.get("linh-vuc", "")[:LONGEST_VALUE] or None
    year = whole(said.get("nam", ""), most=9_999)
    before = said.get("sau", "")
    asked = Browsed(kind, field, year)
    counted = visit.portal.kept.counts.get("browsed", lambda: _counted(visit))
    with visit.shelf.catalog.view() as seen:
        found = seen.readers.browse(
            asked, before=Accession(before) if _ACCESSION.fullmatch(before) else None, limit=PER_PAGE
        )
        shown = cards(seen, found.items, visit.lang)
    return visit.page(
        "reader/catalogue.html",
        cards=shown,
        chosen=[one for one in (kind and type_label(kind, visit.lang), field, year and str(year)) if one],
        groups=_groups(counted, asked, visit.lang),
        begun=bool(before),
        first=_address(kind=kind, field=field, year=year),
        more=_address(kind=kind, field=field, year=year, on=found.before) if found.before else None,
    )


def _counted(visit: Visit) -> Mapping[Facet, Mapping[str, int]]:
    with visit.shelf.catalog.view() as seen:
        return {facet: seen.readers.shown_by(facet) for facet in (Facet.TYPE, Facet.FIELD, Facet.YEAR)}


def _groups(
    counted: Mapping[Facet, Mapping[str, int]], asked: Browsed, lang: Lang
) -> tuple[tuple[str, tuple[Shelfmark, ...]], ...]:
    """Of each facet its values; choosing one keeps what is chosen of the others, once more lets go."""

    def mark(label: str, count: int, chosen: bool, **now: object) -> Shelfmark:
        kept = {"kind": asked.resource_type, "field": asked.field, "year": asked.year} | now
        return Shelfmark(label, count, _address(**kept), chosen)  # type: ignore[arg-type]

    kinds = [
        mark(
            type_label(value, lang),
            count,
            value == asked.resource_type,
            kind=_other(value, asked.resource_type),
        )
        for value, count in _most_frequent(counted[Facet.TYPE])
    ]
    fields = [
        mark(capital(value), count, value == asked.field, field=_other(value, asked.field))
        for value, count in _most_frequent(counted[Facet.FIELD])[:60]
    ]
    years = [
        mark(value, count, value == str(asked.year), year=None if value == str(asked.year) else int(value))
        for value, count in sorted(counted[Facet.YEAR].items(), reverse=True)
    ]
    groups = (("type", tuple(kinds)), ("field", tuple(fields)), ("year", tuple(years)))
    return tuple(group for group in groups if group[1])


def _other(value: str, chosen: str | None) -> str | None:
    return None if value == chosen else value


@router.get("/to-gap", include_in_schema=False, **EVERYONE)
def leaflets(visit: Visiting, request: Request) -> Response:
    before = request.query_params.get("sau", "")
    with visit.shelf.catalog.view() as seen:
        found = seen.readers.browse(
            Browsed(resource_type=LEAFLET),
            before=Accession(before) if _ACCESSION.fullmatch(before) else None,
            limit=PER_PAGE,
        )
        shown = cards(seen, found.items, visit.lang)
    more = f"/to-gap?{urlencode({'sau': found.before})}" if found.before else None
    return visit.page("reader/leaflets.html", cards=shown, more=more)


@router.get("/to-gap/{accession}", include_in_schema=False, **EVERYONE)
def leaflet(visit: Visiting, item: Published) -> Response:
    """A leaflet panel by panel, as it is folded. Whatever else is asked for so has its own page."""
    if item.resource_type != LEAFLET:
        raise HTTPException(404)
    sheets: list[tuple[Panel, ...]] = []
    for number in range(1, min(pages_of(item), MOST_PAGES) + 1):
        found = leaf(visit.shelf, item.id, number)
        if found is not None:
            sheets.append(panels(found))
    return visit.page("reader/leaflet.html", item=item, panels=in_folded_order(sheets))
