"""What a page takes in the store, by kind of file, and how quickly an audit reads it again.

One generated book, half handbook and half document as in ``bench.pipeline``, goes the whole way on an
embedded shelf. The audit is of files that the machine has just written, so it tells what the
processor does of it; a disk or a network may be slower.

    python -m bench.page_sizes [--pages 24] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from bench.measure import load, run, show, workplace
from bench.pipeline import make_scan
from config.settings import load_settings
from config.wiring import open_shelf
from domain.holdings import State
from domain.ports import ObjectStore
from flows.steps.audit import audit

TIMES = 5  # the audit; the least counts


def kind_of(key: str) -> str:
    """``originals``, ``pages``, ``thumbs``, ``reading``, or the name of a file of the whole book."""
    path = PurePosixPath(key)
    if path.parts[0] == "originals":
        return "originals"
    return path.name if path.parent.name == "derivatives" else path.parent.name


def sizes(store: ObjectStore) -> tuple[Counter[str], Counter[str]]:
    """Bytes and files of each kind."""
    size: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for prefix in ("originals/", "items/"):
        for stored in store.list(prefix):
            size[kind_of(stored.key)] += stored.fixity.size
            files[kind_of(stored.key)] += 1
    return size, files


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="bench.page_sizes", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--seed", default="1")
    given = parser.parse_args(arguments)
    with workplace("store") as folder:
        book, data = folder / "book.pdf", folder / "data"
        make_scan(book, given.pages, given.seed, "both")
        cost = run([sys.executable, "-m", "bench.bare", book], env={"TUSACH_DATA_DIR": str(data)})
        used = json.loads(cost.out)
        with open_shelf(load_settings(data_dir=str(data))) as shelf:
            with shelf.catalog.view() as seen:
                assert seen.totals()[State.PUBLISHED].items == 1, "the book was not published"
            size, files = sizes(shelf.store)
            spent = []
            for _ in range(TIMES):
                cpu, began = time.process_time(), time.perf_counter()
                audited = audit(shelf)
                spent.append((time.process_time() - cpu, time.perf_counter() - began))
        index = _size(data / "index")
        catalog = sum(path.stat().st_size for path in data.glob("catalog.sqlite3*"))
    rows = [(kind, files[kind], total) for kind, total in size.most_common()]
    rows += [("all files", sum(files.values()), sum(size.values()))]
    rows += [("index (embedded)", 0, index), ("catalogue (SQLite)", 0, catalog)]
    show(
        f"bytes, of {given.pages} pages",
        ("kind", "files", "KB", "KB a page"),
        [
            (kind, str(n or "–"), f"{total / 1e3:,.0f}", f"{total / 1e3 / given.pages:,.1f}")
            for kind, n, total in rows
        ],
    )
    (cpu_s, wall_s), megabytes = min(spent), audited.size / 1e6
    print(f"audit of {audited.objects} files, {megabytes:.1f} MB, the quickest of {TIMES}:")
    print(f"  {megabytes / cpu_s:.0f} MB and {audited.objects / cpu_s:.0f} files a CPU second")
    print(f"  {megabytes / wall_s:.0f} MB a second")
    tesseract, beside = (used[part] / given.pages for part in ("ocr", "own"))
    print(f"CPU s a page: {tesseract:.2f} in tesseract, {beside:.2f} beside it ({load()})")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main(sys.argv[1:])
