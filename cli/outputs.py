"""Where ``digitise`` writes, and what it writes about the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from cli.screen import json_text
from config.messages import Lang, explain
from domain.holdings import Counts, PageEntry
from domain.text import OcrPage
from domain.values import Json, Reason
from flows.steps.portrait import box_json

SUFFIXES: Mapping[str, str] = {"pdf": ".pdf", "text": ".txt", "hocr": ".hocr", "pages": ".pages.json"}
_HEAD = 20_000  # characters of a pages.json within which its source stands
_LONGEST = 220  # bytes of a stem; file systems take 255 for the whole name
_SOURCE = re.compile(r'\{"source": ("(?:[^"\\]|\\.)*"), "sha256": "[0-9a-f]{64}"')


@dataclass(frozen=True, slots=True)
class Outputs:
    """The four files of one source."""

    folder: Path
    stem: str

    def path(self, name: str) -> Path:
        return self.folder / f"{self.stem}{SUFFIXES[name]}"

    def as_json(self) -> dict[str, Json]:
        return {name: str(self.path(name)) for name in SUFFIXES}


NO_OUTPUTS: Mapping[str, Json] = dict.fromkeys(SUFFIXES)


class Stems:
    """Names for the outputs of one run: a clash is numbered, and only our own outputs are replaced.

    Ours are those whose ``pages.json`` names the same source; a file that stood there by itself,
    the scan above all, is never overwritten.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def choose(self, wanted: str, *, source: str) -> Outputs:
        wanted = wanted.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
        stem, number = wanted, 1
        while stem.casefold() in self._taken or not self._may_write(stem, source):
            number += 1
            stem = f"{wanted}-{number}"
        self._taken.add(stem.casefold())
        return Outputs(self._folder, stem)

    def _may_write(self, stem: str, source: str) -> bool:
        outputs = Outputs(self._folder, stem)
        if not any(outputs.path(name).exists() for name in SUFFIXES):
            return True
        return _source_of(outputs.path("pages")) == source


def _source_of(pages: Path) -> str | None:
    """Which source a ``pages.json`` was made from; None for what is not one of ours."""
    try:
        with pages.open(encoding="utf-8") as text:
            found = _SOURCE.match(text.read(_HEAD))
        return str(json.loads(found[1])) if found else None
    except (OSError, ValueError):  # not there, or not ours
        return None


def problem(page: int | None, reason: Reason, lang: Lang) -> Json:
    return {"code": reason.code, "page": page, "message": explain(reason, lang)}


def page_json(entry: PageEntry, page: OcrPage | None) -> Json:
    return {
        "number": entry.number,
        "image": entry.image,
        "box": box_json(entry),
        "label": entry.label,
        "kind": entry.kind.value,
        "width": entry.width or None,
        "height": entry.height or None,
        "dpi": entry.dpi or None,
        "confidence": None if entry.confidence is None else round(entry.confidence, 4),
        "text": None if page is None else page.text,
    }


def write_pages(
    out: TextIO,
    *,
    source: str,
    sha256: str | None,
    pages: Iterator[tuple[PageEntry, OcrPage | None]],
    counts: Counts | None,
    outputs: Mapping[str, Json],
    problems: Sequence[Json],
) -> None:
    """One source's answer as JSON, a page at a time: a book of any length fits into memory."""
    out.write(f'{{"source": {json_text(source)}, "sha256": {json_text(sha256)}, "pages": [')
    glue = "\n"
    for entry, page in pages:
        out.write(glue + json_text(page_json(entry, page), indent=None))
        glue = ",\n"
    told = asdict(counts or Counts())
    out.write(f'\n], "counts": {json_text(told, indent=None)},\n')
    out.write(f'"outputs": {json_text(outputs, indent=None)},\n')
    out.write(f'"problems": {json_text(problems, indent=None)}}}\n')
