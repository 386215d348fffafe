"""What other programs read: robots, sitemap, Atom, OpenSearch; and the search box that others embed."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from domain.holdings import State
from domain.ids import Accession
from domain.ports import Criteria
from portal.access import EVERYONE
from portal.security import HEADERS
from portal.visits import Visit, Visiting

router = APIRouter()
OF_A_SITEMAP = 5_000  # items; the protocol allows 50,000 addresses
OF_THE_FEED = 50
_ACCESSION = re.compile(r"[0-9A-Z-]{1,60}", re.ASCII)
_AN_HOUR = {"cache-control": "public, max-age=3600"}

ROBOTS = """User-agent: *
Disallow: /tim
Disallow: /api/
Disallow: /can-bo/
Disallow: /van-hanh/
Disallow: /quan-tri/
Disallow: /sach/*/anh/
Disallow: /sach/*/toi
Disallow: /sach/*/trang/*?
Crawl-delay: 2

Sitemap: {site}/sitemap.xml
"""


@router.get("/robots.txt", include_in_schema=False, **EVERYONE)
def robots(visit: Visiting) -> Response:
    return PlainTextResponse(ROBOTS.format(site=visit.site), headers=_AN_HOUR)


@router.get("/sitemap.xml", include_in_schema=False, **EVERYONE)
def sitemaps(visit: Visiting) -> Response:
    """The index of the sitemaps; each tells of OF_A_SITEMAP items."""
    ends = visit.portal.kept.waymarks.get("waymarks", lambda: _waymarks(visit))
    return _xml(visit, "feeds/sitemaps.xml", "application/xml", ends=("0", *ends))


def _waymarks(visit: Visit) -> tuple[Accession, ...]:
    with visit.shelf.catalog.view() as seen:
        return tuple(seen.readers.waymarks(OF_A_SITEMAP))


@router.get("/sitemap/{after}.xml", include_in_schema=False, **EVERYONE)
def sitemap(visit: Visiting, after: str) -> Response:
    """Published items behind an accession, from the first for "0"."""
    if not _ACCESSION.fullmatch(after):
        raise HTTPException(404)
    asked = Criteria(states=frozenset({State.PUBLISHED}))
    with visit.shelf.catalog.view() as seen:
        found = seen.find_items(asked, after=Accession(after) if after != "0" else None, limit=OF_A_SITEMAP)
    return _xml(visit, "feeds/sitemap.xml", "application/xml", items=found.items)


@router.get("/moi.atom", include_in_schema=False, **EVERYONE)
def newest(visit: Visiting) -> Response:
    with visit.shelf.catalog.view() as seen:
        items = [item for item in seen.readers.newest(OF_THE_FEED) if item.published_at is not None]
    return _xml(visit, "feeds/newest.atom", "application/atom+xml", items=items)


@router.get("/opensearch.xml", include_in_schema=False, **EVERYONE)
def opensearch(visit: Visiting) -> Response:
    return _xml(visit, "feeds/opensearch.xml", "application/opensearchdescription+xml")


def _xml(visit: Visit, template: str, media_type: str, **shown: object) -> Response:
    text = visit.portal.templates.render(template, visit.lang, visit=visit, **shown)
    return Response(text, media_type=f"{media_type}; charset=utf-8", headers=_AN_HOUR)


@router.get("/nhung", include_in_schema=False, **EVERYONE)
def embedded(visit: Visiting, request: Request) -> Response:
    """The search box alone, for an <iframe> on any site; answers open in a window of their own."""
    policy = HEADERS["content-security-policy"].replace("frame-ancestors 'self'", "frame-ancestors *")
    headers = {"content-security-policy": policy, "cross-origin-resource-policy": "cross-origin"}
    return visit.page("reader/embedded.html", headers=headers, dark=request.query_params.get("nen") == "toi")
