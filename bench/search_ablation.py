"""What each part of ranking is worth: nDCG@10 without it, the engine alone and five-fold.

python -m bench.search_ablation [--data DIR]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from bench.learning import by_fold, folds
from bench.measure import show, workplace
from bench.retrieval import DEFAULT, Judged, load, paged, shelved
from bench.search_quality import asked, engine_alone, means, names_of, pages_of, shelf
from domain.queries import PageDocument
from indexing import asking, rerank
from indexing.clauses import AllOf, AnyOf, Clause, Has
from indexing.letters import pairs_of
from indexing.mapping import FOLD, FOLD_BI

Change = Callable[[PageDocument], PageDocument]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    judged = load(parser.parse_args().data)
    with workplace("ablation") as folder:
        rows = [
            _row("all", judged, folder, _same),
            _row(
                "any word proposes, not pairs alone",
                judged,
                folder,
                _same,
                (asking, "side_by_side", _any_word),
            ),
            _row("pairs count nothing", judged, folder, _same, (rerank, "BIGRAM", 0.0)),
            _row("a title's words count once", judged, folder, _same, (rerank, "_TITLE", 0.0)),
            _row("no book's name", judged, folder, lambda page: replace(page, title="")),
            _row("no headings", judged, folder, lambda page: replace(page, heading="")),
            _row("no neighbours", judged, folder, lambda page: replace(page, before="", after="")),
        ]
    show("nDCG@10 without a part", ("what", "articles", "pages", "articles, second look", "pages"), rows)


def _any_word(words: Sequence[str]) -> Clause:
    pairs = tuple(Has(FOLD_BI, pair, asking.BIGRAM) for pair in dict.fromkeys(pairs_of(words)))
    return AllOf((AnyOf(tuple(Has(FOLD, word) for word in dict.fromkeys(words))),), pairs)


def _same(page: PageDocument) -> PageDocument:
    return page


def _row(
    what: str, judged: Judged, folder: Path, change: Change, *patches: tuple[ModuleType, str, object]
) -> tuple[str, ...]:
    books = paged(judged.articles)
    names, answers = pages_of(judged, books)
    articles = [*map(change, shelved(judged.articles))]
    with _patched(*patches):
        with shelf(folder / f"{what}-a", articles) as index:
            found = [*asked(index, "a", judged.questions, names_of(judged), judged.answers)]
        with shelf(folder / f"{what}-p", [*map(change, books.pages)]) as index:
            found += asked(index, "pages", judged.questions, names, answers)
    fold, weights = folds(judged), by_fold(judged, found)
    learned = [weights[fold[one.question]] for one in found]
    alone = [engine_alone()] * len(found)
    told = [means(found, case, each)[0] for each in (alone, learned) for case in ("a", "pages")]
    return what, *(f"{value:.4f}" for value in told)


@contextmanager
def _patched(*patches: tuple[ModuleType, str, object]) -> Iterator[None]:
    usual = [(module, name, getattr(module, name)) for module, name, _ in patches]
    for module, name, value in patches:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in usual:
            setattr(module, name, value)


if __name__ == "__main__":
    main()
