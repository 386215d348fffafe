"""Rows of cells out of a CSV or XLSX file that someone else made; bounded in every direction."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from catalog.records import tidy
from domain.errors import ManifestUnreadable

MAX_ROWS = 20_000
MAX_COLUMNS = 64
MAX_CELL = 1_000  # characters
_MAX_SHEETS = 20
_MAX_BYTES = 32 * 1024**2  # of the file
_MAX_UNPACKED = 128 * 1024**2  # of a workbook's parts together
_MAX_PARTS = 2_000
_MAX_RATIO = 250  # unpacked to packed, of a part that is worth asking about; tables stay far below
_WORTH_ASKING = 4 * 1024**2  # bytes unpacked
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_BOUNDS = {"max_row": MAX_ROWS + 1, "max_col": MAX_COLUMNS}
_DELIMITERS = ";\t,|"

Cell: TypeAlias = "str | int | float | None"
# What each text of a file says. A workbook writes a text once and names it in a million cells: it is read
# once and held once, so that no file takes more than it unpacks to.
_Told: TypeAlias = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str  # "" for a CSV file
    rows: tuple[tuple[Cell, ...], ...]  # from row 1; an empty row is ()
    cut: bool  # there was more than MAX_ROWS


def read_sheets(path: Path, *, name: str | None = None) -> list[Sheet]:
    """The file's sheets, in their order; ``name`` is for errors. Raises ManifestUnreadable.

    What the file is, its bytes say, not its name: a workbook is a ZIP. Formulas give the value that the
    program which saved them had worked out. Text is NFC, on one line, without control characters.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ManifestUnreadable(name=name, detail=error.strerror or type(error).__name__) from error
    if len(data) > _MAX_BYTES:
        raise ManifestUnreadable(name=name, detail=f"> {_MAX_BYTES // 1024**2} MB")
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data, name)
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise ManifestUnreadable(name=name, detail="XLS, DOC, PDF")
    return [_text_table(data, name)]


def _text_table(data: bytes, name: str) -> Sheet:
    text = _decoded(data)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    told: _Told = {}
    try:
        rows = [_row(cells, told) for cells in islice(reader, MAX_ROWS + 1)]
    except csv.Error as error:  # a quotation mark that nothing closes
        raise ManifestUnreadable(name=name, detail=str(error)) from error
    return Sheet("", tuple(rows[:MAX_ROWS]), cut=len(rows) > MAX_ROWS)


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 where the bytes say so; else Windows' Vietnamese page, whose marks NFC joins."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[:400].count(0) > len(data[:400]) // 4:  # no byte order mark, yet every other byte is 0
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1258", "replace")


def _delimiter(text: str) -> str:
    """The one that cuts most of the first lines into the same number of cells."""
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip()]

    def steadiness(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines if delimiter in line]
        return (max(map(counts.count, counts), default=0), -_DELIMITERS.index(delimiter))

    best = max(_DELIMITERS, key=steadiness)
    return best if steadiness(best)[0] else ","


def _workbook(data: bytes, name: str) -> list[Sheet]:
    _refuse_bombs(data, name)
    # Heavy, and only wanted for workbooks.
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and validations, which say nothing about cells
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            told: _Told = {}
            try:
                return [
                    _sheet(sheet.title, sheet.iter_rows(**_BOUNDS, values_only=True), told)
                    for sheet in book.worksheets[:_MAX_SHEETS]
                ]
            finally:
                book.close()
    except Exception as error:  # openpyxl promises no error type of its own for what is inside the ZIP
        raise ManifestUnreadable(name=name, detail=type(error).__name__) from error


def _refuse_bombs(data: bytes, name: str) -> None:
    """Parts are judged by what the ZIP's directory says; reading gives no part more than that."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            listed = parts.infolist()
            if len(listed) > _MAX_PARTS or sum(part.file_size for part in listed) > _MAX_UNPACKED:
                raise ManifestUnreadable(name=name, detail=f"> {_MAX_UNPACKED // 1024**2} MB")
            for part in listed:
                if part.file_size > max(_WORTH_ASKING, _MAX_RATIO * part.compress_size):
                    raise ManifestUnreadable(name=name, detail=f"> {_MAX_RATIO}:1")
                with parts.open(part) as content:
                    if b"<!DOCTYPE" in content.read(4_096):  # no office program writes one; entities need it
                        raise ManifestUnreadable(name=name, detail="DOCTYPE")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise ManifestUnreadable(name=name, detail=type(error).__name__) from error


def _sheet(name: str, given: Iterator[Sequence[object]], told: _Told) -> Sheet:
    rows = [_row(cells, told) for cells in islice(given, MAX_ROWS + 1)]
    return Sheet(tidy(name, 100), tuple(rows[:MAX_ROWS]), cut=any(rows[MAX_ROWS:]))


def _row(cells: Sequence[object], told: _Told) -> tuple[Cell, ...]:
    row = [_cell(cell, told) for cell in cells[:MAX_COLUMNS]]
    while row and row[-1] is None:
        row.pop()
    return tuple(row)


def _cell(value: object, told: _Told) -> Cell:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    if isinstance(value, dt.datetime | dt.date):
        return value.year
    given = "" if value is None else str(value)
    if given not in told:
        text = tidy(given, MAX_CELL)
        told[given] = None if not text or text in _ERRORS else text
    return told[given]
