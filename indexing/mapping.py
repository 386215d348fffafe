"""The fields of a page document: one definition for both engines.

===========  =============================================  ===========================
field        tokens                                         for
===========  =============================================  ===========================
fold         folded, and what says the same beside them     words
near         folded, the ends of the pages beside           words of a sentence that runs on
fold_bi      bigrams; those of the page after marked        order, phrases without diacritics
exact        as written; those of the page after marked     quoted phrases
title        folded title                                   words of the title
title_bi     its bigrams                                    order, phrases without diacritics
title_exact  the title as written                           quoted phrases
heading      folded heading                                 words of the heading
heading_bi   its bigrams                                    their order
articles     ``dieu_5`` where article 5 begins              "Điều 5 Luật …"
so_ky_hieu   the item's own legal number, whole and cut     a legal number
cites        legal numbers on the page, whole and cut       a legal number
complete     beginnings of the title's words and number     what is half typed
===========  =============================================  ===========================

Beside these an engine keeps for each facet a keyword field of the facet's name with ``facet_key``, so
that "dat dai" narrows to "Đất đai".

Tokens of the page after carry ``>``. So a phrase over a page break can be asked for as one that
starts with the page's own tokens and goes on with marked ones: it is found on the page where it
starts and on no other. Phrases without diacritics are runs of bigrams, which are rare, so that the
words themselves need no positions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from domain.queries import Alternative, Facet, PageDocument
from indexing.abbreviations import spelled_out
from indexing.figures import amounts_and_dates, keys_of, legal_numbers
from indexing.text import bigrams, exact_tokens, folded_tokens

LAYOUT = 2  # grows with every change of fields or tokens; an index of another layout is built anew

FOLD, NEAR, FOLD_BI, EXACT = "fold", "near", "fold_bi", "exact"
TITLE, TITLE_BI, TITLE_EXACT = "title", "title_bi", "title_exact"
HEADING, HEADING_BI, ARTICLES = "heading", "heading_bi", "articles"
NUMBER, CITES, COMPLETE = "so_ky_hieu", "cites", "complete"
ANALYSED = (
    *(FOLD, NEAR, FOLD_BI, EXACT, TITLE, TITLE_BI, TITLE_EXACT),
    *(HEADING, HEADING_BI, ARTICLES, NUMBER, CITES, COMPLETE),
)
WITH_POSITIONS = frozenset({FOLD_BI, EXACT, TITLE_BI, TITLE_EXACT})

AFTER = ">"
_APART = "|"  # between what does not follow on each other; nobody can ask for it
_ARTICLE = re.compile(r"(?:^|\n)[^\w\n]{0,3}(?:Điều|ĐIỀU)\s([0-9]{1,4}[a-zđ]?)\b")
_LONGEST_BEGINNING = 24  # characters of a word or a number that completion knows
_LONGEST_KEY = 200
_COMPLETED_WORDS = 40  # of a title


def analyse(page: PageDocument) -> Mapping[str, str]:
    """The tokens of each field, parted by spaces; engines split there and do nothing else."""
    tokens = _text(page) | _title(page) | _numbers(page)
    return {name: " ".join(found) for name, found in tokens.items()}


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


def _text(page: PageDocument) -> dict[str, Sequence[str]]:
    own = folded_tokens(page.text)
    written = exact_tokens(page.text)
    folio = _folio(own, page.label)
    body, body_written = own[: len(own) - folio], written[: len(written) - folio]
    after = folded_tokens(page.after)
    pairs = bigrams([*body, *after[:1]])
    beside, beside_pairs = _beside(page.text, own, pairs)
    other, other_pairs, other_written = _alternatives(page.alternatives, own, written)
    marked = [AFTER + token for token in exact_tokens(page.after)]
    return {
        FOLD: [*own, *beside, *other],
        NEAR: [*folded_tokens(page.before), *after],
        FOLD_BI: [*pairs, *[AFTER + pair for pair in bigrams(after)], *beside_pairs, *other_pairs],
        EXACT: [*body_written, *marked, *written[len(written) - folio :], *other_written],
    }


def _folio(tokens: list[str], label: str | None) -> int:
    """How many tokens at the end are a folio: it would stand in a sentence that runs on."""
    return 1 if label and tokens and [tokens[-1]] == folded_tokens(label) else 0


def _beside(text: str, tokens: list[str], pairs: list[str]) -> tuple[list[str], list[str]]:
    """What the page says in other words: abbreviations spelled out, amounts and dates as one token."""
    words = [words for _, words in spelled_out(tokens, pairs)]
    figures = amounts_and_dates(text, " ".join(tokens))
    return [*chain.from_iterable(words), *figures], _apart(map(bigrams, words))


def _alternatives(
    found: Sequence[Alternative], own: list[str], written: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """Other readings of some words: folded, their bigrams, and as written between their neighbours."""
    words: list[str] = []
    pairs: list[list[str]] = []
    runs: list[list[str]] = []
    for other in found:
        if not 0 <= other.word < len(own):
            continue
        before, after = slice(max(0, other.word - 1), other.word), slice(other.word + 1, other.word + 2)
        tokens = folded_tokens(other.text)
        words += tokens
        pairs.append(bigrams([*own[before], *tokens, *own[after]]))
        runs.append([*written[before], *exact_tokens(other.text), *written[after]])
    return words, _apart(pairs), _apart(runs)


def _apart(runs: Iterable[list[str]]) -> list[str]:
    return [token for run in runs for token in (_APART, *run)]


def _title(page: PageDocument) -> dict[str, Sequence[str]]:
    title, heading = folded_tokens(page.title), folded_tokens(page.heading)
    words = [words for _, words in spelled_out(title, bigrams(title))]
    return {
        TITLE: [*title, *chain.from_iterable(words)],
        TITLE_BI: [*bigrams(title), *_apart(map(bigrams, words))],
        TITLE_EXACT: exact_tokens(page.title),
        HEADING: heading,
        HEADING_BI: bigrams(heading),
        ARTICLES: [f"dieu_{number.lower()}" for number in _articles(page)],
    }


def _articles(page: PageDocument) -> list[str]:
    return list(dict.fromkeys(_ARTICLE.findall(f"{page.heading}\n{page.text}")))


def _numbers(page: PageDocument) -> dict[str, Sequence[str]]:
    own = legal_numbers(page.so_ky_hieu or "")
    dated = [_dated(number, page.year) for number in own]
    cited = dict.fromkeys([*legal_numbers(page.text), *chain.from_iterable(map(legal_numbers, page.cites))])
    return {
        NUMBER: _keys([*own, *dated]),
        CITES: _keys(list(cited)),
        COMPLETE: _beginnings(page, own) if page.number == 1 else [],
    }


def _keys(numbers: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(chain.from_iterable(map(keys_of, numbers))))


def _dated(number: str, year: int | None) -> str:
    """A number without a year, 5/qd-ubnd, with that of its item."""
    plain, stroke, rest = number.partition("/")
    return f"{plain}/{year}/{rest}" if year and stroke and not rest[:4].isdigit() else number


def _beginnings(page: PageDocument, own: Sequence[str]) -> list[str]:
    words = [*folded_tokens(page.title)[:_COMPLETED_WORDS], *own]
    return list(dict.fromkeys(word[:end] for word in words for end in range(1, _LONGEST_BEGINNING + 1)))
