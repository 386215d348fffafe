"""The readers' pages: their weight, how soon they show on a poor line, and what twenty readers cost.

A search and a page of a sample book are opened as a phone of 375 px does, every byte on the wire counted,
then again on 400 kbit/s with 400 ms and a processor six times slower.

``--load`` makes a shelf of 100,000 pages, of which twenty items have their readings and pictures in the
store, and sends readers to those, who click every three seconds while books are read at low priority
beside them; then 50,000 requests, to see what memory grows to.

    python -m bench.web [--load --data FOLDER [--pages N] [--minutes N] [--requests N]]

``--data`` names the folder with the corpus, as for bench.search_speed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.measure import verdict
from bench.web import first_view, many_readers


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--load", action="store_true", help="the large shelf and its readers too")
    parser.add_argument("--data", type=Path, help="folder with corpus.jsonl and queries.tsv")
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--requests", type=int, default=50_000)
    chosen = parser.parse_args(arguments)
    if chosen.load and chosen.data is None:
        parser.error("--load needs --data")
    checks = first_view.measure()
    if chosen.load:
        checks += many_readers.measure(
            chosen.data, pages=chosen.pages, minutes=chosen.minutes, requests=chosen.requests
        )
    verdict(checks)


if __name__ == "__main__":
    main(sys.argv[1:])
