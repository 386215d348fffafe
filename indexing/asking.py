"""What words, phrases and legal numbers mean to an engine: fields and weights.

Weights were measured (docs/search.md); those of legal numbers are an order: a number outweighs all
words; the document itself comes before those that cite it, and of either the page on which the
article begins that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import ceil

from indexing.clauses import AllOf, AnyOf, Clause, Has, Like, Run
from indexing.mapping import (
    AFTER,
    ARTICLES,
    CITES,
    EXACT,
    FOLD,
    FOLD_BI,
    HEADING,
    HEADING_BI,
    NUMBER,
    TITLE,
    TITLE_BI,
    TITLE_EXACT,
)
from indexing.text import bigrams, exact_tokens, fold, folded_tokens, lower

BIGRAM, IN_TITLE, IN_HEADING = 0.5, 0.3, 0.15
FEW = 2  # words, of which a page has to have one itself
MAX_RUN = 24  # words of a phrase that are looked for in a row
ARTICLE_ALONE = 5.0
OWN_NUMBER, ARTICLE, CITED_NUMBER, NUMBER_IN_TEXT = 1_000.0, 500.0, 100.0, 50.0

_LETTERS = "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵð"
_ACCENTED = {
    letter: "".join(one for one in _LETTERS if fold(one) == letter)
    for letter in sorted({*map(fold, _LETTERS)})
}


def enough_of(words: Sequence[str]) -> Clause:
    """A page with enough of some words; with one of a few itself, where its neighbours might lend them."""
    enough = AnyOf(tuple(Has(FOLD, word) for word in words), least_of(len(words)))
    if len(words) > FEW:
        return enough
    return AllOf((enough, AnyOf(tuple(chain.from_iterable(map(_itself, words))))))


def _itself(word: str) -> tuple[Clause, ...]:
    return (
        Like(EXACT, (_folded(word),), 0.0),
        Has(TITLE, word, 0.0, flat=True),
        Has(HEADING, word, 0.0, flat=True),
    )


def least_of(units: int) -> int:
    """How many of some words a page has to have: both of two, most of a few, fewer of a long question.

    Asking a long question for more than 2 in 5 loses good pages by measure; for fewer gains none.
    """
    if units <= 2:
        return units
    return max(ceil(min(units, 6) * 0.6), round(units * 0.4))


def order(words: Sequence[str]) -> tuple[Clause, ...]:
    """What only betters a page: the words in title and heading, their order there and in the text."""
    single, pairs = dict.fromkeys(words), dict.fromkeys(bigrams(words))
    better = [Has(FOLD_BI, pair, BIGRAM) for pair in pairs]
    for field, field_bi, weight in ((TITLE, TITLE_BI, IN_TITLE), (HEADING, HEADING_BI, IN_HEADING)):
        better += [Has(field, word, weight) for word in single]
        better += [Has(field_bi, pair, BIGRAM * weight) for pair in pairs]
    return tuple(better)


def number(number: str) -> Clause:
    """A whole legal number: of the item, cited by the page, or standing in its text in whatever form."""
    return AnyOf((*_numbered(number), _like(list(map(_folded, folded_tokens(number))), NUMBER_IN_TEXT)))


def remembered(number: str) -> Clause:
    """A legal number, whole or cut: "14/2019/qd", "14/2019"."""
    return AnyOf(_numbered(number))


def of_item(number: str) -> Clause:
    return Has(NUMBER, number, OWN_NUMBER, flat=True)


def article(token: str, *, numbered: bool) -> Clause:
    """A page on which an article begins, whether or not a document is named by its number."""
    return Has(ARTICLES, token, ARTICLE if numbered else ARTICLE_ALONE, flat=True)


def phrase(phrase: str) -> Clause:
    """With diacritics as written, without them whatever they are; in the text or the title."""
    return AnyOf((_in_text(phrase), in_title(phrase)))


def in_title(phrase: str) -> Clause:
    if has_diacritics(phrase):
        return _run(TITLE_EXACT, exact_tokens(phrase), IN_TITLE)
    tokens = folded_tokens(phrase)
    return _run(TITLE_BI, bigrams(tokens), IN_TITLE) if len(tokens) > 1 else Has(TITLE, tokens[0], IN_TITLE)


def _in_text(phrase: str) -> Clause:
    """Starting on the page, wherever the page may break in it."""
    pairs = bigrams(folded_tokens(phrase))
    pattern = str if has_diacritics(phrase) else _folded
    like = _like([pattern(token) for token in exact_tokens(phrase)], 1.0)
    if not pairs:
        return like
    first, *rest = [Has(FOLD_BI, pair, BIGRAM) for pair in pairs]
    return AllOf((first, like), tuple(rest))


def _like(patterns: Sequence[str], weight: float) -> Clause:
    first, *rest = patterns[:MAX_RUN]
    return Like(EXACT, (first, *[f"{AFTER}?{pattern}" for pattern in rest]), weight)


def _folded(token: str) -> str:
    """A pattern for whatever folds to this token."""
    return "".join(
        f"[{letter}{_ACCENTED[letter]}]" if letter in _ACCENTED else letter for letter in fold(token)
    )


def has_diacritics(phrase: str) -> bool:
    return fold(phrase) != lower(phrase)


def _numbered(number: str) -> tuple[Clause, ...]:
    return of_item(number), Has(CITES, number, CITED_NUMBER, flat=True)


def _run(field: str, tokens: Sequence[str], weight: float) -> Clause:
    return Run(field, tuple(tokens), weight) if len(tokens) > 1 else Has(field, tokens[0], weight)
