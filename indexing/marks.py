"""Which words of a page are those that were looked for: one rule for snippets and for boxes.

A page is given as its chunks, what stands between spaces: "nước/nhà" holds two tokens, a dash none.
The tokens of a chunk are remembered, since a language has few chunks, so that marking a page costs
less than folding it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

from indexing.mapping import AFTER, BEFORE
from indexing.queries import Clause, Has, Parsed, Run
from indexing.text import exact_tokens, fold, folded_tokens, legal_numbers

IN_ORDER = 2  # a word beside its neighbour of the query tells more than a word alone
_CHUNKS = 50_000  # remembered, some 10 MB
_LONGEST = 60  # characters of a chunk that is remembered

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is marked on a page."""

    alone: frozenset[str]  # folded words, wherever they stand
    pairs: frozenset[tuple[str, str]]  # neighbours in the query
    runs: tuple[Tokens, ...]  # folded; marked as a whole or not at all
    written: tuple[Tokens, ...]  # the same with diacritics, as they were quoted


def folded(chunks: Sequence[str]) -> list[Tokens]:
    """The folded tokens of each chunk, as ``indexing.text`` makes them."""
    if max(map(len, chunks), default=0) > _LONGEST:
        return [tuple(folded_tokens(chunk)) for chunk in chunks]
    return list(map(_folded, chunks))


def written(chunks: Sequence[str]) -> list[Tokens]:
    """The same with diacritics; as many, one for one."""
    if max(map(len, chunks), default=0) > _LONGEST:
        return [tuple(exact_tokens(chunk)) for chunk in chunks]
    return list(map(_written, chunks))


@lru_cache(_CHUNKS)
def _folded(chunk: str) -> Tokens:
    return tuple(folded_tokens(chunk))


@lru_cache(_CHUNKS)
def _written(chunk: str) -> Tokens:
    return tuple(exact_tokens(chunk))


def worth(chunks: Sequence[str], parts: Sequence[Tokens], asked: Sought) -> dict[int, int]:
    """What each marked token of a page tells, by its ordinal; ``parts`` are the chunks' folded tokens."""
    tokens = list(chain.from_iterable(parts))
    alone, pairs = asked.alone, asked.pairs
    told = dict.fromkeys((at for at, token in enumerate(tokens) if token in alone), 1)
    for at in list(told):
        if at + 1 in told and (tokens[at], tokens[at + 1]) in pairs:
            told[at] += IN_ORDER
            told[at + 1] += IN_ORDER
    for row, run in _in_a_row(chunks, tokens, asked):
        for place in places_of(row, run):
            for at in range(place, place + len(run)):
                told[at] = told.get(at, 0) + 1 + IN_ORDER
    return told


def begun(chunks: Sequence[str], parts: Sequence[Tokens], asked: Sought) -> dict[int, int]:
    """The same for runs that stand nowhere whole, of which the page ends with the start."""
    told: dict[int, int] = {}
    for row, run in _in_a_row(chunks, list(chain.from_iterable(parts)), asked):
        if next(places_of(row, run), None) is None:
            told |= dict.fromkeys(_at_the_end(row, run), 1 + IN_ORDER)
    return told


def _at_the_end(tokens: list[str], run: Tokens) -> range:
    for end in (len(tokens), len(tokens) - 1):  # a folio may stand below
        for length in range(min(len(run) - 1, end), 0, -1):
            if tuple(tokens[end - length : end]) == run[:length]:
                return range(end - length, end)
    return range(0)


def _in_a_row(chunks: Sequence[str], tokens: list[str], asked: Sought) -> Iterator[tuple[list[str], Tokens]]:
    """Each run with the page's tokens in the form it is compared with."""
    for run in asked.runs:
        yield tokens, run
    if asked.written:
        exact = list(chain.from_iterable(written(chunks)))
        for run in asked.written:
            yield exact, run


def sought(parsed: Parsed) -> Sought:
    """What a query asks to be marked: words, phrases, legal numbers, abbreviations spelled out.

    Nothing that it excludes. A legal number is marked as one, its figures not wherever they stand.
    """
    asked = list(_asked(parsed.clause))
    accented = tuple(dict.fromkeys(run for run in asked if any(fold(token) != token for token in run)))
    as_quoted = {tuple(fold(token) for token in run) for run in accented}
    numbers = [_number(run[0]) for run in asked if len(run) == 1 and legal_numbers(run[0]) == [run[0]]]
    words = _without(parsed.words, numbers)
    plain = {*parsed.words} | {token for run in numbers for token in run}
    spelled = [run for run in asked if run not in accented and run not in as_quoted and not plain >= {*run}]
    phrases = [phrase for phrase in parsed.phrases if phrase not in as_quoted]
    return Sought(
        alone=frozenset(words),
        pairs=frozenset(pairwise(words)),
        runs=tuple(dict.fromkeys([*phrases, *chain.from_iterable(map(_padded, numbers)), *spelled])),
        written=accented,
    )


def _asked(clause: Clause) -> Iterator[Tokens]:
    """What a page can have to answer the clause: tokens in a row; bigrams and neighbours' tokens left out."""
    if isinstance(clause, Has | Run):
        tokens = (clause.token,) if isinstance(clause, Has) else clause.tokens
        if not any("_" in token or token.startswith((AFTER, BEFORE)) for token in tokens):
            yield tokens
        return
    for part in clause.parts:
        yield from _asked(part)


def _number(token: str) -> Tokens:
    return tuple(folded_tokens(token))


def _padded(number: Tokens) -> tuple[Tokens, ...]:
    """The same number as it is printed with a zero in front: 05/2014/TT-BTP."""
    return number, (number[0].zfill(2), *number[1:])


def _without(words: Tokens, runs: Iterable[Tokens]) -> list[str]:
    left = list(words)
    for printed in chain.from_iterable(map(_padded, runs)):
        for at in reversed(list(places_of(left, printed))):
            del left[at : at + len(printed)]
    return left


def places_of(tokens: Sequence[str], run: Tokens) -> Iterator[int]:
    """Where the run starts among the tokens."""
    first, length, rest, at = run[0], len(run), list(run), -1
    while True:
        try:
            at = tokens.index(first, at + 1)
        except ValueError:
            return
        if list(tokens[at : at + length]) == rest:
            yield at
