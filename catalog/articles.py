"""What stands before a legal number: the kind of document, "số", and the article that is cited."""

from __future__ import annotations

import re

from catalog.notations import plain

_WINDOW = 240  # characters before the number that are looked at

_KINDS = (
    r"(?:bo luat|luat|phap lenh|nghi quyet lien tich|nghi quyet|nghi dinh|quyet dinh|chi thi|"
    r"thong tu lien tich|thong tu lien bo|thong tu|ke hoach|cong van|van ban hop nhat|van ban|cong dien|"
    r"ket luan|huong dan|quy dinh|quy che|thong bao|thong cao|thong tri|to trinh|bao cao|chuong trinh|"
    r"sac lenh|lenh|de an|hop dong|bien ban|giay moi|giay phep|dieu le|hien phap|phu luc)"
)
_CUE = re.compile(rf"(?:\b(?:so|s6)[:.]{{0,2}}|\b{_KINDS}|\bcv|\bcac)[\s:(]{{0,4}}$")
_SO = re.compile(r"[\s,(]{0,4}\b(?:so|s6)[:.]{0,2}[\s(]{0,4}$")
_KIND_AND_NAME = re.compile(
    rf"\b{_KINDS}\b(?P<name>[^.;:()\n\d]{{0,100}}(?:nam\s(?:19|20)\d\d)?)[\s,(]{{0,4}}$"
)
_LINK = re.compile(r"[\s,]{0,4}(?:\b(?:cua|tai|theo|trong)\s{1,3}){0,2}$")

_VALUE = r"(?:\d{1,4}[a-z]{0,2}|[ivxlc]{1,7}|[a-z]{1,2})(?:\.\d{1,3}){0,3}"
_VALUES = rf"{_VALUE}\b(?:\s{{0,2}}(?:,|va\b|hoac\b|den\b|-|–)\s{{0,2}}{_VALUE}\b){{0,8}}"
_UNIT = rf"(?:cac\s)?(?:diem|khoan|dieu|muc|tieu\smuc|chuong|phan|tiet|doan|phu\sluc)\s{{1,3}}{_VALUES}"
_ARTICLE = re.compile(rf"\b{_UNIT}(?:\s{{0,3}}[,;]?\s{{0,3}}(?:(?:va|cua|thuoc)\s{{1,3}})?{_UNIT}){{0,7}}")
_UNIT_WORD = re.compile(r"ĐIỂM|KHOẢN|ĐIỀU|MỤC|TIỂU MỤC|CHƯƠNG|PHẦN|TIẾT|ĐOẠN|PHỤ LỤC|CỦA|VÀ")


def has_cue(text: str, start: int) -> bool:
    """Whether "số" or a kind of document stands right before ``start``."""
    return _CUE.search(plain(text[max(0, start - 40) : start])) is not None


def article_before(text: str, start: int) -> str | None:
    """The article that the number at ``start`` is cited for, as printed: "điểm a khoản 2 Điều 1"."""
    begin = max(0, start - _WINDOW)
    printed = text[begin:start]
    before = _fold(printed)
    if so := _SO.search(before):
        before = before[: so.start()]
    kind = _last_kind(before)
    if kind is None:
        return None
    before = before[:kind]
    before = before[: _link_start(before)]
    for article in _ARTICLE.finditer(before):
        if article.end() == len(before):
            return _tidy(printed[article.start() : article.end()])
    return None


def _fold(text: str) -> str:
    return re.sub(r"[\r\n\t]", " ", plain(text))


def _last_kind(before: str) -> int | None:
    """Where the document's kind and name begin, right before the number; if possible after an article."""
    found: int | None = None
    position = 0
    while (match := _KIND_AND_NAME.search(before, position)) is not None:
        preceding = before[: match.start()]
        if _article_ends(preceding):
            return match.start()
        found, position = match.start(), match.start() + 1
    return found


def _article_ends(before: str) -> bool:
    rest = before[: _link_start(before)]
    return any(article.end() == len(rest) for article in _ARTICLE.finditer(rest))


def _link_start(before: str) -> int:
    """Where the "của" or comma between an article and its document begins."""
    link = _LINK.search(before)
    return link.start() if link is not None else len(before)


def _tidy(printed: str) -> str:
    printed = " ".join(printed.split())
    if not _UNIT_WORD.match(printed):
        return printed
    small = _UNIT_WORD.sub(lambda unit: unit.group().lower(), printed)
    return small.replace("điều", "Điều")
