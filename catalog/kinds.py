"""Which kind of resource a title or a cover speaks of, in the terms of the provincial plans."""

from __future__ import annotations

import re

from catalog.notations import plain

# The order matters only between kinds that begin at the same place.
_WORDS: tuple[tuple[str, str], ...] = (
    ("leaflet", r"to{1,2} gap|to roi|to buom|to thong tin"),
    (
        "qa_book",
        r"hoi\s?[-–&,]?\s?(?:va )?dap|hoi va tra loi|cau hoi[ ,-]{1,3}(?:va )?(?:dap|tra loi)|giai dap",
    ),
    ("press", r"thong cao bao chi|tai lieu hop bao|hop bao"),
    ("skit", r"tieu pham|kich ban|hoat canh"),
    ("lecture", r"bai giang"),
    ("training", r"tap huan|boi duong"),
    ("manual", r"so tay"),
    ("handbook", r"cam nang"),
    ("case", r"tinh huong"),
    ("story", r"cau chuyen|chuyen (?:ke|phap luat)"),
    ("outline", r"de cuong|gioi thieu (?:noi dung|luat|bo luat|phap lenh|nghi dinh|mot so|cac|van ban)"),
    ("commentary", r"binh luan"),
    ("explanation", r"giai thich"),
    ("guide", r"huong dan"),
)
_PATTERN = re.compile("|".join(rf"(?P<{code}>\b(?:{words})\b)" for code, words in _WORDS))
_ABOVE_ALL = ("leaflet", "qa_book")  # "Sổ tay hỏi đáp …" is a book of questions
_STATUTE = re.compile(r"(?:luat|bo luat|hien phap|phap lenh|nghi dinh|thong tu)\b")


def kind_of(text: str) -> str | None:
    """The resource type that a title's words speak of: the first named, but for questions and leaflets."""
    said = plain(" ".join(text.split())[:2000])
    found = [str(match.lastgroup) for match in _PATTERN.finditer(said)]
    return next((code for code in _ABOVE_ALL if code in found), found[0] if found else None)


def names_a_statute(title: str) -> bool:
    """Whether the title is that of a legal document itself: "Luật Đất đai"."""
    return _STATUTE.match(plain(title)) is not None
