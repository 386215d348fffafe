"""What a second machine brings: the same books with one worker and with two, on the large shelf.

The reader is a stand-in that sleeps, so that two workers on one machine do not share its processor for it:
what would keep the second one from helping is everything else (the catalogue's one writer, the store, the
index, Prefect's server).

    eval "$(scripts/services start)"
    python -m bench.workers [--books 16] [--pages 20] [--seconds 2]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from bench.chaos.shelf import LargeShelf
from bench.measure import Check, show, stop, verdict, workplace
from config import wiring
from config.wiring import open_shelf
from domain.holdings import State
from flows.api import open_api
from flows.batches import take_in
from flows.submit import hand_in
from flows.watch import wait

LEAST = 1.8  # times the pages a second
wiring.ENGINES["asleep"] = "bench.asleep:open_engine"  # here; elsewhere ``bench/site`` does it


@dataclass(frozen=True, slots=True)
class Run:
    workers: int
    pages: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.pages / self.seconds


def make_books(folder: Path, books: int, pages: int) -> list[Path]:
    folder.mkdir(parents=True)
    paths: list[Path] = []
    for book in range(books):
        images = []
        for page in range(pages):
            image = Image.new("L", (400, 200), 250)
            ImageDraw.Draw(image).text((20, 20), f"{folder.name} {book} {page}", 0)
            images.append(image)
        path = folder / f"{book:02}.tif"
        images[0].save(path, save_all=True, append_images=images[1:], dpi=(150, 150))
        paths.append(path)
    return paths


def read(workers: int, books: int, pages: int, seconds: float) -> Run:
    """All books, from handing in to the last one's being found."""
    told = {"TUSACH_OCR_URL": f"asleep:{seconds}", "TUSACH_JOBS": "2"}
    with workplace("workers") as folder:
        large = LargeShelf(folder, workers, told)
        paths = make_books(folder / "in", books, pages)
        with large.running(), open_shelf(large.settings) as shelf:
            large.await_workers()
            settings = large.settings
            report = take_in(shelf, settings, paths, publish=True)
            began = time.monotonic()
            with open_api(settings) as api:
                runs = hand_in(settings, shelf, api, report.to_digitise)
            ended = wait(settings, runs, shelf)
            took = time.monotonic() - began
    if {item.state for item in ended} != {State.PUBLISHED}:
        stop(f"not all are published: {[item.state for item in ended]}")
    return Run(workers, books * pages, took)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.workers")
    parser.add_argument("--books", type=int, default=16)
    parser.add_argument("--pages", type=int, default=20, help="of each book")
    parser.add_argument("--seconds", type=float, default=2.0, help="that the reader sleeps over a page")
    asked = parser.parse_args()
    runs = [read(workers, asked.books, asked.pages, asked.seconds) for workers in (1, 2)]
    show(
        "stand-in reader",
        ["workers", "pages", "s", "pages a second"],
        [[str(run.workers), str(run.pages), f"{run.seconds:.1f}", f"{run.rate:.2f}"] for run in runs],
    )
    verdict([Check("two workers to one", runs[1].rate / runs[0].rate, LEAST, at_least=True)])


if __name__ == "__main__":
    main()
