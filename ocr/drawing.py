"""PDF pages drawn grey by poppler, through pdf2image; one page at a time."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

from pdf2image import convert_from_path, pdfinfo_from_path
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
)

from domain.errors import EngineMissing, PageUnreadable
from domain.options import OcrOptions
from ocr.imaging import is_featureless, size_of

_PAGE_SIZE = re.compile(r"Page +\d+ size")
_EXTENT = re.compile(r"([\d.]+) x ([\d.]+) pts")
_MAX_SIDE = 32_000  # pixels; Tesseract and Leptonica stop at 32,767
_MIN_DPI = 10  # a page so large that even this is too much is a mistake or an attack


def drawable_pages(path: Path, *, timeout_s: float) -> int | None:
    """How many pages poppler finds; None where it cannot read the file at all. Raises EngineMissing."""
    try:
        return int(pdfinfo_from_path(str(path), timeout=math.ceil(timeout_s))["Pages"])
    except PDFInfoNotInstalledError as error:
        raise EngineMissing(program="pdfinfo") from error
    except (PDFPageCountError, PDFPopplerTimeoutError, ValueError, KeyError):
        return None


def page_extent(path: Path, number: int, *, image: int, timeout_s: float) -> tuple[float, float]:
    """Width and height in points as poppler sees the page. Raises PageUnreadable."""
    try:
        told = pdfinfo_from_path(str(path), first_page=number, last_page=number, timeout=math.ceil(timeout_s))
    except (PDFInfoNotInstalledError, PDFPageCountError, PDFPopplerTimeoutError) as error:
        raise PageUnreadable(image=image, detail=str(error).strip()[:300]) from error
    size = next((str(value) for name, value in told.items() if _PAGE_SIZE.fullmatch(name)), "")
    found = _EXTENT.match(size)
    if not found:
        raise PageUnreadable(image=image, detail="poppler does not find the page")
    return float(found[1]), float(found[2])


def fitting_dpi(width_pt: float, height_pt: float, options: OcrOptions, *, image: int) -> int:
    """The resolution asked for, or the highest at which the page keeps within the cap of pixels.

    Raises PageUnreadable for a page without extent, or miles wide.
    """
    if not (0.5 < width_pt < math.inf and 0.5 < height_pt < math.inf):
        raise PageUnreadable(image=image, detail=f"page of {width_pt:g} × {height_pt:g} pt")
    by_pixels = 72 * math.sqrt(options.max_pixels / (width_pt * height_pt))
    by_side = 72 * _MAX_SIDE / max(width_pt, height_pt)
    dpi = int(min(options.dpi, by_pixels, by_side))
    if dpi < _MIN_DPI:
        raise PageUnreadable(image=image, detail=f"page of {width_pt:g} × {height_pt:g} pt")
    return dpi


def draw(
    path: Path, number: int, target: Path, options: OcrOptions, *, dpi: int, image: int, doubtful: bool
) -> tuple[int, int]:
    """Draw page ``number`` as poppler counts into ``target`` (PGM); its width and height in pixels.

    A page that is all one grey counts as blank, unless it is ``doubtful`` or poppler complained:
    then it could not be drawn. Raises PageUnreadable, EngineMissing.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="drawing-") as folder:
        complaint = _poppler(path, number, Path(folder), options, dpi=dpi, image=image)
        drawn = list(Path(folder).iterdir())
        if len(drawn) != 1:
            raise PageUnreadable(image=image, detail=complaint or "nothing was drawn")
        size = size_of(drawn[0])
        # pdf2image and poppler leave 1 × 1 pixel, or a white or black page, of what they cannot draw
        if size is None or min(size) < 2 or ((complaint or doubtful) and is_featureless(drawn[0])):
            raise PageUnreadable(image=image, detail=complaint or "nothing was drawn")
        drawn[0].replace(target)
    return size


def _poppler(
    path: Path, number: int, folder: Path, options: OcrOptions, *, dpi: int, image: int
) -> str | None:
    """Leave one file in ``folder``; what poppler complained of, though it may have drawn the page."""
    try:
        convert_from_path(
            str(path),
            dpi=dpi,
            first_page=number,
            last_page=number,
            grayscale=True,
            use_cropbox=True,  # what people see
            output_folder=str(folder),
            output_file="page",
            paths_only=True,
            strict=True,  # or its complaints would be lost
            timeout=math.ceil(options.timeout_s),
        )
    except PDFSyntaxError as error:
        return str(error).strip()[:300]
    except PDFInfoNotInstalledError as error:
        raise EngineMissing(program="pdftoppm") from error
    except PDFPopplerTimeoutError as error:
        raise PageUnreadable(
            image=image, detail=f"drawing took longer than {options.timeout_s:g} s"
        ) from error
    except (PDFPageCountError, OSError, ValueError) as error:
        raise PageUnreadable(image=image, detail=str(error).strip()[:300]) from error
    return None
