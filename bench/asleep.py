"""A stand-in reader that takes its time and no processor: what is left to see is everything around it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from domain.options import OcrOptions
from domain.text import Line, OcrPage, PageImage, Word
from domain.values import Box


@contextmanager
def open_engine(url: str, *, secrets: Mapping[str, str]) -> Iterator[Asleep]:  # noqa: ARG001
    """``asleep:2`` reads a page in two seconds."""
    yield Asleep(float(url.partition(":")[2]))


class Asleep:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def describe(self) -> str:
        return "asleep 1"

    def languages(self) -> frozenset[str]:
        return frozenset({"vie"})

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        time.sleep(self._seconds)
        words = tuple(
            Word(f"chữ{number}", Box(40 * number, 10, 40 * number + 30, 30), 0.9) for number in range(5)
        )
        return OcrPage(
            number=image.number,
            image=image.image,
            box=image.box,
            width=image.width,
            height=image.height,
            dpi=image.dpi,
            engine=self.describe(),
            languages=options.languages,
            lines=(Line(words, Box(0, 10, 190, 30)),),
        )
