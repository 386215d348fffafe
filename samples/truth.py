"""What a sample holds, known because it was made: the answers that tests and demo check against."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

MIN_SYLLABLES = 8  # of a sentence that is worth searching for
MAX_SENTENCES = 4  # told per page


@dataclass(frozen=True, slots=True)
class PageTruth:
    number: int  # the page, from 1
    text: str  # as printed, line by line
    label: str | None = None  # the folio, where one is printed
    blank: bool = False
    sentences: tuple[str, ...] = ()  # whole on this page
    numbers: tuple[str, ...] = ()  # legal numbers printed here


@dataclass(frozen=True, slots=True)
class Truth:
    """One file of the batch."""

    file: str
    title: str
    resource_type: str
    pages: tuple[PageTruth, ...]
    agency: str | None = None
    publisher: str | None = None
    place: str | None = None
    year: int | None = None
    so_ky_hieu: str | None = None  # of the document itself
    isbn: str | None = None
    declared: int | None = None  # what the manifest says
    counts: dict[str, int] = field(default_factory=dict)  # images, scanned, blank, missing
    state: str = "published"  # where the way ends with --publish

    @property
    def text(self) -> str:
        """All pages, a form feed after each, as pdftotext writes."""
        return "".join(f"{page.text}\f" for page in self.pages)

    @property
    def numbers(self) -> dict[str, list[int]]:
        """Legal numbers, each with the pages that print it."""
        found: dict[str, list[int]] = {}
        for page in self.pages:
            for number in page.numbers:
                found.setdefault(number, []).append(page.number)
        return found


def page_truth(
    number: int,
    lines: Sequence[str],
    sentences: Iterable[str],
    numbers: Iterable[str],
    label: str | None = None,
) -> PageTruth:
    """What a page holds of all that was written for its file."""
    flat = " ".join(" ".join(lines).split())
    whole = [said for said in sentences if len(said.split()) >= MIN_SYLLABLES and said in flat]
    return PageTruth(
        number=number,
        text="\n".join(lines),
        label=label,
        blank=not lines,
        sentences=tuple(whole),
        numbers=tuple(said for said in numbers if said in flat),
    )


def distinctive(truths: Sequence[Truth]) -> list[Truth]:
    """The same with each page's few most telling sentences: those of the rarest syllables in the batch.

    A sentence that stands on another page too is left out.
    """
    pages = [page for truth in truths for page in truth.pages]
    texts = [" ".join(page.text.split()) for page in pages]
    seen = Counter(syllable for page in pages for syllable in set(page.text.lower().split()))

    def rarity(sentence: str) -> float:
        syllables = set(sentence.lower().split())
        return sum(1.0 / max(1, seen[syllable]) for syllable in syllables) / math.sqrt(len(syllables))

    def told(page: PageTruth) -> PageTruth:
        alone = [said for said in page.sentences if sum(said in text for text in texts) == 1]
        best = sorted(alone, key=lambda said: (-rarity(said), said))
        return replace(page, sentences=tuple(best[:MAX_SENTENCES]))

    return [replace(truth, pages=tuple(told(page) for page in truth.pages)) for truth in truths]


def write_truth(truths: Sequence[Truth], path: Path, *, seed: str, absent: Sequence[str]) -> None:
    """``absent``: titles that the manifest names and no file holds."""
    told = {
        "seed": seed,
        "absent": list(absent),
        "files": [{**asdict(truth), "numbers": truth.numbers} for truth in truths],
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
