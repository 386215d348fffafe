"""One picture of a scan at a time, as a file that the engine reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from domain.errors import DamagedFile, PageUnreadable
from domain.holdings import ScanForm
from domain.options import OcrOptions
from domain.text import PageImage
from domain.values import Box

if TYPE_CHECKING:
    from ocr.embedded import Embedded
    from ocr.pdf import PdfPages

Extent: TypeAlias = tuple[float, float]  # width and height of a page in points

_LOOK_TIMEOUT_S = 120  # for poppler to count the pages of a PDF that pypdf cannot read


class OpenScan(ABC):
    """A scan being read, a picture at a time; ``ocr.placing`` makes pages of their parts."""

    image_count: int

    @abstractmethod
    def page_image(self, image: int, folder: Path, options: OcrOptions) -> PageImage:
        """Write picture ``image`` (from 1) as one file into ``folder``. Raises PageUnreadable.

        Grey or as it was scanned, upright (whoever opens it need not heed EXIF), within
        ``options.max_pixels``; its box is the whole of it. The scan goes on after an unreadable one.
        """


@contextmanager
def open_scan(form: ScanForm, files: Sequence[Path]) -> Iterator[OpenScan]:
    """The scan that these files are; a folder's in natural order. Raises DamagedFile, EncryptedPdf."""
    if form is ScanForm.PDF:
        with ExitStack() as opened:
            yield _pdf(files[0], opened)
    elif form in (ScanForm.TIFF, ScanForm.IMAGE, ScanForm.FOLDER):
        yield _Stills(files)
    else:
        raise ValueError(f"nothing to be read in {form}")


class _Stills(OpenScan):
    def __init__(self, files: Sequence[Path]) -> None:
        from ocr.tiff import frame_count

        self._places = [(file, frame) for file in files for frame in range(frame_count(file))]
        self.image_count = len(self._places)

    def page_image(self, image: int, folder: Path, options: OcrOptions) -> PageImage:
        from ocr.stills import still

        file, frame = self._places[image - 1]
        path, size, dpi, drawn = still(file, frame, folder, options, image=image)
        return _page_image(path, image, size, dpi, drawn=drawn)


def _pdf(path: Path, opened: ExitStack) -> OpenScan:
    """Through pypdf, which knows what a page consists of; where it gives up, poppler may still draw."""
    from ocr.pdf import open_pdf

    try:
        return _Pdf(path, opened.enter_context(open_pdf(path, path.name)))
    except DamagedFile:
        from ocr.drawing import drawable_pages

        count = drawable_pages(path, timeout_s=_LOOK_TIMEOUT_S)
        if not count:
            raise
        return _DrawnPdf(path, count)


class _Pdf(OpenScan):
    def __init__(self, path: Path, pages: PdfPages) -> None:
        self._path = path
        self._pages = pages
        self.image_count = len(pages.leaves)

    def page_image(self, image: int, folder: Path, options: OcrOptions) -> PageImage:
        leaf = self._pages.leaves[image - 1]
        if leaf is None:
            raise PageUnreadable(image=image, detail="the page is lost")
        found, extent, doubtful = self._look(image, options)
        if found is None:
            path, number = self._path, leaf.drawn_as
            return _drawn(path, number, image, folder, options, extent=extent, doubtful=doubtful)
        target = folder / f"{image:06d}{found.suffix}"
        target.write_bytes(found.data)
        return _page_image(target, image, (found.width, found.height), found.dpi, drawn=False)

    def _look(self, image: int, options: OcrOptions) -> tuple[Embedded | None, Extent | None, bool]:
        """The picture that the page consists of, if it does; the page's extent; whether it looks broken."""
        from ocr.embedded import embedded_image
        from ocr.pdf import visible_box

        extent: Extent | None = None
        try:
            with self._pages.page(image) as page:
                box = visible_box(page)
                extent = box[2] - box[0], box[3] - box[1]
                return embedded_image(page, max_pixels=options.max_pixels), extent, False
        except OSError:
            raise
        except Exception:  # broken pages make pypdf raise nearly anything; poppler may still draw them
            return None, extent, True


class _DrawnPdf(OpenScan):
    def __init__(self, path: Path, pages: int) -> None:
        self._path = path
        self.image_count = pages

    def page_image(self, image: int, folder: Path, options: OcrOptions) -> PageImage:
        return _drawn(self._path, image, image, folder, options, extent=None, doubtful=False)


def _drawn(
    path: Path,
    number: int,
    image: int,
    folder: Path,
    options: OcrOptions,
    *,
    extent: Extent | None,
    doubtful: bool,
) -> PageImage:
    from ocr.drawing import draw, fitting_dpi, page_extent

    wide, high = extent or page_extent(path, number, image=image, timeout_s=options.timeout_s)
    dpi = fitting_dpi(wide, high, options, image=image)
    target = folder / f"{image:06d}.pgm"
    size = draw(path, number, target, options, dpi=dpi, image=image, doubtful=doubtful)
    return _page_image(target, image, size, dpi, drawn=True)


def _page_image(path: Path, image: int, size: tuple[int, int], dpi: int, *, drawn: bool) -> PageImage:
    """One picture, one page: their numbers and extents are the same."""
    width, height = size
    return PageImage(path, image, image, Box(0, 0, width, height), width, height, dpi, drawn)
