"""The pages of an access PDF as people arranged them: taken over, not drawn anew, cropped and turned.

A picture that several pages show is in the file once. What a page does not show of its picture lies beyond
its edges, where readers neither draw nor search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

from pikepdf import Array, Page, Pdf

from domain.arrangement import WHOLE, Place
from domain.text import OcrPage
from ocr.imagepages import Bound, suit
from ocr.owntext import OwnText
from ocr.pagespace import Rectangle, placement
from ocr.textlayer import Placement

Opened = tuple[Pdf, Sequence[Bound] | None]
_BOXES = ("/TrimBox", "/BleedBox", "/ArtBox")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the access PDF."""

    page: Page
    number: int  # in the file that it comes from, from 1
    bound: Bound | None  # how a picture became a page
    own: OwnText | None  # the text that a PDF brought along
    place: Place | None = None  # None: as it was scanned


def arranged(
    pdf: Pdf,
    bound: Sequence[Bound] | None,
    own: OwnText | None,
    places: Sequence[Place],
    later: Mapping[int, tuple[Opened, OwnText | None]],
) -> list[Sheet]:
    """Have ``pdf`` consist of a page for each place; ``later`` has the pictures that came later."""
    found: dict[int, Sheet] = {
        image: Sheet(page, image, bound[image - 1] if bound else None, own)
        for image, page in enumerate(pdf.pages, start=1)
    }
    for image, ((other, bindings), text) in later.items():
        pdf.pages.append(other.pages[0])
        found[image] = Sheet(Page(pdf.pages[-1].obj), 1, bindings[0] if bindings else None, text)
    used: set[int] = set()
    chosen: list[Sheet] = []
    for place in places:
        sheet = found[place.image]
        page = _again(pdf, sheet.page) if place.image in used else sheet.page
        used.add(place.image)
        chosen.append(replace(sheet, page=page, place=place))
    del pdf.pages[:]
    for one in chosen:
        pdf.pages.append(one.page)
    if "/PageLabels" in pdf.Root:  # they told of the pages as they stood
        del pdf.Root.PageLabels
    return [replace(one, page=page) for one, page in zip(chosen, pdf.pages, strict=True)]


def _again(pdf: Pdf, page: Page) -> Page:
    """The same page once more, for another part of its picture."""
    made = pdf.make_indirect(copy(page.obj))
    for name in ("/Parent", "/Annots", "/StructParents"):
        if name in made:
            del made[name]
    return Page(made)


def put(sheet: Sheet, read: OcrPage | None) -> None:
    """Crop and turn the page as its place says."""
    place, page = sheet.place, sheet.page
    if place is None:
        return
    if sheet.bound is not None and read is not None:
        suit(page, sheet.bound, _of_whole(read, place))
    seen = placement(page.obj)
    edges = _on_page(seen, place)
    if not place.is_whole:
        page.obj.MediaBox = Array([round(edge, 3) for edge in edges])
        page.obj.CropBox = Array([round(edge, 3) for edge in edges])
        for name in _BOXES:
            if name in page.obj:
                del page.obj[name]
    if place.turns:
        page.obj.Rotate = (seen.rotate + 90 * place.turns) % 360


def _of_whole(read: OcrPage, place: Place) -> OcrPage:
    """The reading with the measures of the picture that its page is a part of."""
    return replace(
        read,
        width=round(read.box.width * WHOLE / (place.right - place.left)),
        height=round(read.box.height * WHOLE / (place.bottom - place.top)),
    )


def _on_page(seen: Placement, place: Place) -> Rectangle:
    """Where the part lies in the page's own measures, which know nothing of how it is turned."""
    one = _point(seen, place.left / WHOLE, place.top / WHOLE)
    other = _point(seen, place.right / WHOLE, place.bottom / WHOLE)
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))


def _point(seen: Placement, across: float, down: float) -> tuple[float, float]:
    """A point of the page as people see it, in shares of its sides from its top left."""
    wide, high = seen.right - seen.left, seen.top - seen.bottom
    if seen.rotate == 90:
        return seen.left + down * wide, seen.bottom + across * high
    if seen.rotate == 180:
        return seen.right - across * wide, seen.bottom + down * high
    if seen.rotate == 270:
        return seen.right - down * wide, seen.top - across * high
    return seen.left + across * wide, seen.top - down * high
