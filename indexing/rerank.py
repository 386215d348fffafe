"""A second look at the first items of an answer: the same for every engine, to the last bit.

An engine proposes pages by how rare the pairs of words are that they hold, as it reckons it: replaced
and deleted pages count until they are cleared away, at times of its own. So what decides is reckoned
here, from the pages themselves and from exact counts of pages: BM25 over words and pairs, and a few
features, all 0 to 1 and computed from folded words, so that how the query is typed changes nothing.
The weights were learned (docs/search.md).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain, pairwise, repeat
from math import log
from typing import NamedTuple

from indexing.abbreviations import abbreviations
from indexing.asking import BIGRAM, tier
from indexing.marks import IN_ORDER
from indexing.queries import Parsed
from indexing.text import aligned, bigrams, folded_tokens

WINDOW = 30  # items, each by its best page, that are looked at again
# Of these the ones that an engine would put first if it counted as is true: which others it proposes differs.
FIRST = 20
MOST_WORDS = 5_000  # of a page that are looked at; a page of a book has some hundred

# BM25 as the engines have it, but for the mean length of a page: fixed, so that no count goes into it.
_SATURATION, _LENGTH = 1.2, 0.75
_MEAN_LENGTH = 400  # words, with the neighbours' ends, title and headings
_TITLE = 0.3  # of what a word is worth, again, where the title has it

_NONE = "\0"  # the letter of what is no word of the query
_SHORT = "\u1000"  # the first letter of abbreviations; a query has fewer words
_ASKED = re.compile("[\1-\u0fff]")

# How many pages there are, and how many hold each of these folded words, or bigrams ("hoa_giai").
Held = Callable[[Sequence[str]], tuple[int, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What an engine tells of a page beside its text."""

    score: float  # the engine's
    title: str
    heading: str
    before: str  # the end of the page before
    after: str


FEATURES = (
    "score",  # by rare words and pairs, as a share of the best
    "pairs",  # neighbours of the query that are neighbours on the page
    "triples",
    "title",  # of the title's neighbours those that the query has
    "heading",
    "short",  # how short the page is
)
# Learned with ``bench.search`` from the judged questions, articles and pages alike.
WEIGHTS = {
    "score": 1.0,
    "pairs": 0.29,
    "triples": 0.26,
    "title": 0.44,
    "heading": 0.21,
    "short": 0.20,
}
_ORDERED = [WEIGHTS[name] for name in FEATURES]


class Read(NamedTuple):
    """A text by its words."""

    letters: str  # one for each word: its own if the query has it, or that of no word
    plain: str | None  # as ``text.aligned`` has it, where letters are words


class Seen(NamedTuple):
    """What a second look sees of a page."""

    tier: float  # by legal numbers, which outweigh all words
    proposed: float  # by what an engine goes by: pairs, or a single word
    score: float
    features: tuple[float, ...]  # the others


class Look:
    """What is asked, as it is compared with pages."""

    def __init__(self, parsed: Parsed, held: Held) -> None:
        words = _words_of(parsed)
        # A word is a letter here, so that what is slow to do with words is quick to do with strings.
        letters = {word: chr(place) for place, word in enumerate(dict.fromkeys(words), 1)}
        self._asked = asked = "".join(letters[word] for word in words)
        self._pairs = dict.fromkeys(map("".join, pairwise(asked)))
        self._triples = dict.fromkeys(map("".join, zip(asked, asked[1:], asked[2:], strict=False)))
        short = _shortened(letters, words)
        self._other_words = {chr(ord(_SHORT) + place): said for place, said in enumerate(short.values())}
        known = {**letters, **_grouped(letters), **dict(zip(short, self._other_words, strict=True))}
        self._known = {word.replace(" ", "_"): letter for word, letter in known.items()}
        self._joined = {f" {words} ": f" {words.replace(' ', '_')} " for words in known if " " in words}
        self._rare, self._rare_pairs = _rarities(letters, self._pairs, held)

    def read(self, text: str) -> Read:
        """A text by its words."""
        plain = aligned(text)
        folded = " ".join(folded_tokens(text)) if plain is None else plain
        words = self._together(folded)
        return Read(self._letters(words), plain if words is folded else None)

    def see(self, page: Candidate, text: str) -> Seen:
        """What ranks a page; ``text`` are the letters of its own words."""
        before, after, title, heading = self._apart(page.before, page.after, page.title, page.heading)
        run = f"{before}{text}{after}"
        whole = _NONE.join((run, title, heading))
        length = len(whole)
        for letter, said in self._other_words.items():
            whole += f"{_NONE}{said}" * whole.count(letter)
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * length / _MEAN_LENGTH)
        words = _bm25(self._rare, whole, norm)
        pairs = BIGRAM * _bm25(self._rare_pairs, whole, norm)
        return Seen(
            tier(page.score),
            pairs if self._pairs else words,
            words + pairs + _TITLE * sum(rare for word, rare in self._rare.items() if word in title),
            (
                self._neighbours(text) / max(1, len(self._pairs)),
                sum([triple in text for triple in self._triples]) / max(1, len(self._triples)),
                self._share(title),
                self._share(heading),
                1 / (1 + log(1 + len(text) / 100)),
            ),
        )

    def says(self, letters: str) -> tuple[bool, int]:
        """Whether a page itself has all that is asked for in a row, and how many neighbours of it."""
        return self._asked in letters, self._neighbours(letters)

    def _neighbours(self, letters: str) -> int:
        return sum([pair in letters for pair in self._pairs])

    def worth(self, letters: str) -> dict[int, int]:
        """What each word of a page that is asked for tells, by its ordinal: as ``marks.worth`` has it."""
        told = dict.fromkeys((found.start() for found in _ASKED.finditer(letters)), 1)
        for at in [*told]:
            if at + 1 in told and letters[at : at + 2] in self._pairs:
                told[at] += IN_ORDER
                told[at + 1] += IN_ORDER
        return told

    def _apart(self, *texts: str) -> list[str]:
        """The letters of each of some texts."""
        plain = aligned("\n".join(texts))
        if plain is None:
            return [self.read(text).letters for text in texts]
        ends = [*accumulate(len(text) + 1 for text in texts)]
        apart = (plain[start:end] for start, end in zip([0, *ends], ends, strict=False))
        return [self._letters(self._together(one)) for one in apart]

    def _together(self, plain: str) -> str:
        """Folded words, with those put together that are one word of the query."""
        if not self._joined:
            return plain
        spaced = joined = f" {plain} "
        for words, one in self._joined.items():
            joined = joined.replace(words, one)
        return plain if joined == spaced else joined

    def _letters(self, plain: str) -> str:
        """A letter for each folded word: its own if the query has it, or that of no word."""
        return "".join(map(self._known.get, plain.split(None, MOST_WORDS), repeat(_NONE)))

    def _share(self, named: str) -> float:
        """Of a title's neighbours those that the query has; 0 for one of less than two words."""
        pairs = {*map("".join, pairwise(named))}
        return len(pairs & self._pairs.keys()) / max(1, len(pairs))


def _bm25(rare: Mapping[str, float], whole: str, norm: float) -> float:
    return (1 + _SATURATION) * sum(
        [weight * found / (found + norm) for token, weight in rare.items() if (found := whole.count(token))]
    )


def reranked(seen: Sequence[Seen]) -> list[float]:
    """New scores in the order given, higher is better."""
    return [
        one.tier + sum(weight * value for weight, value in zip(_ORDERED, values, strict=True))
        for one, values in zip(seen, features(seen), strict=True)
    ]


def features(seen: Sequence[Seen]) -> list[list[float]]:
    """Of each page the FEATURES, in their order."""
    best = max((one.score for one in seen), default=0.0) or 1.0
    return [[one.score / best, *one.features] for one in seen]


def _shortened(letters: Mapping[str, str], asked: Sequence[str]) -> dict[str, str]:
    """Abbreviations, as folded words, of what has neighbours of the query in it: that, in letters."""
    told: dict[str, str] = {}
    for short in chain.from_iterable(map(_abbreviated().get, pairwise(asked), repeat(()))):
        if short not in letters:
            said = "".join(letters.get(word, _NONE) for word in abbreviations()[short])
            told[short.replace("_", " ")] = said
    return told


@cache
def _abbreviated() -> Mapping[tuple[str, str], list[str]]:
    """The abbreviations with these neighbours in what they stand for."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for short, words in abbreviations().items():
        for pair in dict.fromkeys(pairwise(words)):
            found[pair].append(short)
    return dict(found)


def _grouped(letters: Mapping[str, str]) -> dict[str, str]:
    """Amounts as folded words: "1 000 000" for 1000000."""
    figures = ((word, letter) for word, letter in letters.items() if word.isdecimal() and len(word) > 3)
    return {f"{int(word):,}".replace(",", " "): letter for word, letter in figures}


def tokens_of(parsed: Parsed) -> list[str]:
    """The folded words and the bigrams whose pages a second look has counted."""
    words = _words_of(parsed)
    return list(dict.fromkeys([*words, *bigrams(words)]))


def _words_of(parsed: Parsed) -> list[str]:
    return [*parsed.words, *(word for phrase in parsed.phrases for word in phrase)]


def _rarities(
    letters: Mapping[str, str], pairs: Iterable[str], held: Held
) -> tuple[dict[str, float], dict[str, float]]:
    """How rare each word and each pair is among all pages."""
    words = {letter: word for word, letter in letters.items()}
    named = {pair: "_".join(map(words.__getitem__, pair)) for pair in pairs}
    pages, holding = held([*letters, *named.values()])

    def rare(token: str) -> float:
        return log(1 + (pages - holding[token] + 0.5) / (holding[token] + 0.5))

    return (
        {letter: rare(word) for letter, word in words.items()},
        {pair: rare(token) for pair, token in named.items()},
    )
