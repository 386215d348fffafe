"""What a whole way through the pipeline costs over bare tesseract and beside OCRmyPDF, and what it reads.

One generated book of 300-dpi pages, one run of each, one page at a time everywhere. Bare tesseract reads
the very bytes that lie in the PDF; its odd pages go before and its even pages after ours, so that a machine
that gets slower or faster meanwhile treats both sides alike.

    python -m bench.pipeline [--pages 40] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", default="1")
    chosen = parser.parse_args()
    with workplace("pipeline") as folder:
        book = folder / "book.pdf"
        truth = make_book(book, chosen.pages, chosen.seed)
        images = embedded_images(book, folder)
        odd = [bare(image) for image in images[::2]]
        ours = digitise(book, folder / "ours")
        even = [bare(image) for image in images[1::2]]
        theirs = ocrmypdf(book, folder / "theirs.pdf")
        judge(truth, book, folder / "ours" / "book.pdf", floor(odd, even), ours, theirs)


def bare(image: Path) -> Cost:
    return run(["tesseract", image, "-", "-l", "vie", "--psm", "3"])


def floor(odd: Sequence[Cost], even: Sequence[Cost]) -> Reading:
    costs = [*odd, *even]
    texts = [""] * len(costs)
    texts[::2] = [cost.out.decode() for cost in odd]
    texts[1::2] = [cost.out.decode() for cost in even]
    return Reading(sum(cost.cpu_s for cost in costs), sum(cost.wall_s for cost in costs), texts)


def digitise(book: Path, out: Path) -> Reading:
    cost = run(tusach("digitise", book, "--out", out, "--json"), env={"TUSACH_JOBS": "1"})
    (said,) = json.loads(cost.out)
    return Reading(cost.cpu_s, cost.wall_s, [page["text"] for page in said["pages"]])


def ocrmypdf(book: Path, out: Path) -> Reading:
    options = ["--output-type", "pdf", "-O0", "-l", "vie", "--jobs", "1", "--quiet"]
    sidecar = out.with_suffix(".txt")
    cost = run([BIN / "ocrmypdf", *options, "--sidecar", sidecar, book, out])
    return Reading(cost.cpu_s, cost.wall_s, sidecar.read_text("utf-8").split("\f"))


def judge(truth: Truth, book: Path, access: Path, bare: Reading, ours: Reading, theirs: Reading) -> None:
    if len(ours.texts) != len(truth.pages):
        stop(f"{len(ours.texts)} pages came back of {len(truth.pages)}")
    errors = [character_errors("\n".join(reading.texts), truth.text) for reading in (bare, ours, theirs)]
    pages = len(truth.pages)
    show(
        f"{pages} pages, {book.stat().st_size / 1e6:.1f} MB",
        ("", "CPU s", "CPU s/page", "wall s", "CPU to the floor", "CER %"),
        [
            (
                name,
                f"{reading.cpu_s:.1f}",
                f"{reading.cpu_s / pages:.2f}",
                f"{reading.wall_s:.1f}",
                f"{reading.cpu_s / bare.cpu_s:.3f}",
                f"{error:.3f}",
            )
            for name, reading, error in zip(
                ("bare tesseract to text", "tusach digitise", "OCRmyPDF, pdf -O0"),
                (bare, ours, theirs),
                errors,
                strict=True,
            )
        ],
    )
    verdict(
        [
            Check("CPU to bare tesseract", ours.cpu_s / bare.cpu_s, TO_FLOOR),
            Check("CPU to OCRmyPDF", ours.cpu_s / theirs.cpu_s, TO_OCRMYPDF),
            Check("CER above the floor", errors[1] - errors[0], CER_ABOVE_FLOOR, "points"),
            Check("access PDF to scan", access.stat().st_size / book.stat().st_size, GROWTH),
        ]
    )


if __name__ == "__main__":
    main()
