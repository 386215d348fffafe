"""Numbers by day, unit and type, as a page and as CSV."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.errors import FieldNotValid
from domain.figures import Milestone
from domain.people import day_of
from portal.access import MAY_OPERATE
from portal.operate.numbers import CHART, MOST_DAYS, numbers_csv, numbers_of
from portal.operate.scope import narrowed, units_of
from portal.peopled import unit_names
from portal.visits import Visiting

NUMBERS = "/van-hanh/so-lieu"
USUAL_DAYS = 30
YEARS = range(1900, 2200)  # far enough from where calendars end

router = APIRouter()

First = Annotated[dt.date | None, Query(alias="tu")]
Last = Annotated[dt.date | None, Query(alias="den")]
Unit = Annotated[str, Query(alias="don-vi", max_length=80)]


@router.get(NUMBERS, include_in_schema=False, **MAY_OPERATE)
def numbers(visit: Visiting, first: First = None, last: Last = None, unit: Unit = "") -> Response:
    since, until = days_of(first, last)
    with visit.shelf.catalog.view() as seen:
        names, mine = unit_names(seen), units_of(visit)
    return visit.page(
        "operate/numbers.html",
        numbers=numbers_of(
            visit.portal.watch.tallies.of(since, until, narrowed(visit, unit)),
            since,
            until,
            names,
            visit.lang,
        ),
        unit=unit,
        units=sorted(
            ((one, name) for one, name in names.items() if mine is None or one in mine),
            key=lambda told: told[1],
        ),
        milestones=[*Milestone],
        chart=CHART,
    )


@router.get(f"{NUMBERS}.csv", include_in_schema=False, **MAY_OPERATE)
def numbers_file(visit: Visiting, first: First = None, last: Last = None, unit: Unit = "") -> Response:
    since, until = days_of(first, last)
    done = visit.portal.watch.tallies.of(since, until, narrowed(visit, unit))
    heads = [visit.words(f"operate.numbers.{name}") for name in ("day", "unit", "type")]
    for one in Milestone:
        heads += [visit.words(f"operate.numbers.{one}_{what}") for what in ("titles", "pages")]
    name = f"so-lieu-{since.isoformat()}-{until.isoformat()}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(numbers_csv(done, heads), media_type="text/csv; charset=utf-8", headers=headers)


def days_of(first: dt.date | None, last: dt.date | None) -> tuple[dt.date, dt.date]:
    """The days asked for; the last USUAL_DAYS otherwise.

    Raises FieldNotValid for more than MOST_DAYS, or a year that is not in YEARS.
    """
    until = last or day_of(dt.datetime.now(dt.UTC))
    if until.year not in YEARS:
        raise FieldNotValid(field="den", value=until.isoformat(), expected=f"{YEARS[0]}–{YEARS[-1]}")
    since = first or until - dt.timedelta(days=USUAL_DAYS - 1)
    if since.year not in YEARS or not 0 <= (until - since).days < MOST_DAYS:
        raise FieldNotValid(field="tu", value=since.isoformat(), expected=f"1–{MOST_DAYS}")
    return since, until
