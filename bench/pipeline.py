"""What a whole way through the pipeline costs over bare tesseract and beside OCRmyPDF, and what it reads.

One generated book of 300-dpi pages, one run of each, one page at a time everywhere. On a busy machine the
same work takes up to twice the CPU, and that changes within minutes. So beside each of the two, bare
tesseract reads the very bytes that lie in the PDF, page after page from its start to its end, and each
is measured by the bare reading that ran beside it.

    python -m bench.pipeline [--pages 40] [--seed 1]
"""

from __future__ import annotations

import argparse
import itertools
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from bench.measure import (
    BIN,
    Check,
    Cost,
    character_errors,
    embedded_images,
    run,
    show,
    stop,
    tusach,
    verdict,
    workplace,
)
from samples.books import make_book
from samples.truth import Truth

TO_FLOOR = 1.20
TO_OCRMYPDF = 0.65
CER_ABOVE_FLOOR = 0.02  # percentage points
GROWTH = 1.05  # output PDF by input PDF


@dataclass(frozen=True, slots=True)
class Reading:
    """What one contestant took and read."""

    cpu_s: float
    wall_s: float
    texts: Sequence[str]  # a page each


@dataclass(frozen=True, slots=True)
class Heat:
    """A contestant, and bare tesseract over the same pages meanwhile."""

    contestant: Reading
    floor: Reading

    @property
    def to_floor(self) -> float:
        return self.contestant.cpu_s / self.floor.cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", default="1")
    chosen = parser.parse_args()
    with workplace("pipeline") as folder:
        book = folder / "book.pdf"
        truth = make_book(book, chosen.pages, chosen.seed)
        images = embedded_images(book, folder)
        ours = beside(images, lambda: digitise(book, folder / "ours"))
        theirs = beside(images, lambda: ocrmypdf(book, folder / "theirs.pdf"))
        judge(truth, book, folder / "ours" / "book.pdf", ours, theirs)


def beside(images: Sequence[Path], contestant: Callable[[], Reading]) -> Heat:
    """Run the contestant while bare tesseract reads the pages, again and again until both are through."""
    done = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        bare = pool.submit(_read_until, done, images)
        try:
            reading = contestant()
        finally:
            done.set()
        return Heat(reading, bare.result())


def _read_until(done: threading.Event, images: Sequence[Path]) -> Reading:
    """Every page at least once; what a page took is the mean of its readings."""
    costs: list[list[Cost]] = [[] for _ in images]
    for turn in itertools.count():
        place = turn % len(images)
        if done.is_set() and costs[place]:
            break
        costs[place].append(run(["tesseract", images[place], "-", "-l", "vie", "--psm", "3"]))
    return Reading(
        sum(mean(cost.cpu_s for cost in page) for page in costs),
        sum(mean(cost.wall_s for cost in page) for page in costs),
        [page[0].out.decode() for page in costs],
    )


def digitise(book: Path, out: Path) -> Reading:
    cost = run(tusach("digitise", book, "--out", out, "--json"), env={"TUSACH_JOBS": "1"})
    (said,) = json.loads(cost.out)
    return Reading(cost.cpu_s, cost.wall_s, [page["text"] for page in said["pages"]])


def ocrmypdf(book: Path, out: Path) -> Reading:
    options = ["--output-type", "pdf", "-O0", "-l", "vie", "--jobs", "1", "--quiet"]
    sidecar = out.with_suffix(".txt")
    cost = run([BIN / "ocrmypdf", *options, "--sidecar", sidecar, book, out])
    return Reading(cost.cpu_s, cost.wall_s, sidecar.read_text("utf-8").split("\f"))


def judge(truth: Truth, book: Path, access: Path, ours: Heat, theirs: Heat) -> None:
    pages = len(truth.pages)
    readings = {
        "tusach digitise": ours.contestant,
        "  bare tesseract meanwhile": ours.floor,
        "OCRmyPDF, pdf -O0": theirs.contestant,
        "  bare tesseract then": theirs.floor,
    }
    if len(ours.contestant.texts) != pages:
        stop(f"{len(ours.contestant.texts)} pages came back of {pages}")
    errors = {
        name: character_errors("\n".join(reading.texts), truth.text) for name, reading in readings.items()
    }
    show(
        f"{pages} pages, {book.stat().st_size / 1e6:.1f} MB",
        ("", "CPU s", "CPU s/page", "wall s", "CER %"),
        [
            (
                name,
                f"{reading.cpu_s:.1f}",
                f"{reading.cpu_s / pages:.2f}",
                f"{reading.wall_s:.1f}",
                f"{errors[name]:.3f}",
            )
            for name, reading in readings.items()
        ],
    )
    print(f"OCRmyPDF to bare tesseract: {theirs.to_floor:.3f}")
    verdict(
        [
            Check("CPU to bare tesseract", ours.to_floor, TO_FLOOR),
            Check("CPU to OCRmyPDF", ours.to_floor / theirs.to_floor, TO_OCRMYPDF),
            Check(
                "CER above the floor",
                errors["tusach digitise"] - errors["  bare tesseract meanwhile"],
                CER_ABOVE_FLOOR,
                "points",
            ),
            Check("access PDF to scan", access.stat().st_size / book.stat().st_size, GROWTH),
        ]
    )


if __name__ == "__main__":
    main()
