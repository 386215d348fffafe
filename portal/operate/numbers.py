"""Numbers by day, unit and type: tables, charts drawn here, and a CSV for whoever reckons on."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.messages import Lang
from domain.figures import Done, Milestone
from domain.records import RESOURCE_TYPES
from portal.cells import plain_cell
from portal.operate.tallies import Tally

MOST_DAYS = 366
MOST_ROWS = 60  # units, and types, that are told one by one; the rest is summed up
REST = ""  # the key of that sum
CHART = (720, 160)  # width and height of a chart's bars, in its own units
_GAP = 0.2  # of a bar's place


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one day, unit or type: titles and pages by milestone."""

    key: str
    name: str
    titles: Mapping[Milestone, int]
    pages: Mapping[Milestone, int]

    @property
    def day(self) -> dt.date:
        """Of the sums of a day."""
        return dt.date.fromisoformat(self.key)

    @property
    def anything(self) -> bool:
        return any(self.titles.values())


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    day: dt.date
    pages: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Pages by day at one milestone."""

    milestone: Milestone
    bars: Sequence[Bar]
    highest: int
    total: int


@dataclass(frozen=True, slots=True)
class Numbers:
    first: dt.date
    last: dt.date
    total: Sums
    days: Sequence[Sums]  # every day, the latest first
    units: Sequence[Sums]  # those with the most pages first
    types: Sequence[Sums]
    charts: Sequence[Chart]


def numbers_of(done: Tally, first: dt.date, last: dt.date, names: Mapping[str, str], lang: Lang) -> Numbers:
    """``names`` are those of the units by their codes."""
    place = ("vi", "en").index(lang)
    types = {code: labels[place] for code, labels in RESOURCE_TYPES.items()}
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    by_day = _sums(done, lambda one: one.day.isoformat())
    return Numbers(
        first=first,
        last=last,
        total=_sums(done, lambda _: "").get("", _nothing("")),
        days=[by_day.get(day.isoformat(), _nothing(day.isoformat())) for day in reversed(days)],
        units=_most(_sums(done, lambda one: one.unit, names).values()),
        types=_most(_sums(done, lambda one: one.resource_type or "–", types).values()),
        charts=[_chart(milestone, days, done[milestone]) for milestone in Milestone],
    )


def _nothing(key: str) -> Sums:
    return Sums(key, key, dict.fromkeys(Milestone, 0), dict.fromkeys(Milestone, 0))


def _sums(
    done: Tally,
    key: Callable[[Done], str],
    names: Mapping[str, str] | None = None,
) -> dict[str, Sums]:
    titles = {milestone: Counter[str]() for milestone in Milestone}
    pages = {milestone: Counter[str]() for milestone in Milestone}
    keys: dict[str, None] = {}
    for milestone, found in done.items():
        for one in found:
            keys[key(one)] = None
            titles[milestone][key(one)] += one.items
            pages[milestone][key(one)] += one.pages
    return {
        one: Sums(
            key=one,
            name=(names or {}).get(one, one),
            titles={milestone: titles[milestone][one] for milestone in Milestone},
            pages={milestone: pages[milestone][one] for milestone in Milestone},
        )
        for one in keys
    }


def _most(sums: Iterable[Sums]) -> Sequence[Sums]:
    """Those with the most pages and titles first, what is beyond MOST_ROWS as one."""
    ordered = sorted(sums, key=lambda one: (-sum(one.pages.values()), -sum(one.titles.values()), one.name))
    shown, rest = ordered[:MOST_ROWS], ordered[MOST_ROWS:]
    if not rest:
        return shown
    summed = Sums(
        key=REST,
        name=REST,
        titles={milestone: sum(one.titles[milestone] for one in rest) for milestone in Milestone},
        pages={milestone: sum(one.pages[milestone] for one in rest) for milestone in Milestone},
    )
    return [*shown, summed]


def _chart(milestone: Milestone, days: Sequence[dt.date], done: Sequence[Done]) -> Chart:
    pages = Counter[dt.date]()
    for one in done:
        pages[one.day] += one.pages
    highest = max(pages.values(), default=0)
    width, height = CHART
    place = width / len(days)
    bars = [
        Bar(
            x=round(number * place + place * _GAP / 2, 2),
            y=round(height - height * pages[day] / highest, 2),
            width=round(place * (1 - _GAP), 2),
            height=round(height * pages[day] / highest, 2),
            day=day,
            pages=pages[day],
        )
        for number, day in enumerate(days)
        if pages[day]
    ]
    return Chart(milestone, bars, highest, sum(pages.values()))


def numbers_csv(done: Tally, heads: Sequence[str]) -> str:
    """A row for each day, unit and type; a spreadsheet takes no cell of it for a formula."""
    rows: dict[tuple[str, str, str], dict[Milestone, tuple[int, int]]] = {}
    for milestone, found in done.items():
        for one in found:
            key = (one.day.isoformat(), one.unit, one.resource_type or "")
            rows.setdefault(key, {})[milestone] = (one.items, one.pages)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    for key, told in sorted(rows.items()):
        figures = [figure for milestone in Milestone for figure in told.get(milestone, (0, 0))]
        writer.writerow([*map(plain_cell, key), *figures])
    return "\ufeff" + out.getvalue()  # the mark by which spreadsheets know UTF-8
