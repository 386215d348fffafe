"""The ``DeskLedger`` of one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Executable

from catalog import desk_queries as queries
from catalog import rows
from catalog.people import Write
from catalog.queries import change_item
from catalog.rows import AnyRow
from domain.desk import Assessment, Doubts, Namesake, Verdict
from domain.errors import CatalogError, ItemNotFound, UnitNotFound
from domain.holdings import PageEntry, ProvenanceEvent
from domain.ids import ItemId
from domain.records import Citation
from domain.values import Actor

USUAL = 60  # values of one field


class SqlDesk:
    """What ``SqlTransaction`` knows for staff; its statements run where that one's do."""

    def __init__(
        self, read: Callable[[Executable], CursorResult[*tuple[Any, ...]]], write: Write, dialect: str
    ) -> None:
        self._read, self._write, self._dialect = read, write, dialect

    # whether an item is still of use, and who may say so

    def assess(self, item_id: ItemId, assessment: Assessment) -> None:
        so_far = self._read(queries.assessments_so_far(item_id)).scalar_one()  # writers wait for each other
        values = {
            "item_id": item_id,
            "ordinal": so_far + 1,
            "verdict": assessment.verdict,
            "assessor": assessment.assessor.name,
            "unit": assessment.assessor.unit,
            "at": assessment.at,
            "reason": rows.reason_values(assessment.reason),
        }
        self._write(queries.add_assessment(values), missing=ItemNotFound(item=item_id))

    def assessments(self, item_id: ItemId) -> Sequence[Assessment]:
        return [_assessment(row) for row in self._read(queries.assessments(item_id))]

    def verdicts(self, item_ids: Collection[ItemId]) -> Mapping[ItemId, Assessment]:
        return {ItemId(row.item_id): _assessment(row) for row in self._read(queries.verdicts(item_ids))}

    def asking_four_eyes(self) -> frozenset[str]:
        return frozenset(row.unit for row in self._read(queries.asking_four_eyes()))

    def ask_four_eyes(self, unit: str, asked: bool) -> None:
        if asked:
            self._write(queries.ask_four_eyes(self._dialect, unit), missing=UnitNotFound(unit=unit))
        else:
            self._write(queries.waive_four_eyes(unit))

    # pages

    def page(self, item_id: ItemId, number: int) -> PageEntry | None:
        return next(iter(self.some_pages(item_id, number, number)), None)

    def some_pages(self, item_id: ItemId, first: int, last: int) -> Sequence[PageEntry]:
        return [rows.page_of(row) for row in self._read(queries.some_pages(item_id, first, last))]

    def correct_page(self, item_id: ItemId, page: PageEntry) -> None:
        missing = ItemNotFound(item=item_id)
        self._write(queries.correct_page(self._dialect), rows.page_values(item_id, page), missing=missing)
        self._write(change_item(item_id, rows.now(), {}, revise=True))

    def doubts(self, item_id: ItemId) -> Doubts:
        row = self._read(queries.doubts(item_id)).one()
        return Doubts(words=int(row.words), pages=row.pages, uncounted=row.uncounted)

    def next_doubtful(self, item_id: ItemId, after: int) -> int | None:
        number: int | None = self._read(queries.next_doubtful(item_id, after)).scalar_one()
        return number

    # the record

    def confirm_cite(self, item_id: ItemId, ordinal: int, cite: Citation, by: str | None) -> bool:
        return self._write(queries.confirm_cite(item_id, ordinal, cite, by)).rowcount > 0

    def usual_values(
        self, names: Sequence[str], *, units: Collection[str], newest: int
    ) -> Mapping[str, Sequence[str]]:
        said: dict[str, Counter[str]] = {name: Counter() for name in names}
        for row in self._read(queries.usual_values(names, units, newest)):
            for name, value in zip(names, row, strict=True):
                told = value if isinstance(value, list) else [value]
                said[name].update(one for one in told if isinstance(one, str))
        return {name: [value for value, _ in counted.most_common(USUAL)] for name, counted in said.items()}

    def namesakes(self, so_ky_hieu: str, *, but: ItemId, limit: int) -> Sequence[Namesake]:
        found = self._read(queries.namesakes(so_ky_hieu, but, limit))
        return [Namesake(rows.item_of(row), row.agency) for row in found]

    # what happened

    def events(
        self,
        item_id: ItemId,
        *,
        actions: Collection[str] | None = None,
        home: int | None = None,
        before: int | None = None,
        limit: int,
    ) -> Sequence[ProvenanceEvent]:
        found = self._read(queries.events(item_id, actions, home, before, limit))
        return [rows.event_of(row) for row in found]


def _assessment(row: AnyRow) -> Assessment:
    reason = rows.reason_of(row.reason)
    if reason is None:
        raise CatalogError(detail="an assessment without its reason")
    return Assessment(Verdict(row.verdict), Actor(name=row.assessor, unit=row.unit), row.at, reason)
