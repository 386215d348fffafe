"""A filed Phụ lục II as departments send it in: head, section I with the titles, section II with plans."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that ZIP can say
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    declared: int | None  # None: nobody has counted


def write_manifest(path: Path, lines: Sequence[Line], *, agency: str, year: int) -> None:
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise AssertionError("a new workbook has a sheet")
    sheet.title = "Phụ lục II"
    rows: list[list[str | int | None]] = [
        [agency.upper(), None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", None],
        [None, None, "Độc lập – Tự do – Hạnh phúc", None],
        [],
        ["Phụ lục II"],
        ["DỰ KIẾN SÁCH, TÀI LIỆU PHÁP LUẬT THỰC HIỆN SỐ HÓA, CẬP NHẬT TRÊN DỮ LIỆU THÀNH PHẦN CỦA"],
        ["TỦ SÁCH PHÁP LUẬT ĐIỆN TỬ QUỐC GIA"],
        [],
        [f"I. Sách, tài liệu số hóa, cập nhật trong năm {year}"],
        ["STT", "Tên sách, tài liệu pháp luật", "Số trang", "Ghi chú"],
        *([number, line.title, line.declared, _note(line)] for number, line in enumerate(lines, start=1)),
        ["Tổng", None, sum(line.declared or 0 for line in lines), None],
        [],
        [f"II. Dự kiến sách, tài liệu số hóa, cập nhật từ năm {year + 1} – {year + 2}"],
        ["Năm", "Dự kiến số lượng sách, tài liệu", "Dự kiến số trang", "Ghi chú"],
        [year + 1, 25, 1800, None],
        [year + 2, 30, 2400, None],
        ["Tổng", 55, 4200, None],
    ]
    for row in rows:
        sheet.append(row)
    for merged in ("A1:B1", "C1:D1", "C2:D2", "A4:D4", "A5:D5", "A6:D6"):
        sheet.merge_cells(merged)
        sheet[merged.split(":")[0]].alignment = Alignment(horizontal="center")
        sheet[merged.split(":")[0]].font = Font(bold=True)
    for column, width in zip("ABCD", (7, 62, 10, 16), strict=True):
        sheet.column_dimensions[column].width = width
    written = io.BytesIO()
    book.save(written)
    path.write_bytes(_undated(written.getvalue()))


def _note(line: Line) -> str | None:
    return "Chưa đếm trang" if line.declared is None else None


def _undated(data: bytes) -> bytes:
    """The same workbook without the time it was written at."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as read, zipfile.ZipFile(out, "w") as write:
        for name in read.namelist():
            said = _STAMP.sub(rb"\g<1>2019-06-14T08:00:00Z", read.read(name))
            write.writestr(zipfile.ZipInfo(name, _EPOCH), said, zipfile.ZIP_DEFLATED)
    return out.getvalue()
