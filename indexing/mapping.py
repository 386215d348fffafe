"""The fields of a page document: one definition for both engines.

===========  ====================================  ================================
field        tokens                                for
===========  ====================================  ================================
fold         folded; the pages beside it marked    words, phrases without diacritics
fold_bi      bigrams, over the page break too      the order of words
exact        as written; the page after it marked  quoted phrases
title        folded title                          words of the title
title_bi     its bigrams                           the order of words
title_exact  the title as written                  quoted phrases
so_ky_hieu   the item's own legal number           a legal number
cites        legal numbers on the page             a legal number
===========  ====================================  ================================

Syllables of the page after carry ``>``, of the page before ``<``. So a phrase over a page break can
be asked for as one that starts with the page's own syllables and goes on with marked ones: it is
found on the page where it starts and on no other.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.queries import Facet, PageDocument
from indexing.text import bigrams, exact_tokens, fold, folded_tokens, legal_numbers

LAYOUT = 1  # grows with every change of fields or tokens; an index of another layout is built anew

FOLD, FOLD_BI, EXACT = "fold", "fold_bi", "exact"
TITLE, TITLE_BI, TITLE_EXACT = "title", "title_bi", "title_exact"
NUMBER, CITES = "so_ky_hieu", "cites"
ANALYSED = (FOLD, FOLD_BI, EXACT, TITLE, TITLE_BI, TITLE_EXACT, NUMBER, CITES)
WITH_POSITIONS = frozenset({FOLD, EXACT, TITLE, TITLE_EXACT})

MAX_KEYWORD = 200  # characters

AFTER, BEFORE = ">", "<"

# The field of each facet: one keyword, compared by ``keyword`` and shown as it is written.
FACETS: Mapping[Facet, str] = {facet: facet.value for facet in Facet}


def analyse(page: PageDocument) -> Mapping[str, str]:
    """The tokens of each field, parted by spaces; engines split there and do nothing else."""
    folded = fold(page.text)
    label = fold(page.label or "")
    own, folio = _parted(folded_tokens(folded), label)
    written, _ = _parted(exact_tokens(page.text), label)
    after = folded_tokens(page.after)
    title = folded_tokens(page.title)
    cited = {*legal_numbers(folded), *(number for cite in page.cites for number in legal_numbers(cite))}
    tokens = {
        FOLD: [*own, *marked(AFTER, after), *folio, *marked(BEFORE, folded_tokens(page.before))],
        FOLD_BI: bigrams([*own, *after[:1]]),
        EXACT: [*written, *marked(AFTER, exact_tokens(page.after)), *folio],
        TITLE: title,
        TITLE_BI: bigrams(title),
        TITLE_EXACT: exact_tokens(page.title),
        NUMBER: legal_numbers(page.so_ky_hieu or ""),
        CITES: sorted(cited),
    }
    return {name: " ".join(found) for name, found in tokens.items()}


def facet_values(page: PageDocument) -> dict[Facet, str]:
    """What the item is narrowed and counted by, as written; only what it has."""
    values = {
        Facet.TYPE: page.resource_type,
        Facet.FIELD: page.field,
        Facet.AGENCY: page.agency,
        Facet.YEAR: None if page.year is None else str(page.year),
        Facet.LEGAL_STATUS: page.legal_status,
    }
    return {facet: value for facet, value in values.items() if value and keyword(value)}


def keyword(value: str) -> str:
    """The form in which values of a facet are compared: folded, bounded."""
    return " ".join(fold(value).split())[:MAX_KEYWORD]


def marked(mark: str, tokens: list[str]) -> list[str]:
    return [mark + token for token in tokens]


def _parted(tokens: list[str], label: str) -> tuple[list[str], list[str]]:
    """The tokens, and apart from them a folio at their end: it would stand in a sentence that runs on."""
    if label and tokens and tokens[-1] == label:
        return tokens[:-1], tokens[-1:]
    return tokens, []
