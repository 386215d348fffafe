"""The head of a legal document: its kind alone on a line ("QUYẾT ĐỊNH") with its subject below."""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.casing import sentence_case
from catalog.imprint import is_motto
from catalog.notations import plain
from catalog.titlepage import MAX_TITLE, Found, Row, rows_of, same_column
from domain.text import OcrPage

_DOCUMENTS = {
    plain(name): name
    for name in (
        "Quyết định", "Thông báo", "Kế hoạch", "Chỉ thị", "Nghị quyết", "Tờ trình", "Báo cáo", "Hướng dẫn",
        "Nghị định", "Thông tư", "Thông tư liên tịch",
        "Luật", "Bộ luật", "Pháp lệnh", "Chương trình", "Kết luận",
        "Quy chế", "Quy định", "Công điện", "Lệnh", "Nghị quyết liên tịch", "Thông cáo báo chí", "Hiến pháp",
    )
}  # fmt: skip
_ENDS_SUBJECT = re.compile(
    r"(?:can cu|kinh gui|xet de nghi|theo de nghi|dieu 1|i\.|1\.|a\)|chu tich|giam doc|bo truong|thu tuong|"
    r"uy ban nhan dan|hoi dong nhan dan|quyet dinh:|quyet nghi:|noi nhan)"
)
_NUMBER_ROW = re.compile(r"(?:luat )?so\s{0,2}[:.]|so\s{0,2}\d")
_ABOUT = re.compile(r"(?:v/v|v/\s?v\.?|ve viec)\b[\s:.]*", re.IGNORECASE)


def document_title(page: OcrPage) -> Found | None:
    """A legal document's kind and subject: "Quyết định về việc …"; None where the page heads no document."""
    rows = rows_of(page)
    headed = any(is_motto(row.text) for row in rows) or any(
        _NUMBER_ROW.match(plain(row.text)) for row in rows[:12]
    )
    if not headed:
        return None
    for at, row in enumerate(rows):
        kind = _DOCUMENTS.get(plain(row.text).strip(" .:-–*"))
        if kind is not None and row.top <= page.height * 0.6:
            return _with_subject(kind, row, rows[at + 1 :], page)
    return _letter(rows, page)


def _with_subject(kind: str, row: Row, following: Sequence[Row], page: OcrPage) -> Found:
    subject = _subject(row, following)
    told = " ".join(part.text for part in subject)
    about = _ABOUT.match(plain(told))
    if about is not None:
        told = f"về việc {told[about.end() :].lstrip()}"
    told = sentence_case(told)
    title = " ".join(f"{kind} {told}".split()).strip(" .,:;-–")[:MAX_TITLE]
    read = sum(part.confidence for part in (row, *subject)) / (1 + len(subject))
    return Found(
        title, (row, *subject), round((0.85 if subject else 0.5) * max(0.3, read), 2), page, document=True
    )


def _subject(row: Row, following: Sequence[Row]) -> list[Row]:
    found: list[Row] = []
    above = row
    for line in following:
        said = plain(line.text).lstrip(" \"'“*-–")
        begins_body = _ENDS_SUBJECT.match(said) or (found and said.startswith("thuc hien "))
        far = line.top - above.bottom > 1.6 * max(row.size, line.size) or line.top < above.top
        smaller = found and line.size < 0.8 * found[0].size
        if begins_body or far or smaller or len(found) >= 6 or is_motto(line.text):
            break
        found.append(line)
        above = line
        if len(line.text) > 180 or line.text.endswith((".", ";")):
            break
    return found


def _letter(rows: Sequence[Row], page: OcrPage) -> Found | None:
    """An official letter has no kind; its "V/v …" under the number tells what it is about."""
    for at, row in enumerate(rows[:25]):
        if row.top < page.height * 0.5 and re.match(r"v/\s?v\b", plain(row.text)):
            subject = [row]
            for line in rows[at + 1 : at + 4]:
                if not same_column(line, row, page) or line.top - subject[-1].bottom > row.size:
                    break
                if _ENDS_SUBJECT.match(plain(line.text)):
                    break
                subject.append(line)
            told = " ".join(line.text for line in subject)
            about = _ABOUT.match(plain(told))
            rest = told[about.end() :] if about else told
            title = f"Công văn về việc {rest.strip()}".strip(" .,:;")[:MAX_TITLE]
            return Found(title, tuple(subject), round(0.7 * max(0.3, row.confidence), 2), page, document=True)
    return None
