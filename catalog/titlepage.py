"""Where on a cover or title page the title and the agency stand.

A publication's title is the largest type. It is told by sizes and places of lines, since OCR keeps those
even where it misreads a letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from catalog.casing import agency_case, sentence_case
from catalog.imprint import is_imprint, is_motto
from catalog.notations import plain
from domain.text import Line, OcrPage

MAX_ROWS = 400  # lines of a page that are looked at
MAX_TITLE = 300  # characters
_MAX_LINE = 300

_AGENCY = re.compile(
    r"(?:ủy ban|uỷ ban|ubnd|hội đồng|hđnd|sở (?!hữu)|bộ (?!luật|sung|đội|máy|phận)|ban (?!hành|án|biên)|"
    r"cục|chi cục|tổng cục|vụ (?!án|việc)|phòng (?!chống|,|ngừa|cháy|vệ|và chống)|trung tâm|viện|"
    r"hội (?!nghị|thảo|đáp|nhập|thi)|tòa án|toà án|thanh tra (?!viên)|công an (?!nhân dân\s*$)|văn phòng|"
    r"trường|mặt trận|liên đoàn|tỉnh ủy|huyện ủy|thành ủy|đảng (?:bộ|ủy)|đoàn |chính phủ|quốc hội|kho bạc|"
    r"thủ tướng chính phủ|bảo hiểm xã hội|ngân hàng|bộ tư lệnh)"
)
_PLACE_ROW = re.compile(r"(?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn)\s")
_KIND_ROW = re.compile(
    r"(?:to{1,2} gap|to roi|de cuong|tai lieu|so tay|cam nang|tieu pham|cau chuyen|tinh huong|sach|hoi dap|"
    r"hoi - dap)"
    r"(?: (?:phap luat|tuyen truyen|gioi thieu|tap huan|hoi dap|hoi - dap))*"
)
_LEADING_ON = (
    "gioi thieu",
    "tuyen truyen",
    "pho bien",
    "ve ",
    "tim hieu",
    "huong dan",
    "nghiep vu",
    "phap luat",
    "cong tac",
    "tap huan",
    "boi duong",
    "danh cho",
    "hoi",
    "luat",
    "mot so",
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line with what is needed to judge it."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    size: float  # pixels
    confidence: float

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Found:
    """A title, its lines, and how sure it is (0.0 to 1.0)."""

    title: str
    rows: tuple[Row, ...]
    confidence: float
    page: OcrPage
    document: bool = False  # a legal document's, not a publication's


def rows_of(page: OcrPage) -> list[Row]:
    """The page's lines that hold letters or digits, in reading order."""
    found: list[Row] = []
    for line in page.lines[:MAX_ROWS]:
        text = " ".join(line.text.split())[:_MAX_LINE]
        if sum(char.isalnum() for char in text) >= 2:
            words = line.words[:100]
            sure = sum(word.confidence for word in words) / len(words)
            box = line.box
            found.append(Row(text, box.left, box.top, box.right, box.bottom, _size(line), sure))
    return found


def _size(line: Line) -> float:
    if line.size > 0:
        return float(line.size)
    return float(median(max(1, word.box.height) for word in line.words))


def agency_of(rows: Sequence[Row], page: OcrPage) -> str | None:
    """The agency whose head the page bears, with its parent's place: "Sở Tư pháp tỉnh Lào Cai"."""
    named: list[str] = []
    beside_motto = False
    for row in rows:
        if row.top > page.height * 0.45 or len(named) >= 4:
            break
        text = _without_motto(row.text)
        lowered = text.lower()
        beside_motto = beside_motto or is_motto(row.text)
        if (named and _PLACE_ROW.match(lowered) and len(text) < 60) or (
            named and beside_motto and _ends_a_name(text)
        ):
            named[-1] += f" {text}"
        elif _AGENCY.match(lowered) and len(text) <= 90 and not text.endswith((".", ";", ":")):
            named.append(text)
        elif named and not is_motto(row.text):
            break
    return _with_place([agency_case(text.strip(" -–*•_.")) for text in named])


def _ends_a_name(text: str) -> bool:
    """A word or three in capitals: the left column of a head is narrow, so "TỈNH QUẢNG" wraps to "TRỊ"."""
    return text.isupper() and len(text.split()) <= 3 and text.replace(" ", "").isalpha()


def is_agency(text: str) -> bool:
    lowered = _without_motto(text).lower()
    return bool(_AGENCY.match(lowered) or _PLACE_ROW.match(lowered)) and len(text) <= 140


def _without_motto(text: str) -> str:
    """What stands before "CỘNG HÒA XÃ HỘI …" or "Độc lập …" where OCR ran two columns together."""
    motto = re.search(r"cong hoa xa hoi|doc lap\W{1,5}tu do", plain(text))
    return text[: motto.start()].strip() if motto else text


def _with_place(named: list[str]) -> str | None:
    if len(named) < 2:
        return named[0] if named else None
    parent, child = named[0], named[-1]
    place = re.search(
        r"\b(?:tỉnh|thành phố|huyện|quận|thị xã|xã|phường|thị trấn)\s.+$", parent, re.IGNORECASE
    )
    if re.match(r"UBND|Ủy ban nhân dân|Uỷ ban nhân dân", parent, re.IGNORECASE) and place:
        where = place.group()
        return child if plain(where) in plain(child) else f"{child} {where[0].lower()}{where[1:]}"
    return " - ".join(named)


def beside_title(found: Found) -> list[Row]:
    """The lines of the title's column: on a sheet of several panels, those of the panel that is the cover."""
    first = found.rows[0]
    return [row for row in rows_of(found.page) if same_column(row, first, found.page)]


def book_title(pages: Sequence[OcrPage]) -> Found | None:
    """The lines in the largest type of the first pages, where they stand out from the rest."""
    best: tuple[float, Found] | None = None
    for nth, page in enumerate(pages[:4]):
        found = _largest(page)
        if found is None:
            continue
        points = found.rows[0].size / max(72, page.dpi) * (1.0, 0.95, 0.85, 0.75)[nth]
        if best is None or points > best[0] * 1.05:
            best = (points, found)
    return best[1] if best else None


def _largest(page: OcrPage) -> Found | None:
    everything = rows_of(page)
    rows = [row for row in everything if _may_be_title(row)]
    if not rows:
        return None
    usual = median(row.size for row in everything)
    seed = max(rows, key=lambda row: (row.size, -row.top))
    contrast = seed.size / max(1.0, usual)
    if len(everything) > 12 and contrast < 1.25:  # a page of text
        return None
    block = _around(seed, rows, page)
    title = _joined([row.text for row in block])
    if len([char for char in title if char.isalpha()]) < 4:
        return None
    read = sum(row.confidence for row in block) / len(block)
    told = 0.55 + min(0.2, (contrast - 1.0) * 0.3) if contrast > 1 else 0.5
    return Found(title, tuple(block), round(max(0.1, min(0.85, told + 0.1)) * max(0.3, read), 2), page)


def _may_be_title(row: Row) -> bool:
    letters = sum(char.isalpha() for char in row.text)
    return (
        row.confidence >= 0.3
        and letters >= 3
        and letters >= 0.5 * len(row.text.replace(" ", ""))
        and not is_motto(row.text)
        and not is_imprint(row.text)
        and not is_agency(row.text)
    )


def _around(seed: Row, rows: Sequence[Row], page: OcrPage) -> list[Row]:
    """The seed and the lines above and below it in about its type, without a wider gap between them."""
    column = sorted((row for row in rows if same_column(row, seed, page)), key=lambda row: row.top)
    at = column.index(seed)
    block = [seed]
    for below in column[at + 1 :]:
        if not _continues(block[-1], below, seed) or len(block) >= 8:
            break
        block.append(below)
    for above in reversed(column[:at]):
        if not _continues(above, block[0], seed) or len(block) >= 8:
            break
        block.insert(0, above)
    while len(block) > 1 and sum(len(row.text) + 1 for row in block) > MAX_TITLE:
        block.pop()
    return block


def same_column(row: Row, seed: Row, page: OcrPage) -> bool:
    overlap = min(row.right, seed.right) - max(row.left, seed.left)
    narrower = max(1, min(row.right - row.left, seed.right - seed.left))
    return overlap >= 0.5 * narrower or abs(row.centre - seed.centre) <= 0.04 * page.width


def _continues(upper: Row, lower: Row, seed: Row) -> bool:
    gap = lower.top - upper.bottom
    other = upper if lower is seed else lower
    if _is_kind(seed.text) or _is_kind(upper.text):  # "TỜ GẤP PHÁP LUẬT" above what it is about
        return min(upper.size, lower.size) >= 0.55 * seed.size and gap <= 2.5 * seed.size
    return other.size >= 0.74 * seed.size and gap <= 1.3 * seed.size


def _is_kind(text: str) -> bool:
    return _KIND_ROW.fullmatch(plain(text).strip(" .:-–")) is not None


def _joined(lines: Sequence[str]) -> str:
    """Lines as one title; a line that only names the kind is set off by a colon, unless the next leads on."""
    parts = [part for part in (line.strip(" *•|_~") for line in lines) if part]
    if len(parts) > 1 and _is_kind(parts[0]):
        kind, rest = sentence_case(parts[0].rstrip(" :.")), sentence_case(" ".join(parts[1:]))
        leads_on = _leads_on(rest)
        title = f"{kind} {rest[0].lower()}{rest[1:]}" if leads_on else f"{kind}: {rest}"
    else:
        title = sentence_case(" ".join(parts))
    return title.strip(" .,:;-–")[:MAX_TITLE]


def _leads_on(text: str) -> bool:
    return plain(text).startswith(_LEADING_ON)
