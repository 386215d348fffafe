"""Pictures that came as files: photographs, scanned images, frames of a TIFF."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from domain.errors import PageUnreadable
from domain.options import OcrOptions
from ocr.imaging import BROKEN, opened

_ORIENTATION = 0x0112  # EXIF and TIFF; 1 is upright
_A4_INCHES = 11.69  # the long side
_SQUARE = 0.05  # pixels count as square up to this difference
_MAX_SIDE = 32_000  # pixels; Tesseract and Leptonica stop at 32,767
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_RAW_SUFFIX: dict[str | None, str] = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif"}
_RAW_MODES: dict[str | None, tuple[str, ...]] = {
    "JPEG": ("L", "RGB"),
    "PNG": ("1", "L"),  # a coloured one costs Tesseract a third more than a grey one
    "TIFF": ("1", "L"),
}


class Still(NamedTuple):
    path: Path
    size: tuple[int, int]  # width, height in pixels
    dpi: int
    drawn: bool  # False where the file is the scan's own


def still(path: Path, frame: int, folder: Path, options: OcrOptions, *, image: int) -> Still:
    """One picture of a file, frames from 0, upright and ready to read, as a file in ``folder``.

    The file itself where Tesseract reads it as it stands; otherwise grey (bilevel stays
    bilevel), within the cap of pixels. Raises PageUnreadable.
    """
    try:
        with opened(path) as picture:
            if frame:
                picture.seek(frame)
            if _as_it_stands(picture, options):
                made = folder / f"{image:06d}{_RAW_SUFFIX[picture.format]}"
                shutil.copyfile(path, made)
                return Still(made, picture.size, _dpi(picture), drawn=False)
            grey, dpi = _upright(picture, options)
            made = folder / f"{image:06d}{'.pbm' if grey.mode == '1' else '.pgm'}"
            grey.save(made, "PPM")
            return Still(made, grey.size, dpi, drawn=True)
    except BROKEN as error:
        raise PageUnreadable(image=image, detail=f"{type(error).__name__}: {error}"[:300]) from error


def _as_it_stands(picture: Image.Image, options: OcrOptions) -> bool:
    return (
        picture.mode in _RAW_MODES.get(picture.format, ())
        and _fits(picture.size, options)
        and _turned(picture) == 1
        and not _stretched(picture)
        and (picture.format != "TIFF" or getattr(picture, "n_frames", 1) == 1)
    )


def _fits(size: tuple[int, int], options: OcrOptions) -> bool:
    return _shrink(size, options) == 1


def _shrink(size: tuple[int, int], options: OcrOptions) -> float:
    """By what to multiply the sides, so that the picture keeps within the caps; 1 where it does."""
    return min(1.0, math.sqrt(options.max_pixels / (size[0] * size[1])), _MAX_SIDE / max(size))


def _turned(picture: Image.Image) -> int:
    if picture.format != "TIFF" and "exif" not in picture.info:
        return 1  # asked for EXIF, Pillow would decode all of a PNG to look for it
    return int(picture.getexif().get(_ORIENTATION, 1) or 1)


def _resolution(picture: Image.Image) -> tuple[float, float] | None:
    """Pixels per inch, across and down, where the file says something to be believed.

    Cameras and screenshots say 72 or 96 for want of knowing.
    """
    said = picture.info.get("dpi")
    if not isinstance(said, tuple) or len(said) != 2:
        return None
    across, down = float(said[0]), float(said[1])
    return (across, down) if 100 <= across <= 2400 and 100 <= down <= 2400 else None


def _dpi(picture: Image.Image) -> int:
    said = _resolution(picture)
    return round(said[1]) if said else _as_a4(picture.size)


def _as_a4(size: tuple[int, int]) -> int:
    """What the resolution is if the picture shows a sheet of A4, for want of anything better."""
    return min(1200, max(72, round(max(size) / _A4_INCHES)))


def _stretched(picture: Image.Image) -> bool:
    """True for faxes and the like, whose pixels are not square."""
    said = _resolution(picture)
    return said is not None and abs(said[0] - said[1]) > _SQUARE * max(said)


def _upright(picture: Image.Image, options: OcrOptions) -> tuple[Image.Image, int]:
    """The decoded picture, grey or bilevel, the right way up with square pixels, and its resolution."""
    size, said, turned = picture.size, _resolution(picture), _turned(picture)
    if said and _stretched(picture):
        finest = max(said)
        size = round(size[0] * finest / said[0]), round(size[1] * finest / said[1])
        said = finest, finest
    shrink = _shrink(size, options)
    size = max(1, int(size[0] * shrink)), max(1, int(size[1] * shrink))
    if shrink < 1:
        picture.draft("L", size)  # JPEG decodes straight to a half, a quarter or an eighth
    grey = _grey(picture)
    if grey.size != size:
        grey = grey.convert("L").resize(size)
    if picture.format != "TIFF" and turned in _TURNS:  # Pillow turns TIFF by itself
        grey = grey.transpose(_TURNS[turned])
    return grey, round(said[1] * shrink) if said else _as_a4(grey.size)


def _grey(picture: Image.Image) -> Image.Image:
    """Black and white stays so; everything else becomes grey, on white where it was transparent."""
    picture.load()
    if picture.mode in ("1", "L"):
        return picture
    if picture.mode.startswith("I") or picture.mode == "F":
        deep = picture.convert("I").point(lambda value: value / 256) if picture.mode != "F" else picture
        return deep.convert("L")
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        paper = Image.new("L", clear.size, 255)
        paper.paste(clear.convert("L"), (0, 0), clear.getchannel("A"))
        return paper
    return picture.convert("L")
