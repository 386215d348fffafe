"""The ``PlacesLedger`` of one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import CursorResult, Executable

from catalog import places_queries as queries
from catalog import rows
from catalog.people import Write
from catalog.queries import change_item
from catalog.queries import pages as standing_pages
from domain.arrangement import Arrangement, Place, of_spans, spans
from domain.errors import ItemNotFound
from domain.holdings import PageEntry, ScanFile
from domain.ids import ItemId


class SqlPlaces:
    """What ``SqlTransaction`` knows of arrangements; its statements run where that one's do."""

    def __init__(
        self, read: Callable[[Executable], CursorResult[*tuple[Any, ...]]], write: Write, dialect: str
    ) -> None:
        self._read, self._write, self._dialect = read, write, dialect

    def arrangement(self, item_id: ItemId) -> Arrangement | None:
        row = self._read(queries.arrangement(item_id)).one_or_none()
        if row is None:
            return None
        places = {one.home: _place_of(one) for one in self._read(queries.places(item_id))}
        return Arrangement(of_spans(row.homes), places, row.images, row.version)

    def keep_arrangement(self, item_id: ItemId, arrangement: Arrangement) -> None:
        values = {
            "item_id": item_id,
            "version": arrangement.version,
            "images": arrangement.images,
            "homes": spans(arrangement.homes),
        }
        missing = ItemNotFound(item=item_id)
        self._write(queries.keep_arrangement(self._dialect), values, missing=missing)
        if arrangement.places:
            places = [_place_values(item_id, home, one) for home, one in arrangement.places.items()]
            self._write(queries.keep_place(self._dialect), places)

    def resting(self, item_id: ItemId) -> Mapping[int, PageEntry]:
        found = self._read(queries.resting(item_id))
        return {row.home: rows.page_of(SimpleNamespace(**row.page)) for row in found}

    def keep_resting(self, item_id: ItemId, page: PageEntry) -> None:
        values = {
            "item_id": item_id,
            "home": page.kept_as,
            "page": rows.page_values(item_id, page),
        }
        self._write(queries.keep_resting(self._dialect), values, missing=ItemNotFound(item=item_id))

    def number_of(self, item_id: ItemId, home: int) -> int | None:
        number: int | None = self._read(queries.number_of(item_id, home)).scalar_one_or_none()
        return number

    def stand(self, item_id: ItemId, pages: Sequence[PageEntry]) -> None:
        standing = [rows.page_of(row) for row in self._read(standing_pages(item_id))]
        known = {page.kept_as: page for page in standing} | dict(self.resting(item_id))
        stays = {page.kept_as for page in pages}
        self._write(queries.forget_pages(item_id))
        self._write(queries.forget_resting(item_id))
        self._write(queries.add_pages(), [rows.page_values(item_id, page) for page in pages])
        for home, page in known.items():
            if home not in stays:
                self.keep_resting(item_id, page)
        self._write(change_item(item_id, rows.now(), {}, revise=True))

    def renumber_reports(self, item_id: ItemId, numbers: Mapping[int, int]) -> None:
        for row in self._read(queries.reported_pages(item_id)).all():
            to = numbers.get(row.page, row.page)
            if to != row.page:
                self._write(queries.renumber_report(row.id, to))

    def add_scan_file(self, item_id: ItemId, file: ScanFile) -> None:
        values = rows.scan_file_values(item_id, file)
        self._write(queries.add_scan_file(values), missing=ItemNotFound(item=item_id))


def _place_values(item_id: ItemId, home: int, place: Place) -> rows.Values:
    return {
        "item_id": item_id,
        "home": home,
        "image": place.image,
        "edge_left": place.left,
        "edge_top": place.top,
        "edge_right": place.right,
        "edge_bottom": place.bottom,
        "turns": place.turns,
        "former": place.former,
    }


def _place_of(row: rows.AnyRow) -> Place:
    return Place(
        image=row.image,
        left=row.edge_left,
        top=row.edge_top,
        right=row.edge_right,
        bottom=row.edge_bottom,
        turns=row.turns,
        former=row.former,
    )
