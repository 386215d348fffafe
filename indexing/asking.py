"""What words, phrases and legal numbers mean to an engine: fields and weights.

Weights were measured (docs/search.md); those of legal numbers are an order: a number outweighs all
words; the document itself comes before those that cite it, and of either the page on which the
article begins that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from indexing.clauses import AnyOf, Clause, Has, Run
from indexing.mapping import (
    AFTER,
    ARTICLES,
    CITES,
    EXACT,
    FOLD,
    FOLD_BI,
    HEADING,
    HEADING_BI,
    NEAR,
    NUMBER,
    TITLE,
    TITLE_BI,
    TITLE_EXACT,
)
from indexing.text import bigrams, exact_tokens, fold, folded_tokens, lower

BIGRAM, IN_TITLE, IN_HEADING, IN_NEAR, IN_AFTER = 0.5, 0.3, 0.3, 0.3, 0.3
OWN_NUMBER, ARTICLE, CITED_NUMBER, NUMBER_IN_TEXT = 1_000.0, 500.0, 100.0, 50.0


def enough_of(words: Sequence[str]) -> Clause:
    return AnyOf(tuple(map(word, words)), least_of(len(words)))


def least_of(units: int) -> int:
    """How many of some words a page has to have: both of two, most of a few, fewer of a long question.

    Asking a long question for more than 2 in 5 loses good pages by measure; for fewer gains none.
    """
    if units <= 2:
        return units
    return max(ceil(min(units, 6) * 0.6), round(units * 0.4))


def word(word: str) -> Clause:
    return AnyOf(
        (
            Has(FOLD, word),
            Has(NEAR, word, IN_NEAR),
            Has(TITLE, word, IN_TITLE),
            Has(HEADING, word, IN_HEADING),
        )
    )


def order(words: Sequence[str]) -> tuple[Clause, ...]:
    """What only betters a page: the words in their order, in the text, the title or the heading."""
    pairs = dict.fromkeys(bigrams(words))
    better = [Has(FOLD_BI, pair, BIGRAM) for pair in pairs]
    better += [Has(FOLD_BI, AFTER + pair, BIGRAM * IN_AFTER) for pair in pairs]
    better += [Has(TITLE_BI, pair, BIGRAM * IN_TITLE) for pair in pairs]
    better += [Has(HEADING_BI, pair, BIGRAM * IN_HEADING) for pair in pairs]
    return tuple(better)


def number(number: str) -> Clause:
    """A whole legal number: of the item, cited by the page, or standing in its text in whatever form."""
    in_text = _runs(FOLD_BI, bigrams(folded_tokens(number)), NUMBER_IN_TEXT, flat=True)
    return AnyOf((*_numbered(number), *in_text))


def remembered(number: str) -> Clause:
    """A legal number, whole or cut: "14/2019/qd", "14/2019"."""
    return AnyOf(_numbered(number))


def of_item(number: str) -> Clause:
    return Has(NUMBER, number, OWN_NUMBER, flat=True)


def article(token: str, weight: float = ARTICLE) -> Clause:
    return Has(ARTICLES, token, weight, flat=True)


def phrase(phrase: str) -> Clause:
    """With diacritics as written, without them whatever they are; in the text or the title."""
    return AnyOf((*_in_text(phrase), in_title(phrase)))


def in_title(phrase: str) -> Clause:
    if _plain(phrase):
        tokens = folded_tokens(phrase)
        if len(tokens) == 1:
            return Has(TITLE, tokens[0], IN_TITLE)
        return _run(TITLE_BI, bigrams(tokens), IN_TITLE)
    return _run(TITLE_EXACT, exact_tokens(phrase), IN_TITLE)


def _in_text(phrase: str) -> list[Clause]:
    if not _plain(phrase):
        return _runs(EXACT, exact_tokens(phrase), 1.0)
    tokens = folded_tokens(phrase)
    return _runs(FOLD_BI, bigrams(tokens), 1.0) if len(tokens) > 1 else [Has(FOLD, tokens[0])]


def _plain(phrase: str) -> bool:
    return fold(phrase) == lower(phrase)


def _numbered(number: str) -> tuple[Clause, ...]:
    return of_item(number), Has(CITES, number, CITED_NUMBER, flat=True)


def _runs(field: str, tokens: Sequence[str], weight: float, *, flat: bool = False) -> list[Clause]:
    """The tokens in one run that starts on the page, wherever the page may break in it."""
    return [
        _run(field, [*tokens[:end], *[AFTER + token for token in tokens[end:]]], weight, flat=flat)
        for end in range(len(tokens), 0, -1)
    ]


def _run(field: str, tokens: Sequence[str], weight: float, *, flat: bool = False) -> Clause:
    if len(tokens) > 1:
        return Run(field, tuple(tokens), weight, flat)
    return Has(field, tokens[0], weight, flat)
