"""What words, phrases and legal numbers mean to an engine: fields and weights.

Weights were measured (docs/search.md); those of legal numbers are an order: a number outweighs all
words; the document itself comes before those that cite it, and of either the page on which the
article begins that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from indexing.clauses import AllOf, AnyOf, Clause, Has, Like
from indexing.mapping import (
    AFTER,
    ARTICLES,
    CITES,
    EXACT,
    FOLD,
    FOLD_BI,
    MAX_RUN,
    NUMBER,
    TITLE,
    TITLE_EXACT,
)
from indexing.text import bigrams, coded, exact_tokens, fold, folded_tokens, lower

BIGRAM, IN_TITLE = 0.5, 0.3
FEW_WORDS = 6  # of which a page may also have all, apart
FEW = 2  # words, of which a page has to have one itself
ARTICLE_ALONE = 5.0
OWN_NUMBER, ARTICLE, CITED_NUMBER, NUMBER_IN_TEXT = 1_000.0, 500.0, 100.0, 50.0


def enough_of(words: Sequence[str]) -> Clause:
    """A page with two neighbours of the query side by side, or with all of the words.

    Most Vietnamese words are two syllables, so that this is a page with a word of the query at least.
    Asking for a share of all syllables finds no better pages by measure, and reads every page for it.
    Of a few words it has one itself, where its neighbours might lend it all.
    """
    single = tuple(dict.fromkeys(words))
    pairs = tuple(dict.fromkeys(bigrams(words)))
    better = tuple(Has(FOLD, word) for word in single)
    ordered = tuple(Has(FOLD_BI, pair, BIGRAM) for pair in pairs)
    if len(single) > FEW_WORDS:
        return AllOf((AnyOf(ordered),), better)
    every = AllOf(tuple(Has(FOLD, word, 0.0) for word in single))
    enough = AnyOf((*(Has(FOLD_BI, pair, 0.0) for pair in pairs), every))
    own = () if len(single) > FEW else (AnyOf(tuple(chain.from_iterable(map(_itself, single)))),)
    return AllOf((enough, *own), (*better, *ordered))


def _itself(word: str) -> tuple[Clause, ...]:
    return Like(EXACT, (_with_any_marks(word),), 0.0), Has(TITLE, word, 0.0, flat=True)


def order(words: Sequence[str]) -> tuple[Clause, ...]:
    """What only betters a page: words in the title."""
    return tuple(Has(TITLE, word, IN_TITLE) for word in dict.fromkeys(words))


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
    pairs = [Has(FOLD_BI, pair, BIGRAM) for pair in bigrams(folded_tokens(phrase))]
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
