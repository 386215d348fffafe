"""Which row of a table is its heading, and what each of its columns holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from catalog.notations import plain
from catalog.sheets import Cell

# Column -> how its heading may read, folded; "file" and "number" are ours, the rest are fields of the record.
_HEADINGS: Mapping[str, str] = {
    "number": "stt|tt|so tt|so thu tu|no|nr|index",
    "title": "ten|ten goi|tieu de|nhan de|title|name",
    "pages_declared": "so trang|trang|tong so trang|pages|page count|number of pages",
    "note": "ghi chu|note|notes|remark|remarks",
    "file": "tep|ten tep|tep tin|ten tep tin|file|ten file|file name|filename|path|duong dan|thu muc|folder",
    "resource_type": "loai|loai tai lieu|loai sach|the loai|loai hinh|type|resource type|kind",
    "compiling_agency": (
        "co quan|co quan bien soan|co quan ban hanh|co quan chu tri bien soan|don vi|don vi bien soan|"
        "don vi chu tri bien soan|agency|compiling agency"
    ),
    "year": "nam|nam xuat ban|nam ban hanh|nam bien soan|year",
    "so_ky_hieu": "so ky hieu|so hieu|so va ky hieu|so ky hieu van ban|legal number|number and notation",
    "publisher": "nha xuat ban|nxb|publisher",
    "place": "noi xuat ban|place",
    "isbn": "isbn|ma isbn",
    "permit_no": "giay phep|giay phep xuat ban|so giay phep|permit",
    "edition": "lan xuat ban|lan tai ban|edition",
    "field": "linh vuc|field",
    "topics": "chu de|topics",
    "legal_status": "tinh trang hieu luc|hieu luc|legal status",
}
_COLUMN_OF = {heading: column for column, headings in _HEADINGS.items() for heading in headings.split("|")}
_TITLE_HEADING = re.compile(
    r"ten (?:sach|tai lieu|an pham|van ban|cac sach|dau sach)\b.*|sach tai lieu(?: phap luat)?"
)


def columns_of(row: Sequence[Cell]) -> dict[str, int]:
    """Column name -> place, where the row heads a table of titles; {} where it does not."""
    filled = [cell for cell in row if cell is not None]
    found: dict[str, int] = {}
    for place, cell in enumerate(row):
        column = heading_of(cell)
        if column is not None:
            found.setdefault(column, place)
    named = "title" in found or "file" in found
    return found if named and (len(found) >= 2 or len(filled) == 1) else {}


def heading_of(cell: Cell) -> str | None:
    if not isinstance(cell, str) or len(cell) > 80:
        return None
    said = " ".join(re.sub(r"[^a-z0-9]+", " ", plain(cell)).split())
    return _COLUMN_OF.get(said) or ("title" if _TITLE_HEADING.fullmatch(said) else None)
