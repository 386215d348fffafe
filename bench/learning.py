"""Learn the weights of the second look from judged questions, and judge them on laws they never saw.

A list of candidates is taken as a choice: weights are to make the right ones likely (softmax cross
entropy), small weights preferred. Folds are made of whole laws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.retrieval import Judged

FOLDS = 5
STEPS = 200
RATE = 0.3
SMALL = 2e-3  # how much small weights are preferred

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Listed:
    """What was found for a question in one case: names and features, in the engine's order."""

    case: str
    question: str
    names: Sequence[str]
    features: Floats  # one row for each
    relevant: frozenset[str]

    def ranked(self, weights: Floats) -> list[str]:
        if not self.names:
            return []
        return [self.names[place] for place in np.argsort(-(self.features @ weights), kind="stable")]


def folds(judged: Judged) -> Mapping[str, int]:
    """The fold of each question: that of the law that answers it; laws are dealt out by size."""
    laws = {name: min(judged.article(one).book for one in found) for name, found in judged.answers.items()}
    dealt: dict[str, int] = {}
    held = [0] * FOLDS
    for law, count in sorted(Counter(laws.values()).items(), key=lambda one: (-one[1], one[0])):
        dealt[law] = held.index(min(held))
        held[dealt[law]] += count
    return {name: dealt[law] for name, law in laws.items()}


def learned(found: Iterable[Listed]) -> Floats:
    """Weights of the features, the first one's 1."""
    lists = [one for one in found if len(one.names) > 1 and one.relevant.intersection(one.names)]
    values, open_, right = _stacked(lists)
    weights = np.zeros(values.shape[2])
    weights[0] = 10.0
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = np.where(open_, values @ weights, -np.inf)
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        slope = np.einsum("qc,qcf->f", chances - right, values) / len(lists) + SMALL * weights
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope**2
        size = RATE * (1 - 0.9 * step / STEPS) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-8)
        weights -= size * mean / (1 - 0.9**step)
    return np.asarray(weights / weights[0])


def _stacked(lists: Sequence[Listed]) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Questions by candidates by features; which candidates there are; what share each should have."""
    longest, width = max(len(one.names) for one in lists), lists[0].features.shape[1]
    values = np.zeros((len(lists), longest, width))
    open_ = np.zeros((len(lists), longest), dtype=bool)
    right = np.zeros((len(lists), longest))
    for place, one in enumerate(lists):
        values[place, : len(one.names)] = one.features
        open_[place, : len(one.names)] = True
        answers = [name in one.relevant for name in one.names]
        right[place, : len(one.names)] = np.array(answers) / sum(answers)
    return values, open_, right


def by_fold(judged: Judged, found: Sequence[Listed]) -> list[Floats]:
    """For each fold the weights learned without it."""
    fold = folds(judged)
    return [learned(one for one in found if fold[one.question] != number) for number in range(FOLDS)]
