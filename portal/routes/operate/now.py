"""What goes on now; the part below the heading comes again every few seconds."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from flows.runs import only_on_its_machine, page_of
from portal.access import MAY_OPERATE
from portal.operate.now import now_of
from portal.operate.scope import units_of
from portal.operate.watch import runner_address
from portal.visits import Visit, Visiting

HOME = "/van-hanh"

router = APIRouter()


@router.get(HOME, include_in_schema=False, **MAY_OPERATE)
def now(visit: Visiting) -> Response:
    return _page(visit, "operate/now.html")


@router.get(f"{HOME}/luc-nay", include_in_schema=False, **MAY_OPERATE)
def part(visit: Visiting) -> Response:
    return _page(visit, "operate/parts/now.html")


def _page(visit: Visit, template: str) -> Response:
    units = units_of(visit)
    return visit.page(
        template,
        now=now_of(visit.shelf, units, visit.lang),
        parts=visit.portal.watch.parts() if units is None else None,
        pages=runner_pages(visit),
    )


def runner_pages(visit: Visit, run_id: str | None = None) -> tuple[str, bool]:
    """Where Prefect's own page is, and whether whoever looks can open it from where they are.

    Prefect of one folder listens on its machine alone; whoever sits there reaches us by the same name.
    """
    address = runner_address(visit.portal.settings)
    here = visit.request.url.hostname in ("127.0.0.1", "localhost", "::1")
    return page_of(address, run_id), here or not only_on_its_machine(address)
