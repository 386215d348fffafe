"""What a whole way through the pipeline costs over bare tesseract and beside OCRmyPDF, and what it reads.

One generated file of 300-dpi pages, one run of each, one page at a time everywhere, in turns
(``bench.turns``). Bare tesseract reads the very bytes that lie in the PDF. Half of the pages are a
handbook's (A5, 12.5 points), half a document's (A4, 14 points, as Nghị định 30/2020/NĐ-CP sets
them), since a shelf holds both: what it costs to draw a page and to carry it about grows with the
paper, what it costs to read it with the words. ``--paper`` takes one of them alone.

    python -m bench.pipeline [--pages 40] [--seed 1] [--paper both|a5|a4]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from bench.measure import (
    BIN,
    Check,
    character_errors,
    embedded_images,
    show,
    stop,
    tusach,
    verdict,
    workplace,
)
from bench.turns import Errand, in_turns
from samples.books import Format, make_book

TO_FLOOR = 1.20
TO_OCRMYPDF = 0.65
CER_ABOVE_FLOOR = 0.02  # percentage points
GROWTH = 1.05  # output PDF by input PDF
BARE, OURS, THEIRS = "bare tesseract to text", "tusach digitise", "OCRmyPDF, pdf -O0"
# A handbook, and what departments print themselves (14 points, as Nghị định 30/2020 has it).
PAPERS = {"a5": Format(), "a4": Format(size=(210.0, 297.0), body=14.0, margin=28.0)}
OCRMYPDF = ("--output-type", "pdf", "-O0", "-l", "vie", "--jobs", "1", "--quiet")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one contestant took and read."""

    cpu_s: float
    wall_s: float  # while it was its turn
    texts: Sequence[str]  # a page each


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.pipeline")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--paper", choices=("both", *PAPERS), default="both")
    chosen = parser.parse_args()
    with workplace("pipeline") as folder:
        book = folder / "book.pdf"
        texts = make_scan(book, chosen.pages, chosen.seed, chosen.paper)
        readings = compete(book, embedded_images(book, folder), folder)
        judge(texts, book, folder / "ours" / "book.pdf", readings)


def make_scan(path: Path, pages: int, seed: str, paper: str) -> list[str]:
    """Generate the file to be read at ``path``; the text of its pages."""
    papers = tuple(PAPERS) if paper == "both" else (paper,)
    texts: list[str] = []
    with pikepdf.new() as bound, ExitStack() as parts:
        for place, name in enumerate(papers):
            part = path.with_name(f"{name}.pdf")
            share = pages // len(papers) + (place < pages % len(papers))
            truth = make_book(part, share, f"{seed} {name}", book=PAPERS[name])
            texts += [page.text for page in truth.pages]
            bound.pages.extend(parts.enter_context(pikepdf.open(part)).pages)
        bound.save(path)
    return texts


def compete(book: Path, images: Sequence[Path], folder: Path) -> dict[str, Reading]:
    sidecar = folder / "theirs.txt"
    ocrmypdf: list[str | Path] = [
        BIN / "ocrmypdf",
        *OCRMYPDF,
        "--sidecar",
        sidecar,
        book,
        folder / "theirs.pdf",
    ]
    costs = in_turns(
        {
            BARE: Errand([sys.executable, "-m", "bench.floor", *images], 1.0),
            OURS: Errand(tusach("digitise", book, "--out", folder / "ours", "--json"), 1.15),
            THEIRS: Errand(ocrmypdf, 1.7),
        },
        {"TUSACH_JOBS": "1"},
    )
    bare = json.loads(costs[BARE].out)
    (ours,) = json.loads(costs[OURS].out)
    return {
        # The tesseracts alone: not what it takes to start them one after the other.
        BARE: Reading(bare["cpu_s"], costs[BARE].wall_s, bare["texts"]),
        OURS: Reading(costs[OURS].cpu_s, costs[OURS].wall_s, [page["text"] for page in ours["pages"]]),
        THEIRS: Reading(costs[THEIRS].cpu_s, costs[THEIRS].wall_s, sidecar.read_text("utf-8").split("\f")),
    }


def judge(texts: Sequence[str], book: Path, access: Path, readings: Mapping[str, Reading]) -> None:
    pages = len(texts)
    bare, ours, theirs = readings[BARE], readings[OURS], readings[THEIRS]
    if len(ours.texts) != pages:
        stop(f"{len(ours.texts)} pages came back of {pages}")
    errors = {
        name: character_errors("\n".join(reading.texts), "\n".join(texts))
        for name, reading in readings.items()
    }
    show(
        f"{pages} pages, {book.stat().st_size / 1e6:.1f} MB",
        ("", "CPU s", "CPU s/page", "to the floor", "wall s", "CER %"),
        [
            (
                name,
                f"{reading.cpu_s:.1f}",
                f"{reading.cpu_s / pages:.2f}",
                f"{reading.cpu_s / bare.cpu_s:.3f}",
                f"{reading.wall_s:.1f}",
                f"{errors[name]:.3f}",
            )
            for name, reading in readings.items()
        ],
    )
    verdict(
        [
            Check("CPU to bare tesseract", ours.cpu_s / bare.cpu_s, TO_FLOOR),
            Check("CPU to OCRmyPDF", ours.cpu_s / theirs.cpu_s, TO_OCRMYPDF),
            Check("CER above the floor", errors[OURS] - errors[BARE], CER_ABOVE_FLOOR, "points"),
            Check("access PDF to scan", access.stat().st_size / book.stat().st_size, GROWTH),
        ]
    )


if __name__ == "__main__":
    main()
