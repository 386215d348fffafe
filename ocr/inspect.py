"""What a file is, before it is taken in; nothing is decoded that need not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from domain.errors import (
    DamagedFile,
    EmptyFile,
    FileTooLarge,
    IntakeError,
    NotWhatItsNameSays,
    TooManyPages,
    TooManyPixels,
    UnknownFormat,
)
from domain.holdings import ScanForm
from domain.options import IntakePolicy
from ocr.formats import (
    OFFICE_SUFFIXES,
    PDF,
    PDF_SUFFIXES,
    SOUND_AND_FILM_SUFFIXES,
    STILL_SUFFIXES,
    STILLS,
    TIFF,
    TIFF_SUFFIXES,
    is_office,
    is_sound_or_film,
    media_type_of,
)

IMAGE_SUFFIXES: frozenset[str] = STILL_SUFFIXES | TIFF_SUFFIXES
"""Names of pictures, lower case with the dot; what a folder of images consists of."""


@dataclass(frozen=True, slots=True)
class Facts:
    form: ScanForm
    media_type: str  # by content; of a folder "inode/directory"
    image_count: int | None  # None: not to be known before there is a PDF
    properties: Mapping[str, str] = field(default_factory=dict)
    """What a PDF says of itself: title, author, subject, keywords, creator, producer; cleaned, short."""


def inspect(path: Path, name: str, policy: IntakePolicy) -> Facts:
    """Judge the file at ``path`` that was handed in as ``name``.

    The content decides. The name must not say otherwise, except between pictures: a PNG called
    .jpg harms nobody. Raises EmptyFile, FileTooLarge, NotWhatItsNameSays, UnknownFormat,
    DamagedFile, EncryptedPdf, TooManyPages, TooManyPixels.
    """
    found = _media_type(path, name, policy)
    _agrees(found, name)
    if found == PDF:
        from ocr.inspect_pdf import pdf_facts

        count, properties = pdf_facts(path, name, policy)
        return Facts(ScanForm.PDF, found, count, properties)
    if found == TIFF:
        return Facts(ScanForm.TIFF, found, _frames(path, name, policy))
    if found in STILLS:
        _still(path, name, policy, whole=True)
        return Facts(ScanForm.IMAGE, found, 1)
    return Facts(ScanForm.MEDIA, found, None)


def inspect_folder(paths: Sequence[Path], policy: IntakePolicy) -> Facts:
    """Judge a folder's pictures, in natural order; every file has to be one.

    A picture that is cut short does not stop its book: its page will be marked unreadable.
    """
    count = 0
    for path in paths:
        found = _media_type(path, path.name, policy)
        if found == TIFF:
            count += _frames(path, path.name, policy)
        elif found in STILLS:
            _still(path, path.name, policy, whole=False)
            count += 1
        else:
            raise _stranger(found, path.name)
        _bounded(count, path.parent.name, policy)
    if not count:
        raise DamagedFile(name=paths[0].parent.name if paths else "", detail="no pictures")
    return Facts(ScanForm.FOLDER, "inode/directory", count)


def _media_type(path: Path, name: str, policy: IntakePolicy) -> str:
    size = path.stat().st_size
    if size == 0:
        raise EmptyFile(name=name)
    if size > policy.max_file_bytes:
        raise FileTooLarge(name=name, size=size, limit=policy.max_file_bytes)
    return media_type_of(path)


def _agrees(found: str, name: str) -> None:
    """Hold the content against the name. Raises NotWhatItsNameSays, UnknownFormat."""
    suffix = PurePath(name).suffix.lower()
    takes = {
        **dict.fromkeys(PDF_SUFFIXES, found == PDF),
        **dict.fromkeys(IMAGE_SUFFIXES, found == TIFF or found in STILLS),
        **dict.fromkeys(SOUND_AND_FILM_SUFFIXES, is_sound_or_film(found)),
        **dict.fromkeys(OFFICE_SUFFIXES, is_office(found)),
    }
    # A name that promises nothing ("scan0001", "Số 14.2019") cannot be wrong.
    known = found in (PDF, TIFF) or found in STILLS or is_sound_or_film(found) or is_office(found)
    if not takes.get(suffix, known):
        raise _stranger(found, name)


def _stranger(found: str, name: str) -> IntakeError:
    suffix = PurePath(name).suffix.lower()
    if suffix in PDF_SUFFIXES | IMAGE_SUFFIXES | SOUND_AND_FILM_SUFFIXES | OFFICE_SUFFIXES:
        return NotWhatItsNameSays(name=name, expected=suffix, found=found)
    return UnknownFormat(name=name, found=found)


def _bounded(count: int, name: str, policy: IntakePolicy) -> None:
    if count > policy.max_pages:
        raise TooManyPages(name=name, pages=count, limit=policy.max_pages)


def _frames(path: Path, name: str, policy: IntakePolicy) -> int:
    """How many frames a TIFF has; every one of them within the file and the cap of pixels."""
    from ocr.tiff import Broken, frames

    size, count = path.stat().st_size, 0
    try:
        for frame in frames(path):
            count += 1
            _bounded(count, name, policy)
            _pixels(frame.width * frame.height, name, policy)
            if frame.ends > size:
                raise DamagedFile(name=name, detail=f"cut short within picture {count}")
    except Broken as error:
        raise DamagedFile(name=name, detail=str(error)) from error
    if not count:
        raise DamagedFile(name=name, detail="no pictures")
    return count


def _still(path: Path, name: str, policy: IntakePolicy, *, whole: bool) -> None:
    """Check a picture's size; where it stands alone, also that all of it is there."""
    from ocr.imaging import BROKEN, opened

    try:
        with opened(path) as picture:
            _pixels(picture.width * picture.height, name, policy)
            if whole:
                picture.draft("L", (1, 1))  # a JPEG is then decoded at an eighth
                picture.load()
    except BROKEN as error:
        if whole:
            raise DamagedFile(name=name, detail=f"{type(error).__name__}: {error}"[:300]) from error


def _pixels(pixels: int, name: str, policy: IntakePolicy) -> None:
    if pixels > policy.max_pixels:
        raise TooManyPixels(name=name, pixels=pixels, limit=policy.max_pixels)
