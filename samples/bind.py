"""Pictures to files, the same bytes every time: no dates of today, no random ids."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image


def bind(pictures: Sequence[bytes], path: Path) -> None:
    """A PDF with one JPEG per page, each as it is and filling its page."""
    plain = io.BytesIO()
    img2pdf.convert(list(pictures), outputstream=plain, nodate=True, engine=img2pdf.Engine.pikepdf)
    with pikepdf.open(plain) as pdf:
        del pdf.trailer["/ID"]  # drawn by lot
        pdf.save(path, deterministic_id=True)


def bind_tiff(pictures: Sequence[Image.Image], path: Path, *, dpi: int) -> None:
    """A multi-page TIFF of black and white pictures, CCITT group 4."""
    first, *others = pictures
    first.save(path, "TIFF", compression="group4", dpi=(dpi, dpi), save_all=True, append_images=others)


def cut(path: Path, *, keep: float) -> None:
    """Leave only the first part of a file, as a broken transfer does; ``keep`` 0.0 to 1.0."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
