"""The fields of a page document: one definition for both engines.

===========  =====================================================  ===========================
field        tokens                                                 for
===========  =====================================================  ===========================
fold         folded: the page, the title, the headings, what says   words
             the same
fold_bi      pairs of letters of all these and of the ends of       the order of words
             the neighbours, over the page breaks
exact        coded; those of the page after marked                  quoted phrases
title_exact  the title, coded                                       quoted phrases
articles     ``dieu_5`` where article 5 begins                      "Điều 5 Luật …"
so_ky_hieu   the item's own legal number, whole and cut             a legal number
cites        legal numbers on the page, whole and cut               a legal number
complete     beginnings of the title's words and of the number      what is half typed
===========  =====================================================  ===========================

A pair of words is the pair of their letters (``indexing.letters``): half as long as spelled out, and
the letters are at hand, since the second look reads a page by them. These are layout 6: in layout 5
``fold_bi`` had bigrams as words, a page was kept without its letters, and the title's words had a field
that nothing asked.

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
from indexing.letters import MOST_WORDS, Words, letters_in, letters_of, pairs_in, pairs_of
from indexing.text import Remembered, coded, fold, folded_tokens, uncoded, words_in

LAYOUT = 6  # grows with every change of fields or tokens; an index of another layout is built anew

FOLD, FOLD_BI, EXACT = "fold", "fold_bi", "exact"
TITLE_EXACT = "title_exact"
ARTICLES, NUMBER, CITES, COMPLETE = "articles", "so_ky_hieu", "cites", "complete"
ANALYSED = (FOLD, FOLD_BI, EXACT, TITLE_EXACT, ARTICLES, NUMBER, CITES, COMPLETE)
RANKED = frozenset({FOLD, FOLD_BI})
WITH_POSITIONS = frozenset({EXACT, TITLE_EXACT})

BESIDE = 30  # syllables of a neighbour's end whose bigrams find a page
MAX_RUN = 24  # words of a phrase that are looked for in a row
AFTER = "_"  # no token starts so, and no engine takes it for an operator
# Of a field that ranks, engines reckon how rare a token is among all pages or among those that have the
# field: none is without it, so that all reckon alike.
_NOTHING = "."
_APART = "|"  # between what does not follow on each other; nobody can ask for it
_SHORT = "\t"  # around a stretch with an abbreviation; no token has it
_ARTICLE = re.compile(r"(?:Điều|ĐIỀU)\s([0-9]{1,4}[a-zđ]?)\b")
_LINE_BEGUN = re.compile(r"\n[^\w\n]{0,3}\Z")
_LONGEST_BEGINNING = 24  # characters of a word or a number that completion knows
_LONGEST_KEY = 200
_COMPLETED_WORDS = 40  # of a title


class Analysed(NamedTuple):
    fields: Mapping[str, str]  # tokens parted by spaces, where engines split; without fields that have none
    words: Words


def analyse(page: PageDocument) -> Analysed:
    """What an engine is given of a page."""
    named = _named(page.title, page.heading)
    found = figures(page.text)
    text, words = _text(page, named, found)
    fields = {
        **text,
        TITLE_EXACT: named.written,
        **_numbers(page, found),
    }
    return Analysed({name: tokens for name, tokens in fields.items() if tokens}, words)


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


def looked_up(token: str) -> tuple[str, str]:
    """The field and the token by which pages with a folded word, or a bigram of them, are found."""
    return (FOLD_BI, letters_of(token.split("_"))) if "_" in token else (FOLD, token)


@lru_cache(2_000)
def facet_key(value: str) -> str:
    """The token by which values are compared; "" for what has no words."""
    return "_".join(folded_tokens(value))[:_LONGEST_KEY]


def _coded_stretch(stretch: str) -> str:
    """Its words coded; between marks if there is an abbreviation among them, since few have any."""
    tokens = " ".join(map(coded, words_in(stretch)))
    return f"{_SHORT}{tokens}{_SHORT}" if spelled_out(uncoded(tokens).split()) else tokens


_coded_stretches = Remembered(_coded_stretch)


def _coded(stretches: Iterable[str]) -> str:
    return " ".join(map(_coded_stretches.__getitem__, stretches))


def _text(page: PageDocument, named: _Named, found: Figures) -> tuple[dict[str, str], Words]:
    running, after = page.text.split(), page.after.split()
    body = len(running) - _folio(page, running)
    folio = running[body:]
    del running[body:]
    written, last = _coded(running), _coded(folio)
    folded = uncoded(f"{written} {last}")
    own = folded.replace(_SHORT, "")
    beside = [*_beside(found, own, folded.split(_SHORT)[1::2]), *_alternatives(page.alternatives, own)]
    exact = [written, _marked(_coded(after[:MAX_RUN])), last]
    if page.alternatives:
        tokens = f"{written} {last}".split()
        exact += [_among(other, tokens) for other in page.alternatives]
    said, before, behind = letters_in(running), letters_in(page.before.split()), letters_in(after)
    # A sentence runs on over the page break, past a page number.
    pairs = pairs_in(f"{before[-BESIDE:]}{said}{behind[:BESIDE]}")
    fields = {
        FOLD: " ".join([own, named.words, *chain(*beside)]).strip() or _NOTHING,
        FOLD_BI: " ".join([pairs, named.pairs, *map(_pairs, beside)]).strip() or _NOTHING,
        EXACT: " ".join(exact).replace(_SHORT, "").strip(),
    }
    kept = (f"{said}{letters_in(folio)}", before, behind, named.heading)
    return fields, Words(*(letters[:MOST_WORDS] for letters in kept))


def _folio(page: PageDocument, chunks: list[str]) -> int:
    """How many chunks at the end are a page number: it would stand in a sentence that runs on."""
    last = page.text.rpartition("\n")[2]
    if is_folio(last):
        return len(last.split())
    return 1 if page.label and chunks and _coded(chunks[-1:]) == _coded([page.label]) else 0


def _marked(tokens: str) -> str:
    apart = tokens.split()
    return AFTER + f" {AFTER}".join(apart) if apart else ""


def _beside(found: Figures, folded: str, short: Iterable[str]) -> list[tuple[str, ...]]:
    """What the page says in other words: abbreviations spelled out, amounts and dates as one token."""
    words = dict.fromkeys(chain.from_iterable(map(_spelled_out, dict.fromkeys(short))))
    figures = [*[amount for _, amount in found.amounts], *found.dates, *spelled_dates(folded)]
    return [*words, *((figure,) for figure in figures)]


@lru_cache(2_000)
def _spelled_out(tokens: str) -> list[tuple[str, ...]]:
    return spelled_out(tokens.split())


@lru_cache(2_000)
def _pairs(words: tuple[str, ...]) -> str:
    return pairs_in(letters_of(words))


def _alternatives(found: Sequence[Alternative], folded: str) -> list[tuple[str, ...]]:
    """Other readings of some words, each with its neighbours."""
    own = folded.split() if found else []
    return [
        (*own[max(0, other.word - 1) : other.word], *folded_tokens(other.text), *own[other.word + 1 :][:1])
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
    """What title and headings say."""

    written: str  # the title, coded
    words: str  # of both
    pairs: str  # of both
    heading: str  # its letters


@lru_cache(64)  # the pages of an item come one after the other
def _named(title: str, heading: str) -> _Named:
    words, under = folded_tokens(title), folded_tokens(heading)
    spelled = [[*words] for words in spelled_out(words)]
    named = " ".join([*words, *chain(*spelled)])
    pairs = chain.from_iterable(map(pairs_of, [words, *spelled, under]))
    return _Named(
        " ".join(map(coded, words_in(title))),
        " ".join([named, *under]),
        " ".join(pairs),
        letters_of(under),
    )


def _articles(page: PageDocument) -> Iterator[str]:
    """The articles that begin on the page: named at the start of a line."""
    for text in (page.heading, page.text):
        for found in _ARTICLE.finditer(text):
            if _LINE_BEGUN.search(text, max(0, found.start() - 4), found.start()) or not found.start():
                yield f"dieu_{fold(found[1])}"


def _numbers(page: PageDocument, found: Figures) -> dict[str, str]:
    own = _own_numbers(page.so_ky_hieu or "", page.year)
    cited = dict.fromkeys(
        [*(number for _, number in found.numbers), *chain.from_iterable(map(legal_numbers, page.cites))]
    )
    return {
        ARTICLES: " ".join(dict.fromkeys(_articles(page))),
        NUMBER: own.keys,
        CITES: _keys(cited),
        COMPLETE: _beginnings(page, own.whole) if page.number == 1 else "",
    }


class _Own(NamedTuple):
    """The legal numbers of an item, whole and as they are kept."""

    whole: list[str]
    keys: str


@lru_cache(64)
def _own_numbers(so_ky_hieu: str, year: int | None) -> _Own:
    whole = legal_numbers(so_ky_hieu)
    return _Own(whole, _keys([*whole, *(_dated(number, year) for number in whole)]))


def _keys(numbers: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(chain.from_iterable(map(keys_of, numbers))))


def _dated(number: str, year: int | None) -> str:
    """A number without a year, 5/qd-ubnd, with that of its item."""
    plain, stroke, rest = number.partition("/")
    return f"{plain}/{year}/{rest}" if year and stroke and not rest[:4].isdigit() else number


def _beginnings(page: PageDocument, own: Sequence[str]) -> str:
    words = [*folded_tokens(page.title)[:_COMPLETED_WORDS], *own]
    return " ".join(dict.fromkeys(word[:end] for word in words for end in range(1, _LONGEST_BEGINNING + 1)))
