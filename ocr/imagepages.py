"""Pictures as PDF pages: packed as they are where PDF knows the packing, without loss otherwise."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import img2pdf
from pikepdf import Array, Page, Pdf
from PIL import Image

from domain.holdings import ScanForm
from domain.text import OcrPage
from ocr.binding import Binder
from ocr.pictureframes import Frame, frames

_log = logging.getLogger(__name__)

_DPI = 300  # where neither the picture nor the reading says it
_A4 = (8.27, 11.69)
_SMALLEST, _LARGEST = 1.0, 48.0  # inches that a scanned page's side can have: a stamp, a little above A0
_POINTS = 72

Inches = tuple[float, float]  # width and height, before a viewer turns the page


@dataclass(frozen=True, slots=True)
class Bound:
    """How a picture was bound as a page, before it was known how it was read."""

    width: int  # pixels as stored; 0 for a picture that could not be decoded
    height: int
    size: Inches
    sized: bool  # whether the picture itself said so


def bind_images(form: ScanForm, files: Sequence[Path], out: Path) -> list[Bound]:
    """Write every picture of a scan as a page into ``out``.

    A picture that cannot be decoded is an empty page of the size of the one before.
    """
    bound: list[Bound] = []
    with out.open("wb") as file:
        binder = Binder(file)
        for frame in frames(form, files):
            page, made = _bound(frame, bound[-1].size if bound else _A4)
            binder.add(made)
            bound.append(page)
        binder.close()
    return bound


def suit(page: Page, bound: Bound, read: OcrPage | None) -> None:
    """Give the page the size and the turn with which its picture was read.

    A size that the picture says itself stays; a camera's 72 dpi, which would make a page of two
    metres, was not believed. A turn that the camera noted stays, unless the reading's shape shows
    that the picture was read unturned.
    """
    if read is None or not bound.width:
        return
    if int(page.obj.get("/Rotate", 0)) in (90, 270):
        unturned = abs(read.width * bound.height - read.height * bound.width)
        turned = abs(read.width * bound.width - read.height * bound.height)
        if unturned < turned:
            page.obj.Rotate = 0
    size = _believable(bound.width, bound.height, (read.dpi, read.dpi))
    if not bound.sized and size is not None and size != bound.size:
        scale = size[0] / bound.size[0]
        page.contents_add(f"{scale:.6f} 0 0 {scale:.6f} 0 0 cm".encode("ascii"), prepend=True)
        page.obj.MediaBox = Array([0, 0, *(round(side * _POINTS, 3) for side in size)])
        for name in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
            if name in page.obj:
                del page.obj[name]


def _bound(frame: Frame | None, usual: Inches) -> tuple[Bound, bytes]:
    if frame is not None:
        said = _believable(frame.width, frame.height, frame.dpi)
        size = said or _believable(frame.width, frame.height, (_DPI, _DPI)) or _as_high_as_a4(frame)
        made = _one_page(frame, size)
        if made is not None:
            return Bound(frame.width, frame.height, size, sized=said is not None), made
    return Bound(0, 0, usual, sized=True), _empty(usual)


def _believable(width: int, height: int, dpi: tuple[float, float] | None) -> Inches | None:
    """The page's size at ``dpi``; None where no page is so small or large."""
    if dpi is None or dpi[0] <= 0 or dpi[1] <= 0:
        return None
    size = (width / dpi[0], height / dpi[1])
    return size if all(_SMALLEST <= side <= _LARGEST for side in size) else None


def _as_high_as_a4(frame: Frame) -> Inches:
    scale = _A4[1] / max(frame.width, frame.height)
    return (max(0.1, frame.width * scale), max(0.1, frame.height * scale))


def _one_page(frame: Frame, size: Inches) -> bytes | None:
    width, height = size[0] * _POINTS, size[1] * _POINTS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # intake has bounded the pixels
            made = img2pdf.convert(
                frame.data,
                layout_fun=lambda *_: (width, height, width, height),
                rotation=img2pdf.Rotation[str(frame.turned)],
                first_frame_only=True,
                engine=img2pdf.Engine.internal,
                nodate=True,
                producer="",
            )
    except Exception as error:  # img2pdf raises anything down to bare Exception for bad pictures
        _log.warning("a picture cannot be embedded, its page stays empty: %s", error)
        return None
    return bytes(made)


def _empty(size: Inches) -> bytes:
    made = BytesIO()
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(size[0] * _POINTS, size[1] * _POINTS))
        pdf.save(made)
    return made.getvalue()
