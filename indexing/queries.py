"""From what a person typed to what an engine is asked: pure, and the same for every engine.

A query is words in any order, "quoted phrases" and legal numbers. There is no syntax to get wrong:
whatever else stands in it parts words and means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import TypeAlias

from domain.errors import QueryNotUnderstood
from domain.queries import Facet
from indexing.mapping import (
    AFTER,
    BEFORE,
    CITES,
    EXACT,
    FOLD,
    FOLD_BI,
    NUMBER,
    TITLE,
    TITLE_BI,
    TITLE_EXACT,
    marked,
)
from indexing.text import (
    bigrams,
    exact_tokens,
    fold,
    folded_tokens,
    legal_numbers,
    lower,
    nfc,
    without_legal_numbers,
)

MAX_LENGTH = 500  # characters; the rest is not looked at
MAX_TERMS = 64
MAX_NUMBERS = 8
WORDS_ALONE = 4  # "Quyết định số 14/2019/QĐ-TTg" has three beside its number
MAX_NEAR = 32  # a longer text is hardly a sentence that someone remembers word for word

# Folded syllables + ½ bigrams + .3 title ranked best of what was measured (docs/decisions).
BIGRAM, IN_TITLE, IN_AFTER, IN_BEFORE = 0.5, 0.3, 0.4, 0.2
# A legal number outweighs all words; the document itself comes before those that cite it.
OWN_NUMBER, CITED_NUMBER, NUMBER_IN_TEXT = 1_000.0, 100.0, 50.0
VERBATIM = 2.0  # for the words in one run: above the next page, on which more of them may stand

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Has:
    """A page with this token in this field. Rare tokens score higher, unless ``flat``."""

    field: str
    token: str
    weight: float = 1.0
    flat: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A page with these tokens one after another; at least two."""

    field: str
    tokens: tuple[str, ...]
    weight: float = 1.0
    flat: bool = False


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A page that answers at least ``least`` of the parts; every part answered adds to its score."""

    parts: tuple[Clause, ...]
    least: int = 1


@dataclass(frozen=True, slots=True)
class AllOf:
    """A page that answers every part and none of ``never``; ``better`` only adds to its score."""

    parts: tuple[Clause, ...]
    better: tuple[Clause, ...] = ()
    never: tuple[Clause, ...] = ()


Clause: TypeAlias = "Has | Run | AnyOf | AllOf"


@dataclass(frozen=True, slots=True)
class Parsed:
    clause: Clause
    words: tuple[str, ...]  # folded, in their order
    phrases: tuple[tuple[str, ...], ...]  # those that were quoted, folded
    filters: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)  # typed as field:value


def parse(text: str) -> Parsed:
    """What is asked for. Raises QueryNotUnderstood where there is not one word in it."""
    asked = nfc(text[:MAX_LENGTH]).translate(_QUOTES)
    phrases = [phrase for phrase in _QUOTED.findall(asked) if folded_tokens(phrase)]
    plain = _QUOTED.sub(" ", asked)
    words = folded_tokens(plain)[:MAX_TERMS]
    if not words and not phrases:
        raise QueryNotUnderstood(query=text[:MAX_LENGTH], detail="no words")
    parts: list[Clause] = []
    left = MAX_TERMS
    for phrase in phrases:
        if left > 0:
            parts.append(_phrase(phrase, left))
            left -= len(folded_tokens(phrase))
    if words and left > 0:
        parts.append(_plain(plain, left))
    runs = tuple(tuple(folded_tokens(phrase)[:MAX_TERMS]) for phrase in phrases)
    return Parsed(AllOf(tuple(parts), _order(words)), tuple(words), runs)


def least_of(units: int) -> int:
    """How many of some words a page has to have: both of two, most of a few, fewer of a long question.

    Asking a long question for more than 2 in 5 loses good pages by measure; for fewer gains none.
    """
    if units <= 2:
        return units
    return max(ceil(min(units, 6) * 0.6), round(units * 0.4))


def _plain(plain: str, most: int) -> Clause:
    """Legal numbers, or else enough of the words; beside a number few words are no question of their own."""
    numbers = list(dict.fromkeys(legal_numbers(plain)))
    words = list(dict.fromkeys(folded_tokens(without_legal_numbers(plain))[:most]))
    enough = AnyOf(tuple(map(_word, words)), least_of(len(words)))
    if not numbers:
        return enough
    named: list[Clause] = [_number(number) for number in numbers[:MAX_NUMBERS]]
    if len(words) >= WORDS_ALONE:
        return AnyOf((*named, enough))
    return AllOf((AnyOf(tuple(named)),), tuple(map(_word, words)))


def _word(word: str) -> Clause:
    return AnyOf(
        (
            Has(FOLD, word),
            Has(FOLD, AFTER + word, IN_AFTER),
            Has(FOLD, BEFORE + word, IN_BEFORE),
            Has(TITLE, word, IN_TITLE),
        )
    )


def _number(number: str) -> Clause:
    named = (Has(NUMBER, number, OWN_NUMBER, flat=True), Has(CITES, number, CITED_NUMBER, flat=True))
    return AnyOf((*named, *_runs(FOLD, folded_tokens(number), NUMBER_IN_TEXT, flat=True)))


def _phrase(phrase: str, most: int) -> Clause:
    """With diacritics as written, without them whatever they are; in the text or the title."""
    if fold(phrase) == lower(phrase):
        tokens, field, title = folded_tokens(phrase)[:most], FOLD, TITLE
    else:
        tokens, field, title = exact_tokens(phrase)[:most], EXACT, TITLE_EXACT
    return AnyOf((*_runs(field, tokens, 1.0), _run(title, tokens, IN_TITLE)))


def _runs(field: str, tokens: list[str], weight: float, *, flat: bool = False) -> list[Clause]:
    """The tokens in one run that starts on the page, wherever the page may break in it."""
    return [
        _run(field, [*tokens[:end], *marked(AFTER, tokens[end:])], weight, flat=flat)
        for end in range(len(tokens), 0, -1)
    ]


def _run(field: str, tokens: list[str], weight: float, *, flat: bool = False) -> Clause:
    if len(tokens) > 1:
        return Run(field, tuple(tokens), weight, flat)
    return Has(field, tokens[0], weight, flat)


def _order(words: list[str]) -> tuple[Clause, ...]:
    """What only betters a page: the words in their order, in the text or the title."""
    pairs = dict.fromkeys(bigrams(words))
    better: list[Clause] = [Has(FOLD_BI, pair, BIGRAM) for pair in pairs]
    better += [Has(TITLE_BI, pair, BIGRAM * IN_TITLE) for pair in pairs]
    if 2 < len(words) <= MAX_NEAR:
        better += _runs(FOLD, words, VERBATIM)
    return tuple(better)
