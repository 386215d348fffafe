"""The lines of a page as staff put them right, each with its strip of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from domain.holdings import Item
from domain.people import Verb
from domain.text import DOUBTFUL, Line
from flows.steps.correcting import Reading
from flows.steps.publish import INDEXED_STATES
from portal.visits import Visit

EDGE = 0.35  # of a line's height: what a strip shows above and below it


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of the page's picture: the part of it, in pixels of what was read, and the doubtful words."""

    left: int
    top: int
    width: int
    height: int
    doubtful: tuple[tuple[int, int, int, int], ...]  # left, top, width, height


@dataclass(frozen=True, slots=True)
class LineView:
    place: int  # of the line on the page, from 1
    text: str
    least: float  # confidence of its least certain word
    doubtful: tuple[tuple[str, float], ...]
    strip: Strip


def lines_of(reading: Reading) -> list[LineView]:
    return [_line(place, line, reading) for place, line in enumerate(reading.page.lines, start=1)]


def _line(place: int, line: Line, reading: Reading) -> LineView:
    doubtful = [word for word in line.words if word.confidence < DOUBTFUL]
    box, page = line.box, reading.page
    edge = max(4, round(box.height * EDGE))
    top, bottom = max(0, box.top - edge), min(page.height, box.bottom + edge)
    left, right = max(0, box.left - 2 * edge), min(page.width, box.right + 2 * edge)
    return LineView(
        place=place,
        text=line.text,
        least=min((word.confidence for word in line.words), default=1.0),
        doubtful=tuple(
            (word.text, word.confidence) for word in sorted(doubtful, key=lambda one: one.confidence)
        ),
        strip=Strip(
            left,
            top,
            max(1, right - left),
            max(1, bottom - top),
            tuple((one.box.left, one.box.top, one.box.width, one.box.height) for one in doubtful),
        ),
    )


def may_correct(visit: Visit, item: Item) -> bool:
    return item.state in INDEXED_STATES and visit.may(Verb.UPDATE, item.actor.unit)
