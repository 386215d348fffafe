"""What a province, the nation and ten such nations need: ``docs/scale.md``'s table, from unit costs.

The unit costs are figures of the other benches, named beside each. Prices are assumptions, to be replaced
by an offer: every one is an option.

    python -m bench.growth [--core-hour 600] [--object-tb-month 700000] …
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.measure import show

SIZES = {"a province": 10**5, "the nation": 10**7, "ten nations": 10**8}  # pages

CPU_S = 2.81 + 0.04  # a page: bench.pipeline (half A5, half A4), Prefect by bench.orchestration
STORE_B = 1_871_000  # a page: bench.page_sizes, of which the originals are 717,000
OBJECTS = 3.2  # a page: bench.page_sizes
CATALOG_B = 1_112  # a page: bench.scale, indexes and all
CATALOG_ROWS = 3.32  # a page: bench.scale
INDEX_B = 9_059  # a page on Elasticsearch, one copy: built of bench.search_speed's pages
SHARD_B = 50e9  # more than this is slow to move and to merge (Elastic's advice)
PAGES_AN_ITEM = 100

BUSY = 0.85  # share of the hours that a core reads
WORKER_GB = 0.25  # memory a core that reads: bench.memory, 113 MB and 72 MB of tesseract, and room
INDEX_IN_MEMORY = 0.5  # share of an index that should fit in memory
CATALOG_IN_MEMORY = 0.3  # indexes are 29 % of the catalogue (bench.scale)
COPIES = 1.5  # of the store, as erasure coding of four parts and two makes; the index has two
SPARE = 1.3  # of catalogue and index: room for updates and merges


@dataclass(frozen=True, slots=True)
class Prices:
    """Assumed, in đồng."""

    core_hour: float
    ram_gb_month: float
    object_tb_month: float
    ssd_tb_month: float


@dataclass(frozen=True, slots=True)
class Need:
    pages: int

    @property
    def core_hours(self) -> float:
        return self.pages * CPU_S / 3_600

    def cores(self, days: float) -> int:
        """That read everything in so many days."""
        return math.ceil(self.core_hours / (days * 24 * BUSY))

    @property
    def store_tb(self) -> float:
        return self.pages * STORE_B / 1e12

    @property
    def catalog_gb(self) -> float:
        return self.pages * CATALOG_B / 1e9

    @property
    def index_gb(self) -> float:
        return self.pages * INDEX_B / 1e9

    @property
    def shards(self) -> int:
        return math.ceil(self.pages * INDEX_B / SHARD_B)

    @property
    def memory_gb(self) -> float:
        """Of catalogue and index; those who read have their own."""
        return 4 + CATALOG_IN_MEMORY * self.catalog_gb + 2 * (4 + INDEX_IN_MEMORY * self.index_gb)

    def reading(self, prices: Prices) -> float:
        return self.core_hours / BUSY * prices.core_hour

    def a_month(self, prices: Prices) -> float:
        """Keeping and serving: disks, memory, and 2 cores for every shard, 4 at least."""
        ssd_tb = SPARE * (self.catalog_gb + 2 * self.index_gb) / 1e3
        return (
            COPIES * self.store_tb * prices.object_tb_month
            + ssd_tb * prices.ssd_tb_month
            + self.memory_gb * prices.ram_gb_month
            + max(4, 2 * self.shards) * 24 * 30 * prices.core_hour
        )


def rows(prices: Prices) -> list[tuple[str, ...]]:
    needs = [Need(pages) for pages in SIZES.values()]
    table = {
        "pages": [f"{need.pages:,}" for need in needs],
        "items": [f"{need.pages // PAGES_AN_ITEM:,}" for need in needs],
        "core-hours to read it all": [f"{need.core_hours:,.0f}" for need in needs],
        "cores, in a month": [f"{need.cores(30)}" for need in needs],
        "cores, in a year": [f"{need.cores(365)}" for need in needs],
        "memory beside those cores, GB": [f"{WORKER_GB * need.cores(30):.1f}" for need in needs],
        "pages a second, in a month": [f"{need.pages / (30 * 86_400):.2f}" for need in needs],
        "store, TB (one copy)": [f"{need.store_tb:,.2f}" for need in needs],
        "objects": [f"{need.pages * OBJECTS:,.0f}" for need in needs],
        "catalogue, GB": [f"{need.catalog_gb:,.2f}" for need in needs],
        "catalogue, rows": [f"{need.pages * CATALOG_ROWS:,.0f}" for need in needs],
        "index, GB (one copy)": [f"{need.index_gb:,.1f}" for need in needs],
        "shards of at most 50 GB": [f"{need.shards}" for need in needs],
        "memory of catalogue and index, GB": [f"{need.memory_gb:,.0f}" for need in needs],
        "reading it all, million đồng": [f"{need.reading(prices) / 1e6:,.1f}" for need in needs],
        "keeping it, million đồng a month": [f"{need.a_month(prices) / 1e6:,.1f}" for need in needs],
    }
    return [(name, *cells) for name, cells in table.items()]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.growth", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--core-hour", type=float, default=600)
    parser.add_argument("--ram-gb-month", type=float, default=60_000)
    parser.add_argument("--object-tb-month", type=float, default=700_000)
    parser.add_argument("--ssd-tb-month", type=float, default=2_500_000)
    prices = Prices(**vars(parser.parse_args(arguments)))
    show("prices are assumptions", ("", *SIZES), rows(prices))


if __name__ == "__main__":
    main(sys.argv[1:])
