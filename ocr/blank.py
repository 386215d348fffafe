"""Whether a page bears nothing that could be text.

At about 75 dpi, a quarter of a usual scan: the paper's own brightness is divided out (shade, gutter,
yellowing), a margin left aside (edges, binding), and what is clearly darker than its paper is
counted, if it has the size of letters. One such thing is enough, on clean paper: a page that bears
only its folio is not blank. Specks are too small, punched holes too solid, what shines through too
pale.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_DPI = 75  # at which the page is looked at
_PAGE_INCHES = 9.5  # long side of A5 to A4, for pictures that do not say their dpi
_BELIEVABLE_DPI = (100, 1300)
_LONGEST = 2_000  # pixels that are looked at along a side
_MARGIN = 0.05  # of a side
_PAPER_BLOCK = 24  # pixels, about 8 mm: larger than a letter's strokes are thick
_INK = 0.72  # of the paper's brightness; bleed-through is rarely below 0.8
_TRACE = 0.85  # of the paper's brightness: what joins the inky parts of a thin stroke
_LETTER_HEIGHT = (5, 90)  # pixels: 1.7 mm, a digit of 8 points, to 30 mm
_LONGEST_WORD = 400  # pixels: joined or bold letters make one thing of a word
_LEAST_INK = 3  # pixels of a letter that are ink, not only a trace
_SPECKS_TO_DOUBT = 100  # so many specks may stand close enough for one to look like a letter
_BANDS, _PLENTY = 5, 20  # parts of the page that are looked at first; letters that leave no doubt
_SOLID = 0.7  # share of its box that a hole or a stain fills
_SOLID_SIDE = 10  # pixels, 3.4 mm: a full stop of a heading is smaller

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]


def is_blank(path: Path) -> bool:
    """True where the picture shows paper only. Raises OSError for a file that is not a picture."""
    with Image.open(path) as image:
        page = _small_grey(image)
    brightness = _without_margin(page / _paper(page))
    return not _has_letters(brightness)


def _small_grey(image: Image.Image) -> Grey:
    factor = max(1, round(_resolution(image) / _DPI), -(-max(image.size) // _LONGEST))
    wanted = max(1, image.width // factor), max(1, image.height // factor)
    image.draft("L", wanted)  # a JPEG decodes at a half, a quarter, an eighth for less work
    left = max(1, round(image.width / wanted[0]))
    grey = image if image.mode == "L" else image.convert("L")
    return np.asarray(grey.reduce(left) if left > 1 else grey, dtype=np.float32)


def _resolution(image: Image.Image) -> float:
    try:
        said = float(image.info["dpi"][0])
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError):
        said = 0.0
    low, high = _BELIEVABLE_DPI
    return said if low <= said <= high else max(image.size) / _PAGE_INCHES


def _without_margin(page: Grey) -> Grey:
    across, down = (int(side * _MARGIN) for side in (page.shape[1], page.shape[0]))
    return page[down : page.shape[0] - down, across : page.shape[1] - across]


def _paper(page: Grey) -> Grey:
    """The paper's brightness at each pixel: of its block, what most of the block is at least as dark as."""
    rows, columns = (max(1, side // _PAPER_BLOCK) for side in page.shape)
    height, width = page.shape[0] // rows, page.shape[1] // columns
    whole = page[: rows * height, : columns * width].reshape(rows, height, columns, width)
    blocks = np.partition(
        whole.transpose(0, 2, 1, 3).reshape(rows, columns, -1), int(0.8 * height * width), axis=2
    )[:, :, int(0.8 * height * width)]
    # An entirely black block has no paper; what is in it is as dark as its surroundings.
    spread = Image.fromarray(np.maximum(blocks, 1).astype(np.float32)).resize(
        page.shape[::-1], Image.Resampling.BILINEAR
    )
    return np.asarray(spread, dtype=np.float32)


def _has_letters(brightness: Grey) -> bool:
    """Whether there are things of a letter's size; ``brightness`` is 1.0 where there is only paper."""
    for band in np.array_split(brightness, _BANDS):  # a page of text is known by its first lines
        letters, specks = _letters_and_specks(band)
        if letters >= _PLENTY and letters > specks:
            return True
    letters, specks = _letters_and_specks(brightness)
    return letters > specks // _SPECKS_TO_DOUBT


def _letters_and_specks(brightness: Grey) -> tuple[int, int]:
    ink = brightness < _INK
    if not ink.any():
        return 0, 0
    left, top, right, bottom, area, inky = _things(brightness < _TRACE, ink)
    width, height = right - left, bottom - top
    sized = (
        (height >= _LETTER_HEIGHT[0])
        & (height <= _LETTER_HEIGHT[1])
        & (width <= _LONGEST_WORD)
        & (inky >= _LEAST_INK)
    )
    solid = (area > _SOLID * width * height) & (np.minimum(width, height) >= _SOLID_SIDE)
    specks = (height < _LETTER_HEIGHT[0]) & (inky > 0)
    return int(np.count_nonzero(sized & ~solid)), int(np.count_nonzero(specks))


def _things(trace: Mask, ink: Mask) -> tuple[Whole, ...]:
    """Left, top, right, bottom (exclusive), area and inky area of each thing; corners touch.

    Rows are cut into runs of ink; runs that touch in neighbouring rows get one label, the least.
    """
    rows, starts, ends = _runs(trace)
    above, below = _touching(rows, starts, ends, trace.shape[1])
    label = np.arange(len(rows))
    while True:
        least = np.minimum(label[above], label[below])
        before = label.copy()
        np.minimum.at(label, label[above], least)
        np.minimum.at(label, label[below], least)
        label = label[label]
        if np.array_equal(before, label):
            break
    things, which = np.unique(label, return_inverse=True)
    count = len(things)
    left, top = np.full(count, trace.shape[1]), np.full(count, trace.shape[0])
    right, bottom = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.minimum.at(left, which, starts)
    np.minimum.at(top, which, rows)
    np.maximum.at(right, which, ends)
    np.maximum.at(bottom, which, rows + 1)
    area = np.bincount(which, weights=ends - starts, minlength=count).astype(np.int64)
    sums = np.concatenate(([0], np.cumsum(ink.ravel())))
    in_row = rows * trace.shape[1]
    inky = np.bincount(which, weights=sums[in_row + ends] - sums[in_row + starts], minlength=count)
    return left, top, right, bottom, area, inky.astype(np.int64)


def _runs(mask: Mask) -> tuple[Whole, Whole, Whole]:
    """Row, start and end (exclusive) of each run, in reading order."""
    framed = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    framed[:, 1:-1] = mask
    rows, edges = np.nonzero(np.diff(framed, axis=1))
    return rows[::2], edges[::2], edges[1::2]


def _touching(rows: Whole, starts: Whole, ends: Whole, width: int) -> tuple[Whole, Whole]:
    """Pairs of runs in neighbouring rows that touch, as indices."""
    stride = width + 2
    # Runs in a row are in order, so those that touch a run of the row above stand side by side.
    first = np.searchsorted(rows * stride + ends, (rows + 1) * stride + starts, side="left")
    last = np.searchsorted(rows * stride + starts, (rows + 1) * stride + ends, side="right")
    counts = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(len(above)) - np.repeat(np.cumsum(counts) - counts, counts)
    return above, np.repeat(first, counts) + offsets
