"""The fields of a page document: one definition for both engines.

===========  =====================================================  ===========================
field        tokens                                                 for
===========  =====================================================  ===========================
fold         folded: the page, the ends of its neighbours, the      words
             title, the headings, what says the same
fold_bi      bigrams of all these                                   the order of words
exact        coded; those of the page after marked                  quoted phrases
title        folded title                                           words of the title
title_exact  the title, coded                                       quoted phrases
articles     ``dieu_5`` where article 5 begins                      "Điều 5 Luật …"
so_ky_hieu   the item's own legal number, whole and cut             a legal number
cites        legal numbers on the page, whole and cut               a legal number
complete     beginnings of the title's words and of the number      what is half typed
===========  =====================================================  ===========================

Beside these an engine keeps for each facet a keyword field of the facet's name with ``facet_key``, so
that "dat dai" narrows to "Đất đai".

Only ``exact`` has positions of the page's words. Its tokens of the page after carry a mark, so that a
phrase over a page break can be asked for as one that starts with the page's own tokens and may go on
with marked ones: it is found on the page where it starts and on no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from domain.queries import Alternative, Facet, PageDocument
from indexing.abbreviations import spelled_out
from indexing.figures import Figures, figures, keys_of, legal_numbers, spelled_dates
from indexing.folios import is_folio
from indexing.text import MAX_TOKEN, Remembered, bigrams, coded, fold, folded_tokens, words_in

LAYOUT = 3  # grows with every change of fields or tokens; an index of another layout is built anew

FOLD, FOLD_BI, EXACT = "fold", "fold_bi", "exact"
TITLE, TITLE_EXACT = "title", "title_exact"
ARTICLES, NUMBER, CITES, COMPLETE = "articles", "so_ky_hieu", "cites", "complete"
ANALYSED = (FOLD, FOLD_BI, EXACT, TITLE, TITLE_EXACT, ARTICLES, NUMBER, CITES, COMPLETE)
RANKED = frozenset({FOLD, FOLD_BI, TITLE})
WITH_POSITIONS = frozenset({EXACT, TITLE_EXACT})

MAX_RUN = 24  # words of a phrase that are looked for in a row
AFTER = "_"  # no token starts so, and no engine takes it for an operator
# Of a field that ranks, engines reckon how rare a token is among all pages or among those that have the
# field: none is without it, so that all reckon alike.
_NOTHING = "."
_APART = "|"  # between what does not follow on each other; nobody can ask for it
_ARTICLE = re.compile(r"(?:Điều|ĐIỀU)\s([0-9]{1,4}[a-zđ]?)\b")
_LINE_BEGUN = re.compile(r"\n[^\w\n]{0,3}\Z")
_LONGEST_BEGINNING = 24  # characters of a word or a number that completion knows
_LONGEST_KEY = 200
_COMPLETED_WORDS = 40  # of a title


def analyse(page: PageDocument) -> Mapping[str, str]:
    """The tokens of each field that ranks or has any, parted by spaces; engines split there alone."""
    named = _named(page.title, page.heading)
    found = figures(page.text)
    fields = {**_text(page, named, found), **_numbers(page, found)}
    fields |= {TITLE: named.title, TITLE_EXACT: named.written}
    return {name: tokens or _NOTHING for name, tokens in fields.items() if tokens or name in RANKED}


def facets(page: PageDocument) -> Mapping[Facet, str]:
    """What the page's item has of each facet, as the record writes it."""
    year = None if page.year is None else str(page.year)
    known = {
        Facet.TYPE: page.resource_type,
        Facet.FIELD: page.field,
        Facet.AGENCY: page.agency,
        Facet.YEAR: year,
        Facet.LEGAL_STATUS: page.legal_status,
    }
    return {facet: value for facet, value in known.items() if value}


def ranked_in(token: str) -> str:
    """The field that a folded word, or a bigram, is looked up in."""
    return FOLD_BI if "_" in token else FOLD


def facet_key(value: str) -> str:
    """The token by which values are compared; "" for what has no words."""
    return "_".join(folded_tokens(value))[:_LONGEST_KEY]


class _Stretch(NamedTuple):
    """What a stretch without spaces says: tokens parted by spaces; no tokens, no stretch."""

    folded: str
    coded: str
    twice: str  # each folded token twice, so that stretches joined by "_" are bigrams: "3 3_5 5" for "3,5"
    spelled: tuple[tuple[str, ...], ...]  # the words of abbreviations in it


def _stretch(written: str) -> _Stretch:
    words = words_in(written)
    folded = [fold(word)[:MAX_TOKEN] for word in words]
    twice = "_".join(f"{token} {token}" for token in folded)
    return _Stretch(" ".join(folded), " ".join(map(coded, words)), twice, tuple(spelled_out(folded)))


_stretches = Remembered(_stretch)


def _text(page: PageDocument, named: _Named, found: Figures) -> dict[str, str]:
    chunks, before, after = page.text.split(), page.before.split(), page.after.split()
    start, end = len(before), len(before) + len(chunks)
    body = end - _folio(page, chunks)
    # A sentence runs on over the page break, past a page number.
    columns = zip(*map(_stretches.__getitem__, (*before, *chunks, *after)), strict=True)
    folded, written, twice, spelled = columns if start + end + len(after) else ((), (), (), ())
    own = " ".join(folded[start:end])
    pairs = "_".join(filter(None, (*twice[:body], *twice[end:])))
    beside = [*_beside(found, own, spelled[start:end]), *_alternatives(page.alternatives, own)]
    exact = [*written[start:body], *_marked(written[end : end + MAX_RUN]), *written[body:end]]
    if page.alternatives:
        tokens = " ".join(written[start:end]).split()
        exact += [_among(other, tokens) for other in page.alternatives]
    return {
        FOLD: " ".join([*folded, named.words, *chain(*beside)]),
        FOLD_BI: " ".join([_joined(pairs), named.pairs, *chain.from_iterable(map(bigrams, beside))]),
        EXACT: " ".join(exact),
    }


def _joined(twice: str) -> str:
    """The bigrams of tokens that stand twice each, joined by "_"."""
    return twice[twice.find(" ") + 1 : max(0, twice.rfind(" "))]


def _folio(page: PageDocument, chunks: list[str]) -> int:
    """How many chunks at the end are a page number: it would stand in a sentence that runs on."""
    last = page.text.rpartition("\n")[2]
    if is_folio(last):
        return len(last.split())
    return 1 if page.label and chunks and folded_tokens(chunks[-1]) == folded_tokens(page.label) else 0


def _marked(stretches: Iterable[str]) -> Iterator[str]:
    return (AFTER + token for token in " ".join(stretches).split())


def _beside(found: Figures, folded: str, spelled: Iterable[Iterable[tuple[str, ...]]]) -> list[list[str]]:
    """What the page says in other words: abbreviations spelled out, amounts and dates as one token."""
    words = dict.fromkeys(chain.from_iterable(filter(None, spelled)))
    figures = [*(amount for _, amount in found.amounts), *found.dates, *spelled_dates(folded)]
    return [*map(list, words), *([figure] for figure in figures)]


def _alternatives(found: Sequence[Alternative], folded: str) -> list[list[str]]:
    """Other readings of some words, each with its neighbours."""
    own = folded.split() if found else []
    return [
        [*own[max(0, other.word - 1) : other.word], *folded_tokens(other.text), *own[other.word + 1 :][:1]]
        for other in found
        if 0 <= other.word < len(own)
    ]


def _among(other: Alternative, written: list[str]) -> str:
    """Another reading as written, between its neighbours and apart from what stands before."""
    if not 0 <= other.word < len(written):
        return ""
    before, after = written[max(0, other.word - 1) : other.word], written[other.word + 1 :][:1]
    return " ".join([_APART, *before, *map(coded, words_in(other.text)), *after])


@dataclass(frozen=True, slots=True)
class _Named:
    """What title and headings say: the title's words and how it is written, the words and bigrams of both."""

    title: str
    written: str
    words: str
    pairs: str


@lru_cache(64)  # the pages of an item come one after the other
def _named(title: str, heading: str) -> _Named:
    words, under = folded_tokens(title), folded_tokens(heading)
    spelled = [[*words] for words in spelled_out(words)]
    named = " ".join([*words, *chain(*spelled)])
    pairs = chain.from_iterable(map(bigrams, [words, *spelled, under]))
    return _Named(named, " ".join(map(coded, words_in(title))), " ".join([named, *under]), " ".join(pairs))


def _articles(page: PageDocument) -> Iterator[str]:
    """The articles that begin on the page: named at the start of a line."""
    for text in (page.heading, page.text):
        for found in _ARTICLE.finditer(text):
            if _LINE_BEGUN.search(text, max(0, found.start() - 4), found.start()) or not found.start():
                yield f"dieu_{fold(found[1])}"


def _numbers(page: PageDocument, found: Figures) -> dict[str, str]:
    own = legal_numbers(page.so_ky_hieu or "")
    dated = [_dated(number, page.year) for number in own]
    cited = dict.fromkeys(
        [*(number for _, number in found.numbers), *chain.from_iterable(map(legal_numbers, page.cites))]
    )
    return {
        ARTICLES: " ".join(dict.fromkeys(_articles(page))),
        NUMBER: _keys([*own, *dated]),
        CITES: _keys(list(cited)),
        COMPLETE: _beginnings(page, own) if page.number == 1 else "",
    }


def _keys(numbers: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(chain.from_iterable(map(keys_of, numbers))))


def _dated(number: str, year: int | None) -> str:
    """A number without a year, 5/qd-ubnd, with that of its item."""
    plain, stroke, rest = number.partition("/")
    return f"{plain}/{year}/{rest}" if year and stroke and not rest[:4].isdigit() else number


def _beginnings(page: PageDocument, own: Sequence[str]) -> str:
    words = [*folded_tokens(page.title)[:_COMPLETED_WORDS], *own]
    return " ".join(dict.fromkeys(word[:end] for word in words for end in range(1, _LONGEST_BEGINNING + 1)))
