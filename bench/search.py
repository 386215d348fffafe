"""Search: what it finds, whether both engines answer alike, what reading costs it, and what it costs.

    python -m bench.search [--data DIR] [--part NAME …] [--million]

DIR holds corpus.jsonl, queries.tsv and qrels.tsv; if none is given, ../shared/data/retrieval beside the
project. What needs a search server is measured where TUSACH_TEST_INDEX_URL names one (`scripts/services`).

=======  ===============================================================================
quality  nDCG@10 and R@10 in five-fold cross-validation, articles and simulated pages
same     the first ten of both engines, also after items were replaced and deleted
ocr      what questions lose when pages were drawn, worn and read by our own pipeline
speed    100,000 pages: indexing, bytes, four and 24 syllables; with ``--million`` more
boxes    boxes of hits against the geometry of drawn pages
fuzz     500 hostile queries
=======  ===============================================================================
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import search_boxes, search_fuzz, search_ocr, search_quality, search_same, search_speed
from bench.measure import Check, verdict, workplace
from bench.retrieval import DEFAULT, Judged, load

SEED = 4
HITS, DRAWN = 200, 10  # hits whose boxes are looked at, pages drawn for them
QUERIES, FUZZED = 500, 5_000  # hostile ones, and the pages they are asked of
MILLION = 1_000_000

Part = Callable[[Judged, Path], list[Check]]


def main() -> None:
    names = [*_parts(DEFAULT)]
    parser = argparse.ArgumentParser(
        prog="python -m bench.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--part", choices=names, nargs="+", default=names)
    parser.add_argument("--million", action="store_true", help="speed at a million pages too: an hour")
    chosen = parser.parse_args()
    judged = load(chosen.data)
    parts = _parts(chosen.data)
    checks: list[Check] = []
    for name in chosen.part:
        with workplace(f"search-{name}") as folder:
            checks += parts[name](judged, folder)
    if chosen.million:
        checks += search_speed.measure(chosen.data, pages=MILLION)
    verdict(checks)


def _parts(data: Path) -> Mapping[str, Part]:
    return {
        "quality": search_quality.measure,
        "same": search_same.measure,
        "ocr": search_ocr.measure,
        "speed": lambda *_: search_speed.measure(data),
        "boxes": lambda _, folder: search_boxes.checks(
            search_boxes.measure(folder, pages=DRAWN, hits=HITS, seed=SEED), HITS
        ),
        "fuzz": lambda _, folder: search_fuzz.checks(
            search_fuzz.run(folder, search_fuzz.hostile(SEED, QUERIES), pages=FUZZED, seed=SEED)
        ),
    }


if __name__ == "__main__":
    main()
