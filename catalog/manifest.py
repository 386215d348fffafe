"""Read what a department filed: a Phụ lục II as it stands, or any table with a column of titles or files.

The form has a head (who files, what for), section I with the titles, its Tổng, and section II with
plans in figures only. Only the rows of titles are taken; everything else is passed over and said so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from catalog.headings import columns_of, heading_of
from catalog.notations import plain
from catalog.records import parse_field
from catalog.sheets import MAX_ROWS, Cell, Sheet, read_sheets
from domain.errors import FieldNotValid, ManifestUnreadable
from domain.records import FIELDS, FieldValue, Record, Source
from domain.values import Json, Reason

_TOTAL = frozenset({"tong", "tong cong", "tong so", "cong", "total", "tong so trang"})
_SECTION = re.compile(r"(?:[ivx]{1,5}|[a-h])\s?[.)/\-:]|phan\s|muc\s|phu luc")
_NOTHING = frozenset({"-", "–", "—", "?", "...", "…", "chua dem", "chua ro", "khong ro", "n/a", "na"})
_PAGES = re.compile(
    r"(?P<count>\d{1,3}(?:[.,]\d{3})+|\d{1,9})(?:[.,]0{1,2})?\s?(?:trang|tr|pages|page|pp|p)?\.?",
    re.IGNORECASE,
)
_SHOWN = 60  # characters of a cell that a problem repeats


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One title of the form. ``row`` counts from 1 as the spreadsheet shows it."""

    row: int
    title: str  # "" where a row names only a file
    number: int | None = None  # STT
    file: str | None = None
    pages_declared: int | None = None
    resource_type: str | None = None
    agency: str | None = None
    year: int | None = None
    note: str | None = None
    record: Record = field(default_factory=Record)


@dataclass(frozen=True, slots=True)
class Manifest:
    rows: tuple[ManifestRow, ...]
    skipped: tuple[Reason, ...]  # what was passed over, in the order of the file
    problems: tuple[Reason, ...] = ()  # what could not be understood: row, column, value


def read_manifest(path: Path, *, name: str | None = None) -> Manifest:
    """The titles of a CSV or XLSX manifest. Raises ManifestUnreadable, also where no heading is found.

    ``name`` is what people know the file by, where it rests under another.

    Of a workbook the first sheet with such a heading is read. A cell that makes no sense costs its
    field, not its row.
    """
    sheets = [sheet for sheet in read_sheets(path, name=name) if any(sheet.rows)]
    for sheet in sheets:
        if any(columns_of(row) for row in sheet.rows):
            reader = _Reader()
            reader.read(sheet)
            others = [other.name for other in sheets if other is not sheet]
            reader.skipped += [Reason("manifest.sheet_skipped", {"sheet": name}) for name in others]
            return Manifest(tuple(reader.rows), tuple(reader.skipped), tuple(reader.problems))
    raise ManifestUnreadable(name=name or path.name, detail="Tên sách, tài liệu pháp luật?")


class _Place(Enum):
    HEAD = auto()  # before the first heading
    TITLES = auto()
    AFTER = auto()  # behind a Tổng: signatures, remarks
    ELSEWHERE = auto()  # in a section that lists no titles


class _Reader:
    """Goes down a sheet once and knows where in the form it is."""

    def __init__(self) -> None:
        self.rows: list[ManifestRow] = []
        self.skipped: list[Reason] = []
        self.problems: list[Reason] = []
        self._place = _Place.HEAD
        self._columns: dict[str, int] = {}
        self._fresh = False  # right below a heading
        self._passed = 0
        self._counted = 0  # declared pages of this section

    def read(self, sheet: Sheet) -> None:
        for number, row in enumerate(sheet.rows, start=1):
            if any(cell is not None for cell in row):
                self._take(number, row, sheet.rows[number : number + 3])
        self._tell_passed()
        if sheet.cut:
            self.skipped.append(Reason("manifest.rows_over", {"limit": MAX_ROWS}))

    def _take(self, number: int, row: Sequence[Cell], following: Sequence[Sequence[Cell]]) -> None:
        if columns := columns_of(row):
            self._tell_passed()
            self._columns, self._place, self._fresh, self._counted = columns, _Place.TITLES, True, 0
        elif self._place is _Place.HEAD:
            self._passed += 1
        elif _is_section(row) and _heads_figures(following):
            self._tell_passed()
            self._place = _Place.ELSEWHERE
            self.skipped.append(Reason("manifest.section_skipped", {"row": number, "title": _only_text(row)}))
        elif self._place is _Place.ELSEWHERE:
            return
        elif self._is_total(row):
            self._tell_total(number, row)
        elif self._place is _Place.AFTER and not self._is_numbered(row):
            self._passed += 1
        elif self._is_subheading(row):
            self.skipped.append(Reason("manifest.heading_skipped", {"row": number, "title": _only_text(row)}))
        elif not (self._fresh and self._goes_on_heading(row)):
            self._fresh = False
            self._add(number, row)

    def _cell(self, row: Sequence[Cell], column: str) -> Cell:
        place = self._columns.get(column)
        return row[place] if place is not None and place < len(row) else None

    def _is_numbered(self, row: Sequence[Cell]) -> bool:
        return _whole(self._cell(row, "number")) is not None and self._cell(row, "title") is not None

    def _is_total(self, row: Sequence[Cell]) -> bool:
        said = next(cell for cell in row if cell is not None)
        return isinstance(said, str) and plain(said).strip(" .:") in _TOTAL

    def _is_subheading(self, row: Sequence[Cell]) -> bool:
        """A text alone in its row, and not where titles stand: "A. Lĩnh vực đất đai"."""
        text = _only_text(row)
        where = next(place for place, cell in enumerate(row) if cell is not None)
        return len(text) > 3 and where not in (self._columns.get("title"), self._columns.get("file"))

    def _goes_on_heading(self, row: Sequence[Cell]) -> bool:
        """The second row of a heading: names under a merged cell, or the columns' numbers (1) (2) (3)."""
        cells = [cell for cell in row if cell is not None]
        named = {name: at for at, cell in enumerate(row) if (name := heading_of(cell)) is not None}
        if len(named) == len(cells) and self._cell(row, "title") is None:
            self._columns = {**named, **self._columns}
            return True
        numbers = [_whole(str(cell).strip("() ")) for cell in cells]
        return len(cells) > 2 and numbers == list(range(1, len(cells) + 1))

    def _tell_passed(self) -> None:
        if self._passed:
            code = "manifest.head_skipped" if self._place is _Place.HEAD else "manifest.tail_skipped"
            self.skipped.append(Reason(code, {"rows": self._passed}))
            self._passed = 0

    def _tell_total(self, number: int, row: Sequence[Cell]) -> None:
        stated = _pages(self._cell(row, "pages_declared"))
        said: dict[str, Json] = {"row": number, "stated": stated, "counted": self._counted}
        self.skipped.append(Reason("manifest.total_skipped", said))
        if stated is not None and stated != self._counted:
            self.problems.append(Reason("manifest.total_differs", said))
        self._place = _Place.AFTER

    def _add(self, number: int, row: Sequence[Cell]) -> None:
        title, file = _text(self._cell(row, "title")), _text(self._cell(row, "file"))
        if not title.strip(" .…") and not file:
            if self._cell(row, "pages_declared") is not None:
                self.problems.append(Reason("manifest.title_missing", {"row": number}))
            return  # a line of the form that nobody filled in
        fields = self._fields(number, row)
        pages = fields.get("pages_declared")
        if isinstance(pages, int):
            self._counted += pages
        self.rows.append(_row(number, title, file or None, _whole(self._cell(row, "number")), fields))
        self._place = _Place.TITLES

    def _fields(self, number: int, row: Sequence[Cell]) -> dict[str, Json]:
        fields: dict[str, Json] = {}
        for column in (name for name in FIELDS if name in self._columns):
            cell = self._cell(row, column)
            if cell is None or plain(str(cell)).strip() in _NOTHING:
                continue
            value = _understood(column, cell)
            if value is None:
                shown = str(cell)[:_SHOWN]
                wrong: dict[str, Json] = {"row": number, "column": column, "value": shown}
                self.problems.append(Reason("manifest.cell_not_understood", wrong))
            else:
                fields[column] = value
        return fields


def _row(number: int, title: str, file: str | None, stt: int | None, fields: dict[str, Json]) -> ManifestRow:
    def text(name: str) -> str | None:
        value = fields.get(name)
        return value if isinstance(value, str) else None

    def whole(name: str) -> int | None:
        value = fields.get(name)
        return value if isinstance(value, int) else None

    return ManifestRow(
        row=number,
        title=title,
        number=stt,
        file=file,
        pages_declared=whole("pages_declared"),
        resource_type=text("resource_type"),
        agency=text("compiling_agency"),
        year=whole("year"),
        note=text("note"),
        record=Record({name: FieldValue(value, Source.MANIFEST, 1.0) for name, value in fields.items()}),
    )


def _understood(column: str, cell: Cell) -> Json:
    """The cell's value as that field's; None where it cannot be one."""
    if column == "pages_declared":
        cell = _pages(cell)
        if cell is None:
            return None
    elif column == "year":  # "Năm 2019"
        cell = re.sub(r"^\D{0,6}(?=\d{4}$)", "", str(cell).strip())
    try:
        return parse_field(column, str(cell))
    except FieldNotValid:
        return None


def _pages(cell: Cell) -> int | None:
    """ "1.250", "120 trang" and 120.0 are counts; "khoảng 100" and "12-15" are not."""
    if isinstance(cell, int):
        return cell
    found = _PAGES.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return int(re.sub(r"[.,]", "", found["count"])) if found else None


def _whole(cell: Cell) -> int | None:
    if isinstance(cell, int):
        return cell
    found = re.fullmatch(r"(\d{1,6})[.)]?", cell.strip()) if isinstance(cell, str) else None
    return int(found[1]) if found else None


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _only_text(row: Sequence[Cell]) -> str:
    """The row's text where it is the only cell; "" otherwise."""
    filled = [cell for cell in row if cell is not None]
    return filled[0] if len(filled) == 1 and isinstance(filled[0], str) else ""


def _is_section(row: Sequence[Cell]) -> bool:
    return _SECTION.match(plain(_only_text(row))) is not None


def _heads_figures(following: Sequence[Sequence[Cell]]) -> bool:
    """Whether the next filled row heads a table that lists no titles: "Năm | Dự kiến số lượng …"."""
    below = next((row for row in following if any(cell is not None for cell in row)), ())
    texts = [cell for cell in below if isinstance(cell, str)]
    return (
        len(texts) >= 2 and not columns_of(below) and plain(texts[0]).startswith(("nam", "year", "giai doan"))
    )
