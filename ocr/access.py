"""The access PDF: pages that look exactly as the scan, with the words as text that can be found and copied.

Nothing of a scan is drawn anew: a PDF's own pages and pictures are taken over as they are, images
are embedded as they are where PDF knows their packing. The words lie under the page's own content,
in a stream of their own, so that nothing the page does to the graphics state can move them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, repeat
from pathlib import Path

import pikepdf
from pikepdf import (
    AccessMode,
    Dictionary,
    Name,
    ObjectStreamMode,
    Page,
    Pdf,
    Stream,
    StreamDecodeLevel,
    String,
)

from domain.arrangement import Place
from domain.errors import DamagedFile, EncryptedPdf
from domain.holdings import ScanForm
from domain.text import OcrPage
from ocr.activecontent import strip_document, strip_page
from ocr.arranged import Sheet, arranged, put
from ocr.imagepages import Bound, bind_images, suit
from ocr.owntext import OwnText, has_fonts, remove_invisible
from ocr.pagespace import placement
from ocr.textlayer import TextLayer

_log = logging.getLogger(__name__)
_FONT = "TuSach"
_MOST_METADATA = 1_000_000  # bytes of XMP that are taken over
# What pikepdf raises for objects that are not what a PDF says they should be.
_ODD = (
    pikepdf.PdfError,
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    IndexError,
)


def write_access_pdf(
    form: ScanForm,
    files: Sequence[Path],
    pages: Iterable[OcrPage | None],
    out: Path,
    *,
    title: str,
    language: str = "vi",
    scratch: Path,
    places: Sequence[Place] | None = None,
    again: Mapping[int, tuple[ScanForm, Path]] | None = None,
) -> None:
    """Write the searchable PDF of a scan to ``out``, which appears only when it is complete.

    ``pages`` come in order, one for each picture of the scan, or for each of ``places`` where people
    arranged them, None where nothing was read; they are consumed one by one. ``again`` are pictures that
    were scanned again, by their numbers. A picture that cannot be decoded becomes an empty page, so that page
    numbers stay right. Scripts, actions that launch something and attachments are left out. The
    same input makes the same bytes. Raises DamagedFile, EncryptedPdf.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        with ExitStack() as opened:
            pdf, bound = opened.enter_context(_bound(form, files, scratch / f"{out.name}.images"))
            own = OwnText(files[0]) if bound is None else None
            if places is None:
                sheets = [
                    Sheet(page, number, bound[number - 1] if bound else None, own)
                    for number, page in enumerate(pdf.pages, start=1)
                ]
            else:
                later = {
                    image: (
                        opened.enter_context(_bound(kind, [path], scratch / f"{out.name}.{image}.images")),
                        OwnText(path) if kind is ScanForm.PDF else None,
                    )
                    for image, (kind, path) in (again or {}).items()
                }
                sheets = arranged(pdf, bound, own, places, later)
            _lay(pdf, pages, sheets)
            _describe(pdf, title, language)
            _save(pdf, part, files[0].name)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _bound(form: ScanForm, files: Sequence[Path], images: Path) -> Iterator[tuple[Pdf, list[Bound] | None]]:
    """A scan as a PDF, and how its pictures became pages where it was none."""
    try:
        bound = None if form is ScanForm.PDF else bind_images(form, files, images)
        with _open(files[0] if bound is None else images) as pdf:
            yield pdf, bound
    finally:
        images.unlink(missing_ok=True)


def _open(path: Path) -> Pdf:
    try:
        # Not mapped into memory: a book's pictures would count as ours.
        return Pdf.open(path, access_mode=AccessMode.stream)
    except pikepdf.PasswordError as error:
        raise EncryptedPdf(name=path.name) from error
    except _ODD as error:
        raise DamagedFile(name=path.name, detail=str(error)) from error


def _lay(pdf: Pdf, pages: Iterable[OcrPage | None], sheets: Sequence[Sheet]) -> None:
    """Put each page's words onto it."""
    layer = TextLayer(pdf)
    readings = chain(pages, repeat(None))
    for number, sheet in enumerate(sheets, start=1):
        read, page = next(readings), sheet.page
        try:
            if sheet.bound is not None and sheet.place is None:
                suit(page, sheet.bound, read)
            elif sheet.place is not None:
                put(sheet, read)
            strip_page(page.obj)
            if read is not None and read.lines:
                _lay_page(pdf, page, read, layer, sheet.own, sheet.number)
        except _ODD as error:
            _log.warning("page %d keeps what it has, no text could be laid over it: %s", number, error)
    layer.finish()


def _lay_page(
    pdf: Pdf, page: Page, read: OcrPage, layer: TextLayer, own: OwnText | None, number: int
) -> None:
    if own is not None and has_fonts(page.obj):
        if own.agrees(number, read.text):
            return
        remove_invisible(pdf, page.obj)
    name = _font_name(page.obj, layer)
    content = layer.content(read, placement(page.obj), name)
    if content:
        page.add_resource(layer.font, Name.Font, Name(f"/{name}"))
        page.contents_add(Stream(pdf, content, Filter=Name.FlateDecode), prepend=True)


def _font_name(page: Dictionary, layer: TextLayer) -> str:
    """A name that the page's resources do not use for another font."""
    resources = page.get("/Resources")
    fonts = resources.get("/Font") if isinstance(resources, Dictionary) else None
    if not isinstance(fonts, Dictionary):
        return _FONT
    taken = (f"{_FONT}{count or ''}" for count in range(len(fonts) + 1))
    return next(name for name in taken if f"/{name}" not in fonts or layer.owns(fonts[f"/{name}"]))


def _describe(pdf: Pdf, title: str, language: str) -> None:
    strip_document(pdf)
    root = pdf.Root
    root.Lang = String(language)
    shown = root.get("/ViewerPreferences")
    if isinstance(shown, Dictionary):
        shown.DisplayDocTitle = True
    else:
        root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    if title:
        pdf.docinfo["/Title"] = String(title)
    _describe_in_xmp(pdf, title)


def _describe_in_xmp(pdf: Pdf, title: str) -> None:
    """Say the title in the metadata stream too, where there is one; an unreadable one goes."""
    metadata = pdf.Root.get("/Metadata")
    if metadata is None:
        return
    try:
        if int(metadata.get("/Length", 0)) > _MOST_METADATA:
            raise ValueError("too long")
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as said:
            if title:
                said["dc:title"] = title
    except _ODD as error:
        _log.warning("metadata left out: %s", error)
        del pdf.Root.Metadata


def _save(pdf: Pdf, out: Path, name: str) -> None:
    try:
        pdf.save(
            out,
            object_stream_mode=ObjectStreamMode.generate,
            stream_decode_level=StreamDecodeLevel.none,  # pictures stay packed as they are
            deterministic_id=True,
            fix_metadata_version=False,
        )
    except _ODD as error:
        raise DamagedFile(name=name, detail=str(error)) from error
