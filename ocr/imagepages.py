"""Pictures as PDF pages: packed as they are where PDF knows the packing, without loss otherwise."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from io import BytesIO
from itertools import chain, repeat
from pathlib import Path

import img2pdf
import pikepdf
from pikepdf import Page, Pdf
from PIL import Image

from domain.holdings import ScanForm
from domain.text import OcrPage
from ocr.pictureframes import Frame, frames

_log = logging.getLogger(__name__)

CHUNK = 20  # pages held in memory before they go to a file
_CHUNK_BYTES = 16 * 1024 * 1024
_DPI = 300  # where neither the picture nor the reading says it
_A4 = (8.27, 11.69)
_SMALLEST, _LARGEST = 1.0, 48.0  # inches that a scanned page's side can have: a stamp, a little above A0
_POINTS = 72

Inches = tuple[float, float]  # width and height, before a viewer turns the page


def append_images(
    pdf: Pdf,
    form: ScanForm,
    files: Sequence[Path],
    pages: Iterable[OcrPage | None],
    scratch: Path,
    opened: ExitStack,
) -> Iterator[tuple[Page, OcrPage | None]]:
    """Append every picture to ``pdf`` as a page, and give the page with what was read of it.

    A picture that cannot be decoded is an empty page of its neighbour's size. Pages go to files in
    ``scratch`` by the chunk; ``opened`` keeps these until ``pdf`` has been saved.
    """
    readings = chain(pages, repeat(None))
    waiting: list[tuple[bytes, OcrPage | None]] = []
    size, chunks = _A4, 0
    for frame in frames(form, files):
        read = next(readings)
        made: bytes | None = None
        if frame is not None:
            size = page_size(frame, read)
            made = _one_page(frame, read, size)
        waiting.append((made or _empty(size), read))
        if len(waiting) >= CHUNK or sum(len(page) for page, _ in waiting) >= _CHUNK_BYTES:
            yield from _flush(pdf, waiting, scratch / f"images-{chunks:05d}.pdf", opened)
            waiting, chunks = [], chunks + 1
    yield from _flush(pdf, waiting, scratch / f"images-{chunks:05d}.pdf", opened)


def page_size(frame: Frame, read: OcrPage | None) -> Inches:
    """The size that the picture says it has, where that can be a page's; else by the reading's dpi, else 300.

    A camera says 72 dpi of anything; a page of two metres is not believed.
    """
    said = [frame.dpi, (read.dpi, read.dpi) if read else None, (_DPI, _DPI)]
    for dpi in said:
        if dpi is not None and dpi[0] > 0 and dpi[1] > 0:
            size = (frame.width / dpi[0], frame.height / dpi[1])
            if all(_SMALLEST <= side <= _LARGEST for side in size):
                return size
    scale = _A4[1] / max(frame.width, frame.height)
    return (max(0.1, frame.width * scale), max(0.1, frame.height * scale))


def _one_page(frame: Frame, read: OcrPage | None, size: Inches) -> bytes | None:
    width, height = size[0] * _POINTS, size[1] * _POINTS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # intake has bounded the pixels
            made = img2pdf.convert(
                frame.data,
                layout_fun=lambda *_: (width, height, width, height),
                rotation=img2pdf.Rotation[str(_turned(frame, read))],
                first_frame_only=True,
                engine=img2pdf.Engine.internal,
                nodate=True,
                producer="",
            )
    except Exception as error:  # img2pdf raises anything down to bare Exception for bad pictures
        _log.warning("a picture cannot be embedded, its page stays empty: %s", error)
        return None
    return bytes(made)


def _turned(frame: Frame, read: OcrPage | None) -> int:
    """Degrees to turn the page: as the camera says, unless the reading shows that it was read unturned."""
    if read and frame.turned in (90, 270):
        across = abs(read.width * frame.height - read.height * frame.width)
        turned = abs(read.width * frame.width - read.height * frame.height)
        return frame.turned if turned <= across else 0
    return frame.turned


def _empty(size: Inches) -> bytes:
    made = BytesIO()
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(size[0] * _POINTS, size[1] * _POINTS))
        pdf.save(made)
    return made.getvalue()


def _flush(
    pdf: Pdf, waiting: Sequence[tuple[bytes, OcrPage | None]], path: Path, opened: ExitStack
) -> Iterator[tuple[Page, OcrPage | None]]:
    if not waiting:
        return
    with ExitStack() as sources, Pdf.new() as chunk:
        for made, _ in waiting:
            source = sources.enter_context(Pdf.open(BytesIO(made)))
            chunk.pages.append(source.pages[0])
        chunk.save(path)
    opened.callback(path.unlink, missing_ok=True)
    saved = opened.enter_context(Pdf.open(path, access_mode=pikepdf.AccessMode.stream))
    for page, (_, read) in zip(saved.pages, waiting, strict=True):
        pdf.pages.append(page)
        yield pdf.pages[-1], read
