"""A second look at the first items of an answer, by what an engine does not see in their best pages.

A fixed formula over a few features, all 0 to 1 and computed from folded words, so that how the query
is typed changes nothing; its weights were learned (docs/search.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from indexing.queries import Parsed
from indexing.text import folded_stretches

WINDOW = 30  # items, each by its best page, that are looked at again
MOST_WORDS = 1_000  # of a page that are looked at; a page of a book has some hundred


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item by its best page."""

    score: float  # the engine's
    title: str
    heading: str
    text: str
    so_ky_hieu: str | None


FEATURES = (
    "score",  # the engine's, as a share of the best
    "words",  # of the query that page, title or heading have, rare ones among the candidates weighing more
    "pairs",  # neighbours of the query that are neighbours on the page
    "triples",
    "title",  # of the title's neighbours those that the query has
    "heading",
    "short",  # how short the page is
)
# Learned with ``bench.search`` from the judged questions, articles and pages alike.
WEIGHTS = {
    "score": 1.0,
    "words": 0.22,
    "pairs": 0.27,
    "triples": 0.26,
    "title": 0.41,
    "heading": 0.22,
    "short": 0.21,
}


def reranked(parsed: Parsed, candidates: Sequence[Candidate]) -> list[float]:
    """New scores in the order given, higher is better; the same for both engines."""
    weights = [WEIGHTS[name] for name in FEATURES]
    return [
        sum(weight * value for weight, value in zip(weights, values, strict=True))
        for values in features(parsed, candidates)
    ]


def features(parsed: Parsed, candidates: Sequence[Candidate]) -> list[list[float]]:
    """Of each candidate the FEATURES, in their order."""
    asked = _Asked([*parsed.words, *(word for phrase in parsed.phrases for word in phrase)])
    pages = [_Page(asked, candidate) for candidate in candidates]
    weights = _weights(asked, pages)
    best = max((candidate.score for candidate in candidates), default=0.0) or 1.0
    return [
        [round(candidate.score / best, 3), *page.features(asked, weights)]
        for candidate, page in zip(candidates, pages, strict=True)
    ]


class _Asked:
    """The words of a query, each known by the last place where it stands there."""

    def __init__(self, words: Sequence[str]) -> None:
        known = {word: place for place, word in enumerate(words)}
        order = [known[word] for word in words]
        self._known = known.get
        self.places = sorted(known.values())
        self.pairs = frozenset(pairwise(order))
        self.triples = frozenset(zip(order, order[1:], order[2:], strict=False))

    def places_in(self, text: str, most: int = MOST_WORDS) -> list[int | None]:
        """Of each stretch of a text the place of its word in the query, None of any other.

        Two words without a space between them are none of the query's, which costs little and saves time.
        """
        return [*map(self._known, folded_stretches(text.split(None, most)[:most]))]


class _Page:
    """Where the words of a query stand on a candidate's page."""

    def __init__(self, asked: _Asked, candidate: Candidate) -> None:
        text = asked.places_in(candidate.text)
        self.length = len(text)
        self.pairs, self.triples = _neighbours(asked, text)
        title, heading = asked.places_in(candidate.title), asked.places_in(candidate.heading)
        self.title, self.heading = _share(asked, title), _share(asked, heading)
        self.had = {*text, *title, *heading}

    def features(self, asked: _Asked, weights: Mapping[int, float]) -> list[float]:
        return [
            sum(weights[place] for place in weights if place in self.had) / (sum(weights.values()) or 1.0),
            self.pairs / max(1, len(asked.pairs)),
            self.triples / max(1, len(asked.triples)),
            self.title,
            self.heading,
            1 / (1 + log(1 + self.length / 100)),
        ]


def _neighbours(asked: _Asked, text: Sequence[int | None]) -> tuple[int, int]:
    """How many pairs and triples of the query stand in a text."""
    pairs: set[tuple[int, int]] = set()
    triples: set[tuple[int | None, int, int]] = set()
    second: int | None = None  # the two words just before
    first: int | None = None
    for place in text:
        if place is not None and first is not None and (first, place) in asked.pairs:
            pairs.add((first, place))
            if (second, first, place) in asked.triples:
                triples.add((second, first, place))
        second, first = first, place
    return len(pairs), len(triples)


def _share(asked: _Asked, named: Sequence[int | None]) -> float:
    """Of a title's neighbours those that the query has; 0 for one of less than two words."""
    pairs = {*pairwise(named)}
    return len(pairs & asked.pairs) / max(1, len(pairs))


def _weights(asked: _Asked, pages: Sequence[_Page]) -> Mapping[int, float]:
    """Of each word; the fewer candidates have it, the more."""
    holders = {place: sum(place in page.had for page in pages) for place in asked.places}
    return {place: log(1 + (len(pages) + 1) / (held + 0.5)) for place, held in holders.items()}
