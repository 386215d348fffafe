"""Which words of a page are those that were looked for: one rule for snippets and for boxes.

A page is given as its chunks, what stands between spaces: "nước/nhà" holds two tokens, a dash none.
The tokens of a chunk are remembered, since a language has few chunks, so that marking a page costs
less than folding it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import TypeVar

from indexing.abbreviations import abbreviations
from indexing.clauses import AllOf, AnyOf, Clause, Has, Like, Run
from indexing.letters import letters_of
from indexing.mapping import AFTER, CITES, FOLD, NUMBER
from indexing.queries import Parsed
from indexing.text import exact_tokens, fold, folded_tokens

IN_ORDER = 2  # a word beside its neighbour of the query tells more than a word alone
_CHUNKS = 50_000  # remembered, some 10 MB
_LONGEST = 60  # characters of a chunk that is remembered
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_THREE = re.compile(r"\d{3}")
_PLAIN_DIGITS = 4  # what is longer may be printed in groups of three

Tokens = tuple[str, ...]
Row = TypeVar("Row", Tokens, str)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is marked on a page."""

    alone: frozenset[str]  # folded words, wherever they stand
    pairs: frozenset[tuple[str, str]]  # neighbours in the query
    runs: tuple[Tokens, ...]  # folded; marked as a whole or not at all
    written: tuple[Tokens, ...]  # the same with diacritics, as they were quoted


@dataclass(frozen=True, slots=True)
class Lettered:
    """The same by letters."""

    alone: str
    pairs: frozenset[str]
    runs: tuple[str, ...]

    @classmethod
    def of(cls, asked: Sought) -> Lettered:
        return cls(
            letters_of(asked.alone),
            frozenset(map(letters_of, asked.pairs)),
            tuple(map(letters_of, asked.runs)),
        )


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


def worth(chunks: Sequence[str], parts: Sequence[Sequence[str]], asked: Sought) -> dict[int, int]:
    """What each marked token of a page tells, by its ordinal; ``parts`` are the chunks' folded tokens.

    The chunks are needed only where something is asked for as written.
    """
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


def worth_of(own: str, asked: Lettered) -> dict[int, int]:
    """What is ``worth`` and ``begun`` by the letters of a page's words, where nothing is asked as written."""
    told = dict.fromkeys((at for one in asked.alone for at in _found(one, own)), 1)
    for at in [*told]:
        if at + 1 in told and own[at : at + 2] in asked.pairs:
            told[at] += IN_ORDER
            told[at + 1] += IN_ORDER
    begins: dict[int, int] = {}
    for run in asked.runs:
        whole = [*_found(run, own)]
        for place in whole:
            for at in range(place, place + len(run)):
                told[at] = told.get(at, 0) + 1 + IN_ORDER
        if not whole:
            begins |= dict.fromkeys(_at_the_end(own, run), 1 + IN_ORDER)
    return told | begins


def _found(one: str, own: str) -> Iterator[int]:
    at = own.find(one)
    while at >= 0:
        yield at
        at = own.find(one, at + 1)


def begun(chunks: Sequence[str], parts: Sequence[Sequence[str]], asked: Sought) -> dict[int, int]:
    """The same for runs that stand nowhere whole, of which the page ends with the start."""
    told: dict[int, int] = {}
    for row, run in _in_a_row(chunks, list(chain.from_iterable(parts)), asked):
        if next(places_of(row, run), None) is None:
            told |= dict.fromkeys(_at_the_end(tuple(row), run), 1 + IN_ORDER)
    return told


def _at_the_end(tokens: Row, run: Row) -> range:
    for end in (len(tokens), len(tokens) - 1):  # a folio may stand below
        for length in range(min(len(run) - 1, end), 0, -1):
            if tokens[end - length : end] == run[:length]:
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
    """What a query asks to be marked: words, phrases, figures, abbreviations and what they stand for.

    Nothing that it excludes. A legal number, a date or an amount is marked as one, its figures not
    wherever they stand.
    """
    asked = list(_asked(parsed.clause))
    accented = tuple(dict.fromkeys(parsed.written))
    as_quoted = {tuple(map(fold, run)) for run in accented}
    figures = [run for token in _figures(parsed.words, asked) for run in _spellings(token)]
    words = _without(parsed.words, figures)
    phrases = [phrase for phrase in parsed.phrases if phrase not in as_quoted]
    return Sought(
        alone=frozenset(words),
        pairs=frozenset(pairwise(words)),
        runs=tuple(dict.fromkeys([*phrases, *figures, *_in_other_words(words)])),
        written=accented,
    )


def _asked(clause: Clause) -> Iterator[Has | Run]:
    """What a page of its own can have to answer the clause; not what only the page after it has."""
    if isinstance(clause, AnyOf):
        parts: tuple[Clause, ...] = clause.parts
    elif isinstance(clause, AllOf):
        parts = (*clause.parts, *clause.better)
    elif isinstance(clause, Like):  # phrases and words by themselves, which are known
        return
    else:
        if not any(token.startswith(AFTER) for token in _tokens(clause)):
            yield clause
        return
    for part in parts:
        yield from _asked(part)


def _tokens(clause: Has | Run) -> Tokens:
    return (clause.token,) if isinstance(clause, Has) else clause.tokens


def _figures(words: Tokens, asked: Iterable[Has | Run]) -> Iterator[str]:
    """Legal numbers, dates and amounts, each one token."""
    yield from (word for word in words if word.isdigit())
    for one in asked:
        if isinstance(one, Has) and one.field in (FOLD, NUMBER, CITES):
            yield one.token


def _spellings(token: str) -> Iterator[Tokens]:
    """How a figure that is one token of the index stands on a page; nothing for a word."""
    if date := _DATE.fullmatch(token):
        day, month, year = date.groups()
        yield "ngay", day, "thang", month, "nam", year
        yield from ((one, other, year) for one in _padded(day) for other in _padded(month))
    elif "/" in token or "-" in token:
        first, *rest = folded_tokens(token)
        yield from ((one, *rest) for one in _padded(first))
    elif token.isdigit() and len(token) > _PLAIN_DIGITS:
        start = len(token) % 3
        yield tuple(part for part in (token[:start], *_THREE.findall(token, start)) if part)


def _padded(digits: str) -> tuple[str, ...]:
    return (digits, digits.zfill(2)) if len(digits) == 1 else (digits,)


def _in_other_words(words: list[str]) -> Iterator[Tokens]:
    """What abbreviations among the words stand for, and the abbreviations of what they say."""
    known = {*words}
    for short, said in abbreviations().items():
        letters = tuple(short.split("_"))
        for here, there in ((letters, said), (said, letters)):
            if here[0] in known and next(places_of(words, here), None) is not None:
                yield there


def _without(words: Tokens, runs: Iterable[Tokens]) -> list[str]:
    left = list(words)
    for run in runs:
        for at in reversed(list(places_of(left, run))):
            del left[at : at + len(run)]
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
