"""Legal documents as people name them: "quyết định 14 năm 2019", "luật 14/2012", "Điều 5 Luật …"."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What a kind of document has in its number: laws and their like have their maker's instead.
_KINDS = {
    "quyet dinh": ("qd",),
    "qd": ("qd",),
    "nghi dinh": ("nd",),
    "nd": ("nd",),
    "thong tu lien tich": ("ttlt",),
    "ttlt": ("ttlt",),
    "thong tu": ("tt",),
    "tt": ("tt",),
    "chi thi": ("ct",),
    "ct": ("ct",),
    "nghi quyet": ("nq", "qh", "ubtvqh"),
    "nq": ("nq", "qh", "ubtvqh"),
    "bo luat": ("qh",),
    "luat": ("qh",),
    "phap lenh": ("ubtvqh", "pl"),
    "lenh": ("l",),
    "cong van": ("cv",),
}
_NAMED = re.compile(
    rf"\b(?P<kind>{'|'.join(sorted(_KINDS, key=len, reverse=True))}) (?:so )?"
    r"(?P<number>[0-9]{1,5}) (?:nam )?(?P<year>(?:19|20)[0-9]{2})\b"
)
_BARE = re.compile(r"(?<![\w/.-])([0-9]{1,5})\s?/\s?((?:19|20)[0-9]{2})(?![\w/-])")
_ARTICLE = re.compile(r"\bdieu ([0-9]{1,4}[a-z]?)\b")
_MONTH = re.compile(r"thang\s*$")


def named(words: Sequence[str]) -> list[str]:
    """The numbers of documents in folded words, as far as they are told: "14/2019/qd"."""
    found = []
    for match in _NAMED.finditer(" ".join(words)):
        number = f"{match['number'].lstrip('0') or '0'}/{match['year']}"
        found += [f"{number}/{kind}" for kind in _KINDS[match["kind"]]]
    return found


def bare(folded: str) -> list[str]:
    """Numbers with a year and nothing else, 14/2012, in folded text; a month of a year is none."""
    return [
        f"{found[1].lstrip('0') or '0'}/{found[2]}"
        for found in _BARE.finditer(folded)
        if not _MONTH.search(folded, 0, found.start())
    ]


def articles(words: Sequence[str]) -> list[str]:
    """The articles named in folded words, as the index knows them: "dieu_5"."""
    return [f"dieu_{number}" for number in dict.fromkeys(_ARTICLE.findall(" ".join(words)))]
