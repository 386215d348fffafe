"""What words, phrases and legal numbers mean to an engine: fields and weights.

Weights were measured (docs/search.md); those of legal numbers are an order: a number outweighs all
words; the document itself comes before those that cite it, and of either the page on which the
article begins that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexing.clauses import AllOf, AnyOf, Clause, Has, Like
from indexing.letters import pairs_of
from indexing.mapping import (
    AFTER,
    ARTICLES,
    CITES,
    EXACT,
    FOLD,
    FOLD_BI,
    MAX_RUN,
    NUMBER,
    TITLE_EXACT,
)
from indexing.text import coded, exact_tokens, fold, folded_tokens, lower

BIGRAM, IN_TITLE = 0.5, 0.3
FEW = 2  # words, of which a page has to have one itself, where its neighbours might lend it both
MOST_APART = 6  # words that are looked for apart
ARTICLE_ALONE = 5.0
# Tiers: each outweighs all words and whatever is below it.
OWN_NUMBER, ARTICLE, CITED_NUMBER, NUMBER_IN_TEXT = 100_000.0, 50_000.0, 10_000.0, 5_000.0


def tier(score: float) -> float:
    """What legal numbers brought of a score; words bring less than half of the lowest tier."""
    return round(score / NUMBER_IN_TEXT) * NUMBER_IN_TEXT


def side_by_side(words: Sequence[str]) -> Clause:
    """A page with two neighbours of the query side by side; of a single word, a page with that.

    Most Vietnamese words are two syllables, so that this is a page with a word of the query at least.
    Asking for a share of all syllables finds no better pages by measure, and reads every page for it.
    """
    single = tuple(Has(FOLD, word) for word in dict.fromkeys(words))
    if len(single) < 2:
        return AnyOf(single)
    beside = AnyOf(tuple(Has(FOLD_BI, pair, BIGRAM) for pair in dict.fromkeys(pairs_of(words))))
    if len(single) > FEW:
        return beside
    return AllOf((beside, AnyOf(tuple(Has(FOLD, one.token, 0.0) for one in single))))


def apart(words: Sequence[str]) -> Clause | None:
    """A page with all of the words, wherever they stand; None where they are one, or many."""
    single = tuple(Has(FOLD, word) for word in dict.fromkeys(words))
    return AllOf(single) if 1 < len(single) <= MOST_APART else None


def number(number: str) -> Clause:
    """A whole legal number: of the item, cited by the page, or standing in its text in whatever form."""
    patterns = list(map(_with_any_marks, folded_tokens(number)[:MAX_RUN]))
    return AnyOf((*_numbered(number), _like(patterns, NUMBER_IN_TEXT)))


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
    first, *rest = _patterns(phrase)
    return Like(TITLE_EXACT, (first, *rest), IN_TITLE)


def _in_text(phrase: str) -> Clause:
    """Starting on the page, wherever the page may break in it."""
    like = _like(_patterns(phrase), 1.0)
    pairs = [Has(FOLD_BI, pair, BIGRAM) for pair in pairs_of(folded_tokens(phrase))]
    return AllOf((pairs[0], like), tuple(pairs[1:])) if pairs else like


def _patterns(phrase: str) -> list[str]:
    words = exact_tokens(phrase)[:MAX_RUN]
    return list(map(coded if has_diacritics(phrase) else _with_any_marks, words))


def _like(patterns: Sequence[str], weight: float) -> Clause:
    first, *rest = patterns
    return Like(EXACT, (first, *[f"{AFTER}?{pattern}" for pattern in rest]), weight)


def _with_any_marks(word: str) -> str:
    return f"{fold(word)}[A-Z]*"


def has_diacritics(phrase: str) -> bool:
    return fold(phrase) != lower(phrase)


def _numbered(number: str) -> tuple[Clause, ...]:
    return of_item(number), Has(CITES, number, CITED_NUMBER, flat=True)
