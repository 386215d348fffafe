"""Now: what waits, what is read and how fast, how long it will take, what failed and what helps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.messages import Lang
from domain.figures import UnderWay, Units, Waiting
from domain.holdings import ProvenanceEvent, State
from domain.ports import CatalogTransaction, Shelf
from flows.steps.audit_turn import AUDIT
from flows.steps.claims import good_leases, held_items
from flows.steps.pace import WINDOW, pages_ahead, pages_per_minute, time_left
from portal.operate.reasons import remedy_words, trouble_words
from portal.peopled import unit_names

SHOWN = 30  # items under way that are shown one by one
REGARDED = 200  # items under way whose pages are counted
MOST_UNITS = 30  # units whose queues are shown one by one, the longest first


@dataclass(frozen=True, slots=True)
class Reading:
    """An item that is being read."""

    accession: str
    title: str
    unit: str  # its name
    read: int
    total: int | None  # pages; None where they are not counted yet
    worked_on: bool  # a process has it now; False for one that waits to be taken up again

    @property
    def share(self) -> int:
        """Hundredths."""
        return min(100, 100 * self.read // self.total) if self.total else 0


@dataclass(frozen=True, slots=True)
class UnitQueue:
    """What one unit has in the queue."""

    code: str
    name: str
    waiting: int  # items nobody has begun
    begun: int
    images: int  # pages of both, as far as counted
    uncounted: int  # items whose pages are not counted yet


@dataclass(frozen=True, slots=True)
class TroubleCount:
    code: str
    items: int
    words: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LastAudit:
    at: dt.datetime
    age_days: int
    findings: int
    differences: int  # of the index
    files: int


@dataclass(frozen=True, slots=True)
class Now:
    at: dt.datetime
    reading: Sequence[Reading]
    more: int  # items under way that are not shown
    per_minute: float
    window_minutes: int
    ahead: int  # pages to read, as far as counted
    waiting: int  # items
    uncounted: int
    left: dt.timedelta | None  # None where nothing is being read
    queues: Sequence[UnitQueue]
    more_units: int
    troubles: Sequence[TroubleCount]
    audit: LastAudit | None
    auditing: int | None  # files read by the audit that goes on; None without one


def now_of(shelf: Shelf, units: Units, lang: Lang) -> Now:
    """What the catalogue tells of these units in one look, and of the shelf's audits."""
    with shelf.catalog.view() as seen:
        clock, figures = seen.clock(), seen.figures
        waiting = figures.waiting(units)
        under_way = figures.under_way(units, REGARDED)
        per_minute = pages_per_minute(figures.read_by_minute(clock - WINDOW, units), clock)
        troubles = figures.troubles(units)
        names, held = unit_names(seen), held_items(seen)
        audited, auditing = seen.shelf_event("audited"), _auditing(seen)
    ahead = pages_ahead(waiting, under_way)
    begun = sum(one.items for (_, state), one in waiting.items() if state is State.READING)
    queues = _queues(waiting, names)
    return Now(
        at=clock,
        reading=[_reading(one, names, held) for one in under_way[:SHOWN]],
        more=max(0, begun - SHOWN),
        per_minute=per_minute,
        window_minutes=int(WINDOW / dt.timedelta(minutes=1)),
        ahead=ahead,
        waiting=sum(one.waiting for one in queues),
        uncounted=sum(one.uncounted for one in queues),
        left=time_left(ahead, per_minute),
        queues=queues[:MOST_UNITS],
        more_units=max(0, len(queues) - MOST_UNITS),
        troubles=_troubles(troubles, lang),
        audit=last_audit(audited, clock),
        auditing=auditing,
    )


def _reading(one: UnderWay, names: Mapping[str, str], held: frozenset[str]) -> Reading:
    item = one.item
    unit = names.get(item.actor.unit, item.actor.unit)
    return Reading(item.accession, item.title, unit, one.read, item.counts.images, item.id in held)


def _queues(waiting: Mapping[tuple[str, State], Waiting], names: Mapping[str, str]) -> list[UnitQueue]:
    """Those with the most to read first."""
    none = Waiting(0, 0, 0)
    found = []
    for code in dict.fromkeys(unit for unit, _ in waiting):
        received = waiting.get((code, State.RECEIVED), none)
        begun = [waiting.get((code, state), none) for state in (State.READING, State.READ)]
        found.append(
            UnitQueue(
                code=code,
                name=names.get(code, code),
                waiting=received.items,
                begun=sum(one.items for one in begun),
                images=received.images + begun[0].images,
                uncounted=received.uncounted + begun[0].uncounted,
            )
        )
    return sorted(found, key=lambda one: (-one.images, -one.waiting, one.name))


def _troubles(counted: Mapping[str, int], lang: Lang) -> list[TroubleCount]:
    """The most frequent first."""
    return [
        TroubleCount(code, items, trouble_words(code, lang), remedy_words(code, lang))
        for code, items in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


def last_audit(event: ProvenanceEvent | None, clock: dt.datetime) -> LastAudit | None:
    if event is None:
        return None

    def figure(name: str) -> int:
        told = event.options.get(name)
        return told if isinstance(told, int) else 0

    age = max(0, (clock - event.at).days)
    return LastAudit(event.at, age, figure("findings"), figure("index_differences"), figure("files"))


def _auditing(seen: CatalogTransaction) -> int | None:
    living = good_leases(seen)
    return next((one.done or 0 for one in seen.leases() if one.name == AUDIT and one.name in living), None)
