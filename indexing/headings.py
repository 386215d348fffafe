"""The headings that a page stands under: of articles, chapters, sections and numbered questions.

A heading is a line that begins as one ("Điều 5.", "CHƯƠNG II", "Câu 12:"), with the lines it runs on
over: in capitals below a chapter's number, or in small letters after a full line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexing.text import fold

MOST = 4  # headings of one page; more are a table of contents
WORDS = 60  # of one heading; what is longer is text that begins like one
_LINES = 3  # that one heading runs over

_START = re.compile(
    r"[^\w]{0,3}(?:dieu|chuong|muc|phan|cau(?: hoi)?|bai) (?:thu )?"
    r"(?:\d{1,4}[a-z]?|[ivxlc]{1,7}|nhat|hai|ba|tu|nam|sau|bay|tam|chin|muoi)\b"
    r"(?! (?:va|cua|den|tai|theo)\b)"
)
_CHAPTER = re.compile(r"[^\w]{0,3}(?:chuong|phan|muc)\b")
_ITEM = re.compile(r"\s*(?:\d{1,3}|[a-zđ])[.)]\s")


def headings_on(text: str) -> list[str]:
    """The headings that begin on a page, in their order, each on one line; [] for a table of contents."""
    lines = [line.strip() for line in text.splitlines()]
    full = 0.8 * max(map(len, lines), default=0)
    found: list[str] = []
    for at, line in enumerate(lines):
        if _START.match(fold(line[:40])) and not _within_sentence(lines[at - 1] if at else ""):
            found.append(_whole(line, lines[at + 1 : at + _LINES], full))
    return found if len(found) <= MOST else []


def _within_sentence(before: str) -> bool:
    """A line of running text that happens to begin with "Điều 5" follows one that is not ended."""
    return before.endswith((",", ";", "–", "-")) or fold(before).endswith((" tai", " theo", " va", " hoac"))


def _whole(line: str, following: Sequence[str], full: float) -> str:
    told = [line]
    for more in following:
        if not more or _ITEM.match(more) or _START.match(fold(more[:40])):
            break
        named_below = _CHAPTER.match(fold(line)) is not None and more.isupper()
        runs_on = len(told[-1]) >= full and more[0].islower()
        if not named_below and not runs_on:
            break
        told.append(more)
    return " ".join(" ".join(told).split()[:WORDS])


def stands_under(text: str, last: str) -> tuple[str, str]:
    """What a page stands under, one heading to a line, and the last of them, for the page after.

    ``last`` is that of the page before: what it heads runs on to here.
    """
    own = headings_on(text)
    under = [last, *own] if last else own
    return "\n".join(under), own[-1] if own else last
