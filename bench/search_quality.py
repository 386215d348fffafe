"""How well the right article, or the right page, is found: judged questions through the embedded index.

a as typed · b typed without diacritics · c 5 % of the text's syllables damaged · d both · pages: a
book's articles joined and cut every 300 syllables. Each article, or page, is an item of its own. The
weights of the second look are learned for each of five folds from the other four, a law being in one
fold only; "shipped" are those in the product, learned from all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import indexing.rerank
from bench.learning import Floats, Listed, by_fold, folds, learned
from bench.measure import Check, show
from bench.retrieval import (
    Judged,
    Paged,
    ask,
    damaged,
    item_id,
    ndcg,
    paged,
    recall,
    shelve,
    shelved,
    strip,
)
from config.wiring import INDEXES, adapter
from domain.ports import SearchIndex
from domain.queries import PageDocument
from indexing.rerank import FEATURES, FIRST, WEIGHTS, Seen, features

LEAST = {"a": 0.92, "b": 0.91, "c": 0.91, "d": 0.91, "pages": 0.87}  # nDCG@10
LEAST_RECALL = 0.96
SEED = "1"  # of the damage


def measure(judged: Judged, folder: Path) -> list[Check]:
    """Ask everything in every case; prints a table, and the weights learned from all."""
    found = [*_found(judged, folder)]
    shipped = np.array([WEIGHTS[name] for name in FEATURES])
    engine = engine_alone()
    fold = folds(judged)
    weights = by_fold(judged, found)
    crossed = {case: means(found, case, [weights[fold[one.question]] for one in found]) for case in LEAST}
    rows = []
    for case in LEAST:
        alone, all_of = (means(found, case, [one] * len(found)) for one in (engine, shipped))
        rows.append((case, *(f"{value:.4f}" for value in (*alone, *crossed[case], *all_of))))
    columns = ("case", "score alone nDCG", "R@10", "five-fold nDCG", "R@10", "shipped nDCG", "R@10")
    show(f"{len(judged.questions)} questions", columns, rows)
    told = zip(FEATURES, learned(found), strict=True)
    print("learned from all:", ", ".join(f"{name} {weight:.2f}" for name, weight in told))
    checks = [
        Check(f"nDCG@10 {case}", crossed[case][0], least, at_least=True) for case, least in LEAST.items()
    ]
    return checks + [
        Check(f"R@10 {case}", crossed[case][1], LEAST_RECALL, at_least=True)
        for case in LEAST
        if case != "pages"
    ]


def engine_alone() -> Floats:
    """Weights that leave the order to the first feature, the score."""
    weights = np.zeros(len(FEATURES))
    weights[0] = 1.0
    return weights


def means(found: Sequence[Listed], case: str, weights: Sequence[Floats]) -> tuple[float, float]:
    ranked = [
        (one.ranked(weight), one.relevant)
        for one, weight in zip(found, weights, strict=True)
        if one.case == case
    ]
    return (
        sum(ndcg(names, relevant) for names, relevant in ranked) / len(ranked),
        sum(recall(names, relevant) for names, relevant in ranked) / len(ranked),
    )


def _found(judged: Judged, folder: Path) -> Iterator[Listed]:
    typed, names = judged.questions, names_of(judged)
    bare = {name: strip(text) for name, text in typed.items()}
    spoiled = [*shelved(damaged(article, SEED) for article in judged.articles)]
    books = paged(judged.articles)
    with shelf(folder / "clean", [*shelved(judged.articles)]) as index:
        yield from asked(index, "a", typed, names, judged.answers)
        yield from asked(index, "b", bare, names, judged.answers)
    with shelf(folder / "spoiled", spoiled) as index:
        yield from asked(index, "c", typed, names, judged.answers)
        yield from asked(index, "d", bare, names, judged.answers)
    with shelf(folder / "pages", books.pages) as index:
        yield from asked(index, "pages", typed, *pages_of(judged, books))


def names_of(judged: Judged) -> Mapping[str, str]:
    """The articles by the items that they are."""
    return {item_id(article.id): article.id for article in judged.articles}


def pages_of(judged: Judged, books: Paged) -> tuple[Mapping[str, str], Mapping[str, frozenset[str]]]:
    """The pages by the items that they are, and those that answer each question."""
    answers = {
        name: frozenset(page for article in found for page in books.holds[article])
        for name, found in judged.answers.items()
    }
    return {item_id(name): name for name in books.names}, answers


@contextmanager
def shelf(folder: Path, pages: Sequence[PageDocument]) -> Iterator[SearchIndex]:
    """An embedded index that holds these pages."""
    with adapter("TUSACH_INDEX_URL", INDEXES, f"tantivy://{folder}", {}) as index:
        shelve(index, pages)
        yield index


def asked(
    index: SearchIndex,
    case: str,
    questions: Mapping[str, str],
    names: Mapping[str, str],
    answers: Mapping[str, frozenset[str]],
) -> Iterator[Listed]:
    for question, text in questions.items():
        with _looking_on() as seen:
            items = ask(index, text, FIRST)
        values = np.array(seen[0]) if seen and seen[0] else np.zeros((0, len(FEATURES)))
        yield Listed(case, question, [names[item] for item in items], values, answers[question])


@contextmanager
def _looking_on() -> Iterator[list[list[list[float]]]]:
    """Inside it the engine's order stays; what the second look sees of the items is told first."""
    told: list[list[list[float]]] = []

    def look(seen: Sequence[Seen]) -> list[float]:
        told.append(features(seen))
        return [-float(place) for place in range(len(seen))]

    usual = indexing.rerank.reranked
    indexing.rerank.reranked = look
    try:
        yield told
    finally:
        indexing.rerank.reranked = usual
