"""Search: quality in cross-validation, and whether both engines answer alike.

    python -m bench.search [--data DIR]

DIR holds corpus.jsonl, queries.tsv and qrels.tsv; if none is given, ../shared/data/retrieval beside the
project.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import search_quality, search_same
from bench.measure import verdict, workplace
from bench.retrieval import DEFAULT, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    judged = load(parser.parse_args().data)
    with workplace("search") as folder:
        checks = search_quality.measure(judged, folder) + search_same.measure(judged, folder)
    verdict(checks)


if __name__ == "__main__":
    main()
