"""A second look at the first items of an answer: the same for every engine, to the last bit.

An engine proposes pages by how rare the pairs of words are that they hold, as it reckons it: replaced
and deleted pages count until they are cleared away, at times of its own. So what decides is reckoned
here, from the pages themselves and from exact counts of pages: BM25 over words and pairs, and a few
features, all 0 to 1 and computed from folded words, so that how the query is typed changes nothing.
The weights were learned (docs/search.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain, pairwise, repeat
from math import log
from typing import NamedTuple

from indexing.abbreviations import abbreviations
from indexing.asking import BIGRAM, tier
from indexing.letters import NONE, Words, letter, letters_of
from indexing.queries import Parsed
from indexing.text import bigrams, folded_tokens

WINDOW = 30  # items, each by its best page, that are looked at again
# Of these the ones that an engine would put first if it counted as is true: which others it proposes differs.
FIRST = 20

# BM25 as the engines have it, but for the mean length of a page: fixed, so that no count goes into it.
_SATURATION, _LENGTH = 1.2, 0.75
_MEAN_LENGTH = 400  # words, with the neighbours' ends, title and headings
_TITLE = 0.3  # of what a word is worth, again, where the title has it

# How many pages there are, and how many hold each of these folded words, or bigrams ("hoa_giai").
Held = Callable[[Sequence[str]], tuple[int, Mapping[str, int]]]


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


class Seen(NamedTuple):
    """What a second look sees of a page."""

    tier: float  # by legal numbers, which outweigh all words
    proposed: float  # by what an engine goes by: pairs, or a single word
    score: float
    features: tuple[float, ...]  # the others


class Look:
    """What is asked, as it is compared with pages by the letters of their words."""

    def __init__(self, parsed: Parsed, held: Held) -> None:
        words = _words_of(parsed)
        self._asked = asked = letters_of(words)
        self._triples = dict.fromkeys(map("".join, zip(asked, asked[1:], asked[2:], strict=False)))
        short = _shortened(words)
        self._said = {letter(name): letters_of(said) for name, said in short.items()}
        parted = {name: name.split("_") for name in short if "_" in name} | _grouped(words)
        self._joined = {letters_of(parts): letter(word) for word, parts in parted.items()}
        self._rare, self._pairs = _rarities(words, held)

    def see(self, score: float, title: str, page: Words) -> Seen:
        """What ranks a page, of an item with that title, for which an engine has that score."""
        own, before, after, heading = map(self._together, page) if self._joined else page
        named = self._together(_letters_of_title(title))
        whole = NONE.join((f"{before}{own}{after}", named, heading))
        length = len(whole)
        for short, said in self._said.items():
            whole += f"{NONE}{said}" * whole.count(short)
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * length / _MEAN_LENGTH)
        words = _bm25(self._rare, whole, norm)
        pairs = BIGRAM * _bm25(self._pairs, whole, norm)
        return Seen(
            tier(score),
            pairs if self._pairs else words,
            words + pairs + _TITLE * sum(rare for word, rare in self._rare.items() if word in named),
            (
                self._neighbours(own) / max(1, len(self._pairs)),
                sum([triple in own for triple in self._triples]) / max(1, len(self._triples)),
                self._share(named),
                self._share(heading),
                1 / (1 + log(1 + len(own) / 100)),
            ),
        )

    def says(self, own: str) -> tuple[bool, int]:
        """Whether a page itself has all that is asked for in a row, and how many neighbours of it."""
        together = self._together(own)
        return self._asked in together, self._neighbours(together)

    def _neighbours(self, letters: str) -> int:
        return sum([pair in letters for pair in self._pairs])

    def _together(self, letters: str) -> str:
        """With those put together that are one word of the query."""
        for parts, one in self._joined.items():
            letters = letters.replace(parts, one)
        return letters

    def _share(self, named: str) -> float:
        """Of a title's neighbours those that the query has; 0 for one of less than two words."""
        pairs = _pairs_of(named)
        return len(pairs & self._pairs.keys()) / max(1, len(pairs))


@lru_cache(10_000)
def _letters_of_title(title: str) -> str:
    return letters_of(folded_tokens(title))


@lru_cache(10_000)
def _pairs_of(letters: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(letters)))


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


def _shortened(asked: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Abbreviations of what has neighbours of the query in it, and its words."""
    found = chain.from_iterable(map(_abbreviated().get, pairwise(asked), repeat(())))
    return {short: abbreviations()[short] for short in found if short not in asked}


@cache
def _abbreviated() -> Mapping[tuple[str, str], list[str]]:
    """The abbreviations with these neighbours in what they stand for."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for short, words in abbreviations().items():
        for pair in dict.fromkeys(pairwise(words)):
            found[pair].append(short)
    return dict(found)


def _grouped(words: Iterable[str]) -> dict[str, list[str]]:
    """Amounts as folded words: "1 000 000" for 1000000."""
    figures = (word for word in words if word.isdecimal() and len(word) > 3)
    return {word: f"{int(word):,}".split(",") for word in figures}


def tokens_of(parsed: Parsed) -> list[str]:
    """The folded words and the bigrams whose pages a second look has counted."""
    return _counted(_words_of(parsed))


def _counted(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*words, *bigrams(words)]))


def _words_of(parsed: Parsed) -> list[str]:
    return [*parsed.words, *(word for phrase in parsed.phrases for word in phrase)]


def _rarities(words: Sequence[str], held: Held) -> tuple[dict[str, float], dict[str, float]]:
    """How rare each word and each pair is among all pages, by its letters."""
    pages, holding = held(_counted(words))

    def rare(token: str) -> float:
        return log(1 + (pages - holding[token] + 0.5) / (holding[token] + 0.5))

    return (
        {letter: rare(word) for letter, word in zip(letters_of(words), words, strict=True)},
        {letters_of(pair): rare("_".join(pair)) for pair in pairwise(words)},
    )
