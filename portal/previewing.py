"""The preview of a manifest: each row as it is understood, and each cell that is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.messages import Lang, explain
from domain.records import RESOURCE_TYPES
from domain.values import Reason
from flows.listing import Listed, Listing

AT_ONCE = 200  # rows of one view
COLUMNS = ("title", "pages_declared", "year", "resource_type", "compiling_agency")
_SURE = frozenset({"manifest.matched_by_file", "manifest.matched_by_legal_number"})


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column; ``wrong`` where it could not be understood, as it was written."""

    column: str
    text: str
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class PreviewRow:
    row: int  # as the spreadsheet counts
    number: int | None  # STT
    cells: tuple[Cell, ...]
    file: str | None
    mood: str  # good · warn · bad
    how: str  # sentence on the file
    problems: tuple[str, ...]  # sentences


@dataclass(frozen=True, slots=True)
class Preview:
    rows: tuple[PreviewRow, ...]
    since: int
    next: int | None
    total: int
    matched: int
    absent: int
    wrong: int  # cells and sums that a person should look at
    unnamed: tuple[tuple[str, str], ...]  # names of files that no row means, and why
    skipped: tuple[str, ...]
    general: tuple[str, ...]  # problems of no row that is shown


def preview(found: Listing, since: int, lang: Lang) -> Preview:
    by_row: dict[int, list[Reason]] = {}
    known = {one.row.row for one in found.rows}
    general: list[Reason] = []
    for one in found.problems:
        row = one.fields.get("row")
        if isinstance(row, int) and row in known:
            by_row.setdefault(row, []).append(one)
        else:
            general.append(one)
    shown = found.rows[since : since + AT_ONCE]
    matched = sum(one.name is not None for one in found.rows)
    return Preview(
        rows=tuple(_row(one, by_row.get(one.row.row, []), lang) for one in shown),
        since=since,
        next=since + AT_ONCE if len(found.rows) > since + AT_ONCE else None,
        total=len(found.rows),
        matched=matched,
        absent=len(found.rows) - matched,
        wrong=len(found.problems),
        unnamed=tuple(
            (name, explain(why or Reason("manifest.unnamed", {"name": name}), lang))
            for name, why in found.unnamed[:AT_ONCE]
        ),
        skipped=tuple(explain(one, lang) for one in found.skipped[:AT_ONCE]),
        general=tuple(explain(one, lang) for one in general[:AT_ONCE]),
    )


def _row(one: Listed, problems: list[Reason], lang: Lang) -> PreviewRow:
    row = one.row
    values: Mapping[str, object] = {
        "title": row.title,
        "pages_declared": row.pages_declared,
        "year": row.year,
        "resource_type": _type(row.resource_type, lang),
        "compiling_agency": row.agency,
    }
    wrong = {str(said.fields.get("column")): str(said.fields.get("value", "")) for said in problems}
    absent = Reason("manifest.absent", {"row": row.row, "title": row.title or row.file or ""})
    mood = "bad"
    if one.name is not None:
        mood = "good" if one.how is not None and one.how.code in _SURE else "warn"
    return PreviewRow(
        row=row.row,
        number=row.number,
        cells=tuple(
            Cell(name, wrong.get(name) or ("" if values[name] is None else str(values[name])), name in wrong)
            for name in COLUMNS
        ),
        file=one.name,
        mood=mood,
        how=explain(one.how if one.name is not None and one.how else absent, lang),
        problems=tuple(explain(said, lang) for said in problems),
    )


def _type(code: str | None, lang: Lang) -> str | None:
    if code is None or code not in RESOURCE_TYPES:
        return code
    vietnamese, english = RESOURCE_TYPES[code]
    return vietnamese if lang == "vi" else english
