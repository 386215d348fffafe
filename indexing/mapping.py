"""The fields of a page document: one definition for both engines.

===========  ==================================================  ===========================
field        tokens                                              for
===========  ==================================================  ===========================
fold         folded: the page, the ends of its neighbours, the   words
             title and the heading, what says the same
fold_bi      bigrams of the page, one over the page break        the order of words
exact        as written; those of the page after marked          quoted phrases
title        folded title                                        words of the title
title_bi     its bigrams                                         order, phrases without diacritics
title_exact  the title as written                                quoted phrases
heading      folded heading                                      words of the heading
heading_bi   its bigrams                                         their order
articles     ``dieu_5`` where article 5 begins                   "Điều 5 Luật …"
so_ky_hieu   the item's own legal number, whole and cut          a legal number
cites        legal numbers on the page, whole and cut            a legal number
complete     beginnings of the title's words and of the number   what is half typed
===========  ==================================================  ===========================

Beside these an engine keeps for each facet a keyword field of the facet's name with ``facet_key``, so
that "dat dai" narrows to "Đất đai".

Only ``exact`` has positions of the page's words. Its tokens of the page after carry a mark, so that a
phrase over a page break can be asked for as one that starts with the page's own tokens and may go on
with marked ones: it is found on the page where it starts and on no other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain

from domain.queries import Alternative, Facet, PageDocument
from indexing.abbreviations import spelled_out
from indexing.figures import amounts_and_dates, keys_of, legal_numbers
from indexing.text import bigrams, exact_in, exact_tokens, folded_in, folded_tokens

LAYOUT = 2  # grows with every change of fields or tokens; an index of another layout is built anew

FOLD, FOLD_BI, EXACT = "fold", "fold_bi", "exact"
TITLE, TITLE_BI, TITLE_EXACT = "title", "title_bi", "title_exact"
HEADING, HEADING_BI, ARTICLES = "heading", "heading_bi", "articles"
NUMBER, CITES, COMPLETE = "so_ky_hieu", "cites", "complete"
ANALYSED = (
    *(FOLD, FOLD_BI, EXACT, TITLE, TITLE_BI, TITLE_EXACT),
    *(HEADING, HEADING_BI, ARTICLES, NUMBER, CITES, COMPLETE),
)
WITH_POSITIONS = frozenset({EXACT, TITLE_BI, TITLE_EXACT})

AFTER = "_"  # no token starts so, and no engine takes it for an operator
_APART = "|"  # between what does not follow on each other; nobody can ask for it
_ARTICLE = re.compile(r"(?:^|\n)[^\w\n]{0,3}(?:Điều|ĐIỀU)\s([0-9]{1,4}[a-zđ]?)\b")
_LONGEST_BEGINNING = 24  # characters of a word or a number that completion knows
_LONGEST_KEY = 200
_COMPLETED_WORDS = 40  # of a title


def analyse(page: PageDocument) -> Mapping[str, str]:
    """The tokens of each field, parted by spaces; engines split there and do nothing else."""
    named, words = _named(page.title, page.heading)
    return {**_text(page, words), **named, **_numbers(page)}


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


def facet_key(value: str) -> str:
    """The token by which values are compared; "" for what has no words."""
    return "_".join(folded_tokens(value))[:_LONGEST_KEY]


def _text(page: PageDocument, named: str) -> dict[str, str]:
    chunks = page.text.split()
    folded, exact, after = folded_in(chunks), exact_in(chunks), page.after.split()
    own = folded.split()
    folio = _folio(own, page.label)
    following = exact_in(after).split()
    pairs = bigrams([*own[: len(own) - folio], *folded_in(after[:2]).split()[:1]])
    beside = [*_beside(page.text, folded, own), *_alternatives(page.alternatives, own)]
    beside_pairs = chain.from_iterable(map(bigrams, beside))
    marked = "".join([f" {AFTER}{token}" for token in following])
    written = _parted(exact, marked, folio)
    for other in page.alternatives:
        written += _among(other, exact.split())
    near = f"{folded_in(page.before.split())} {folded_in(after)}"
    return {
        FOLD: f"{folded} {near} {named} {' '.join(chain.from_iterable(beside))}",
        FOLD_BI: " ".join([*pairs, *beside_pairs]),
        EXACT: written,
    }


def _folio(tokens: list[str], label: str | None) -> int:
    """How many tokens at the end are a folio: it would stand in a sentence that runs on."""
    return 1 if label and tokens and [tokens[-1]] == folded_tokens(label) else 0


def _parted(exact: str, marked: str, folio: int) -> str:
    """The page's tokens and then the next page's, a folio behind both."""
    if not folio:
        return exact + marked
    body, _, label = exact.rpartition(" ")
    return f"{body}{marked} {label}"


def _beside(text: str, folded: str, own: list[str]) -> list[list[str]]:
    """What the page says in other words: abbreviations spelled out, amounts and dates as one token."""
    words = [[*words] for words in spelled_out(own)]
    return words + [[figure] for figure in amounts_and_dates(text, folded)]


def _alternatives(found: Sequence[Alternative], own: list[str]) -> list[list[str]]:
    """Other readings of some words, each with its neighbours."""
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
    return " ".join(["", _APART, *before, *exact_tokens(other.text), *after])


@lru_cache(64)  # the pages of an item come one after the other
def _named(title: str, heading: str) -> tuple[dict[str, str], str]:
    """The fields of title and heading, and the words of both."""
    words, under = folded_tokens(title), folded_tokens(heading)
    spelled = [[*words] for words in spelled_out(words)]
    title_words = [*words, *chain.from_iterable(spelled)]
    fields: dict[str, Sequence[str]] = {
        TITLE: title_words,
        TITLE_BI: [*bigrams(words), *[token for run in spelled for token in (_APART, *bigrams(run))]],
        TITLE_EXACT: exact_tokens(title),
        HEADING: under,
        HEADING_BI: bigrams(under),
    }
    return {field: " ".join(tokens) for field, tokens in fields.items()}, " ".join([*title_words, *under])


def _articles(page: PageDocument) -> list[str]:
    return list(dict.fromkeys(_ARTICLE.findall(f"{page.heading}\n{page.text}")))


def _numbers(page: PageDocument) -> dict[str, str]:
    own = legal_numbers(page.so_ky_hieu or "")
    dated = [_dated(number, page.year) for number in own]
    cited = dict.fromkeys([*legal_numbers(page.text), *chain.from_iterable(map(legal_numbers, page.cites))])
    return {
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
