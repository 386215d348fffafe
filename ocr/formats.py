"""What a file's bytes are, whatever its name says."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

PDF = "application/pdf"
TIFF = "image/tiff"
STILLS = frozenset({"image/jpeg", "image/png", "image/bmp", "image/webp"})

PDF_SUFFIXES = frozenset({".pdf"})
TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
STILL_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp"})
SOUND_AND_FILM_SUFFIXES = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".wmv",
        ".flv",
        ".mpg",
        ".mpeg",
        ".3gp",
        ".mts",
        ".m2ts",
        ".mp3",
        ".wav",
        ".m4a",
        ".aac",
        ".ogg",
        ".oga",
        ".opus",
        ".flac",
        ".wma",
        ".amr",
        ".aiff",
    ]
)
OFFICE_SUFFIXES = frozenset(
    [
        ".doc",
        ".docx",
        ".docm",
        ".dot",
        ".dotx",
        ".rtf",
        ".odt",
        ".xls",
        ".xlsx",
        ".xlsm",
        ".ods",
        ".ppt",
        ".pptx",
        ".pptm",
        ".pps",
        ".ppsx",
        ".odp",
    ]
)

_HEAD = 4096
_ZIP = "application/zip"
_OLE = "application/x-ole-storage"  # the container of .doc, .xls and .ppt
_RTF = "application/rtf"
_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"II*\0", TIFF),
    (0, b"MM\0*", TIFF),
    (0, b"II+\0", TIFF),  # BigTIFF
    (0, b"MM\0+", TIFF),
    (8, b"WEBP", "image/webp"),
    (8, b"AVI ", "video/x-msvideo"),
    (8, b"WAVE", "audio/x-wav"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),
    (0, b"{\\rtf", _RTF),
    (0, b"PK\x03\x04", _ZIP),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (4, b"moov", "video/quicktime"),
    (4, b"mdat", "video/quicktime"),
    (0, b"\x1a\x45\xdf\xa3", "video/x-matroska"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"FORM", "audio/aiff"),
)
_FRAME_SYNC = re.compile(rb"\xff[\xe2-\xe7\xf2-\xff]")  # MPEG audio (layers I to III) and ADTS without a tag
_BITMAP = re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL)


def media_type_of(path: Path) -> str:
    """The media type by content; "" where the bytes are nothing we know."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if b"%PDF-" in head[:1024]:  # readers take a PDF with up to a kilobyte of junk before it
        return PDF
    for offset, magic, media_type in _MAGIC:
        if head.startswith(magic, offset):
            return _inside_zip(path) if media_type == _ZIP else media_type
    if _BITMAP.match(head):
        return "image/bmp"
    if _FRAME_SYNC.match(head):
        return "audio/mpeg"
    return _anything_else(path)


def is_sound_or_film(media_type: str) -> bool:
    return media_type.startswith(("video/", "audio/"))


def is_office(media_type: str) -> bool:
    return media_type in (_OLE, _RTF) or media_type.startswith((_OOXML, _ODF))


def _inside_zip(path: Path) -> str:
    """An office file is a zip archive; which one, its parts say."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:10_000])
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                said = archive.read("mimetype").decode("ascii", "replace").strip()
                return said if said.startswith(_ODF) else _ZIP
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return _ZIP
    for folder, kind in (("word/", "wordprocessingml"), ("xl/", "spreadsheetml"), ("ppt/", "presentationml")):
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            return f"{_OOXML}.{kind}.document"
    return _ZIP


def _anything_else(path: Path) -> str:
    import puremagic  # it compiles a few thousand signatures, for the few files that need a name

    try:
        found = puremagic.from_file(path, mime=True)
    except (puremagic.PureError, ValueError, OSError):
        return ""
    # We know the forms we take better than a table of signatures does: it must not turn a stray
    # byte into a scan.
    return "" if found in (PDF, TIFF) or found in STILLS else str(found)
