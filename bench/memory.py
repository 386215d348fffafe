"""How much memory the pipeline needs, and that a long book needs no more than a short one.

Samples the proportional set size (PSS: memory shared with others counts by its share) of `tusach digitise`
and all its descendants while it runs; tesseract is counted apart.

    python -m bench.memory [--short 20] [--long 400]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.measure import SINGLE, Check, show, stop, tusach, verdict, workplace
from samples.books import Format, make_book
from samples.degrade import Wear

LIMIT_MB = 200.0
APART = 0.10  # how much the two may differ
EVERY_S = 0.05
# Small sparse sides, so that 400 of them are read in minutes; the same for both books.
SMALL = Format(size=(105.0, 148.0), dpi=300, body=10.0, fill=0.3, wear=Wear(noise=2.0, specks=8))


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that was seen at one moment, MB."""

    pipeline: float
    tesseract: float
    samples: int
    wall_s: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.memory")
    parser.add_argument("--short", type=int, default=20)
    parser.add_argument("--long", type=int, default=400)
    chosen = parser.parse_args()
    with workplace("memory") as folder:
        peaks = {pages: measure(folder, pages) for pages in (chosen.short, chosen.long)}
    show(
        "peak PSS, MB",
        ("pages", "pipeline", "tesseract apart", "samples", "wall s"),
        [
            (
                str(pages),
                f"{peak.pipeline:.1f}",
                f"{peak.tesseract:.1f}",
                str(peak.samples),
                f"{peak.wall_s:.0f}",
            )
            for pages, peak in peaks.items()
        ],
    )
    short, long = (peaks[pages].pipeline for pages in (chosen.short, chosen.long))
    verdict(
        [
            Check(f"{chosen.short} pages", short, LIMIT_MB, "MB"),
            Check(f"{chosen.long} pages", long, LIMIT_MB, "MB"),
            Check("apart", abs(long - short) / min(long, short), APART),
        ]
    )


def measure(folder: Path, pages: int) -> Peak:
    book = folder / f"{pages}.pdf"
    make_book(book, pages, "memory", SMALL.dpi, book=SMALL)
    log = folder / f"{pages}.log"
    began = time.monotonic()
    with log.open("wb") as out:
        child = psutil.Popen(
            [str(part) for part in tusach("digitise", book, "--out", folder / f"out-{pages}")],
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **SINGLE},
        )
        pipeline = tesseract = 0.0
        samples = 0
        while child.poll() is None:
            ours, theirs = _moment(child)
            pipeline, tesseract = max(pipeline, ours), max(tesseract, theirs)
            samples += 1
            time.sleep(EVERY_S)
    if child.returncode != 0:
        stop(f"tusach digitise gave {child.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
    return Peak(pipeline, tesseract, samples, time.monotonic() - began)


def _moment(child: psutil.Process) -> tuple[float, float]:
    """MB of the tree now: (everything but tesseract, tesseract)."""
    ours = theirs = 0.0
    for process in _tree(child):
        with contextlib.suppress(psutil.Error, OSError):
            size = _pss_mb(process.pid)
            # Between fork and exec a child is still a copy of ours, and its pages count by their share.
            if process.name() == "tesseract":
                theirs += size
            else:
                ours += size
    return ours, theirs


def _tree(child: psutil.Process) -> Iterator[psutil.Process]:
    yield child
    with contextlib.suppress(psutil.Error):
        yield from child.children(recursive=True)


def _pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


if __name__ == "__main__":
    main()
