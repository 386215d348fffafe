"""The pictures of an image scan, one by one, in the packing in which a PDF can take them over."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, TiffImagePlugin

from domain.holdings import ScanForm
from ocr.imaging import BROKEN
from ocr.tiffjpeg import jpeg_of_frame

_log = logging.getLogger(__name__)

_ORIENTATION = 0x0112
_TURNED = {1: 0, 6: 90, 3: 180, 8: 270}  # EXIF's orientations without a mirror; degrees clockwise
_PLAIN = frozenset({"1", "L", "RGB", "P"})
_GROUP4 = "group4"
_PNG_LEVEL = 3  # twice as fast as 6 and 2 % larger on noisy pages


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as the bytes of a file of its own."""

    data: bytes
    width: int  # pixels as stored, before turning
    height: int
    dpi: tuple[float, float] | None  # across and down, as the file says; None where it does not
    turned: int = 0  # degrees clockwise that a viewer has to turn it


def frames(form: ScanForm, files: Sequence[Path]) -> Iterator[Frame | None]:
    """The scan's pictures in their order; None for one that cannot be decoded."""
    with warnings.catch_warnings():
        # Intake has bounded the pixels, and Pillow warns of odd metadata that plays no part here.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        if form is ScanForm.TIFF:
            yield from _frames_of_tiff(files[0])
        else:
            for path in files:
                yield _frame_of_file(path)


def _frame_of_file(path: Path) -> Frame | None:
    try:
        data = path.read_bytes()
        with Image.open(BytesIO(data)) as image:
            as_it_is = _untouched(image, data)
            return as_it_is or _packed(image, BytesIO(data))
    except BROKEN as error:
        _log.warning("a picture cannot be decoded: %s", error)
        return None


def _frames_of_tiff(path: Path) -> Iterator[Frame | None]:
    with ExitStack() as opened:
        try:
            image = opened.enter_context(Image.open(path))
            count = int(getattr(image, "n_frames", 1))
        except BROKEN as error:
            _log.warning("a TIFF cannot be opened: %s", error)
            yield None
            return
        file = opened.enter_context(path.open("rb"))
        for number in range(count):
            yield _frame_of_tiff(image, file, number)


def _frame_of_tiff(image: Image.Image, file: BinaryIO, number: int) -> Frame | None:
    try:
        image.seek(number)
        return _packed(image, file)
    except BROKEN as error:
        _log.warning("frame %d of a TIFF cannot be decoded: %s", number + 1, error)
        return None


def _untouched(image: Image.Image, data: bytes) -> Frame | None:
    """The file as it is, where a PDF can hold its packing; None otherwise."""
    turned = _TURNED.get(_orientation(image))
    if image.format in ("JPEG", "MPO") and turned is not None:
        return Frame(data, image.width, image.height, _dpi(image), turned)
    if image.format == "PNG" and turned == 0 and image.mode in _PLAIN and "transparency" not in image.info:
        image.load()  # a PNG cut short would make a PDF that no reader can show
        return Frame(data, image.width, image.height, _dpi(image))
    if isinstance(image, TiffImagePlugin.TiffImageFile) and turned == 0 and _one_strip_of_group4(image):
        return Frame(data, image.width, image.height, _dpi(image))
    return None


def _one_strip_of_group4(image: TiffImagePlugin.TiffImageFile) -> bool:
    strips = image.tag_v2.get(TiffImagePlugin.STRIPOFFSETS, ())
    return image.info.get("compression") == _GROUP4 and len(strips) == 1


def _packed(image: Image.Image, file: BinaryIO) -> Frame:
    """The current frame, upright, on white: JPEG as it is, else CCITT for black and white, else PNG."""
    orientation = _orientation(image)
    dpi = _dpi(image)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and orientation in _TURNED:
        jpeg = jpeg_of_frame(file, image.tag_v2, image.height)
        if jpeg is not None:
            return Frame(jpeg, image.width, image.height, dpi, _TURNED[orientation])
    if orientation != 1:
        image = ImageOps.exif_transpose(image)
        if orientation >= 5 and dpi is not None:
            dpi = (dpi[1], dpi[0])
    plain = on_white(image)
    made = BytesIO()
    if plain.mode == "1":
        plain.save(made, "TIFF", compression=_GROUP4, tiffinfo={TiffImagePlugin.ROWSPERSTRIP: plain.height})
    else:
        plain.save(made, "PNG", compress_level=_PNG_LEVEL)
    return Frame(made.getvalue(), plain.width, plain.height, dpi)


def on_white(image: Image.Image) -> Image.Image:
    """The picture without transparency, in black and white, grey, a palette or RGB."""
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        grey = image.mode in ("LA", "La", "L", "1")
        sheet = Image.new("RGBA", image.size, "white")
        sheet.alpha_composite(clear)
        return sheet.convert("L" if grey else "RGB")
    if image.mode in _PLAIN:
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    return image.convert("L" if image.mode in ("I", "F") else "RGB")


def _orientation(image: Image.Image) -> int:
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if across > 0 and down > 0 else None
