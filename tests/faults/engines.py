"""OcrEngines for tests: quick ones that read fixed words, and ones that go wrong in known ways."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path

from domain.errors import EngineCrashed, EngineTimedOut, LanguageMissing
from domain.options import OcrOptions
from domain.text import Line, OcrPage, PageImage, Word
from domain.values import Box
from ocr.hocr import page_from_hocr

WORDS = "Điều 1. Phạm vi điều chỉnh của Luật này"


def page_of(image: PageImage, options: OcrOptions, text: str, engine: str = "reader 1.0") -> OcrPage:
    """A page that says ``text``: a line for each of its lines, a paragraph after each empty one."""
    lines: list[Line] = []
    paragraph, top = 1, 100
    for row in text.split("\n"):
        if not row.split():
            paragraph += bool(lines)
            continue
        left, words = 100, []
        for word in row.split():
            words.append(Word(word, Box(left, top, left + 20 * len(word), top + 40), 0.95))
            left += 20 * len(word) + 15
        box = Box(100, top, left - 15, top + 40)
        lines.append(Line(tuple(words), box, block=1, paragraph=paragraph, size=40.0))
        top += 60
    return OcrPage(
        number=image.number,
        image=image.image,
        box=image.box,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        engine=engine,
        languages=options.languages,
        lines=tuple(lines),
    )


class FixedReader:
    """Reads the same words from every page, or those given for its number; remembers what it was asked."""

    def __init__(self, text: str = WORDS, pages: Mapping[int, str] | None = None) -> None:
        self.text = text
        self.pages = pages or {}
        self.readings: Counter[int] = Counter()  # by image

    def describe(self) -> str:
        return "reader 1.0"

    def languages(self) -> frozenset[str]:
        return frozenset({"vie", "eng"})

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        self.readings[image.image] += 1
        for language in options.languages:
            if language not in self.languages():
                raise LanguageMissing(language=language, installed=sorted(self.languages()))
        return page_of(image, options, self.pages.get(image.number, self.text), self.describe())


class SleepingReader(FixedReader):
    """Sleeps over the given images until it is woken, then reads on; ``asleep`` is set once it sleeps."""

    def __init__(self, images: Collection[int] = (1,), text: str = WORDS) -> None:
        super().__init__(text)
        self.images = frozenset(images)
        self.asleep = threading.Event()
        self.wake = threading.Event()

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        if image.image in self.images:
            self.asleep.set()
            if not self.wake.wait(options.timeout_s):
                raise EngineTimedOut(image=image.image, seconds=options.timeout_s)
        return super().recognise(image, options)


class CrashingReader(FixedReader):
    """Dies on the given images (all, where none are named); with ``times``, only that often on each."""

    def __init__(self, images: Collection[int] = (), times: int | None = None, text: str = WORDS) -> None:
        super().__init__(text)
        self.images = frozenset(images)
        self.times = times

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        tried = self.readings[image.image]
        if (not self.images or image.image in self.images) and (self.times is None or tried < self.times):
            self.readings[image.image] += 1
            raise EngineCrashed(image=image.image, status=-11, detail="Segmentation fault")
        return super().recognise(image, options)


class HangingReader(CrashingReader):
    """Has run out of time on the given images, at once: what is seen of an engine that hangs."""

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        try:
            return super().recognise(image, options)
        except EngineCrashed as error:
            raise EngineTimedOut(image=image.image, seconds=options.timeout_s) from error


class BabblingReader(FixedReader):
    """Answers with these bytes in place of hOCR: cut short, bad UTF-8, or nothing at all."""

    def __init__(self, answer: bytes = b"<html><body><div class='ocr_page'") -> None:
        super().__init__()
        self.answer = answer

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        self.readings[image.image] += 1
        return page_from_hocr(self.answer, image, options, self.describe())


def picture(path: Path, *, number: int = 1, width: int = 1240, height: int = 1754) -> PageImage:
    """What an engine is handed, where nothing looks at the picture itself."""
    return PageImage(path, number, number, Box(0, 0, width, height), width, height, 150, drawn=False)
