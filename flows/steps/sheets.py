"""The pictures of an item's pages: parts of the scan as they are arranged, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from domain.arrangement import Arrangement
from domain.errors import PageUnreadable
from domain.holdings import Scan, ScanFile
from domain.ids import ItemId
from domain.options import OcrOptions
from domain.ports import Shelf
from domain.text import PageImage
from flows.steps.originals import originals
from ocr.placing import placed

if TYPE_CHECKING:
    from ocr.raster import OpenScan


class Sheets:
    """An item's pages, to be drawn by their homes."""

    def __init__(
        self,
        master: OpenScan,
        again: Mapping[int, tuple[ScanFile, Path]],
        arrangement: Arrangement | None,
    ) -> None:
        """``again`` has the pictures that were scanned again, by their numbers."""
        self._master, self._again, self._arrangement = master, again, arrangement
        self.image_count = master.image_count

    @property
    def arranged(self) -> bool:
        return self._arrangement is not None

    def image_of(self, home: int) -> int:
        return home if self._arrangement is None else self._arrangement.place(home).image

    def draw(self, home: int, folder: Path, options: OcrOptions) -> PageImage:
        """Write the page as one file into ``folder``. Raises PageUnreadable; the others go on."""
        if self._arrangement is None:
            return self._master.page_image(home, folder, options)
        place = self._arrangement.place(home)
        return placed(self._picture(place.image, folder, options), place, home)

    def _picture(self, image: int, folder: Path, options: OcrOptions) -> PageImage:
        if image <= self.image_count:
            return self._master.page_image(image, folder, options)
        if image not in self._again:
            raise PageUnreadable(image=image, detail="the picture is lost")
        from ocr.raster import open_scan

        file, path = self._again[image]
        if file.form is None:
            raise ValueError(f"a file of the master as picture {image}")
        with open_scan(file.form, [path]) as scan:
            drawn = scan.page_image(1, folder, options)
        renamed = drawn.path.with_name(f"{image:06d}.again{drawn.path.suffix}")
        drawn.path.rename(renamed)
        return PageImage(renamed, image, image, drawn.box, drawn.width, drawn.height, drawn.dpi, drawn.drawn)


@contextmanager
def opened(shelf: Shelf, item_id: ItemId) -> Iterator[tuple[Scan, Sheets]]:
    """An item's scan, open for drawing its pages."""
    from ocr.raster import open_scan  # with all that draws, which only those who read want

    with shelf.catalog.view() as seen:
        scan, arrangement = seen.scan(item_id), seen.places.arrangement(item_id)
    with originals(shelf, scan.files) as paths:
        files = list(zip(scan.files, paths, strict=True))
        master = [path for file, path in files if file.form is None]
        again = {file.image: (file, path) for file, path in files if file.form and file.image}
        with open_scan(scan.form, master) as pictures:
            yield scan, Sheets(pictures, again, arrangement)
