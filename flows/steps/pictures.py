"""The pictures of pages that readers see: by their names, and smaller ones for small screens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from io import BytesIO

from domain.holdings import FileEntry
from domain.ids import ItemId, derivative_key
from domain.ports import CatalogTransaction, Shelf

THUMBS, READING = "thumbs", "reading"
SUFFIX, MEDIA_TYPE = ".jpg", "image/jpeg"


def picture_name(kind: str, home: int) -> str:
    """Of the derivative: ``thumbs/000001.jpg`` for the page that is kept as the first."""
    return f"{kind}/{home:06d}{SUFFIX}"


def keep_pictures(shelf: Shelf, item_id: ItemId, home: int, made: tuple[bytes, bytes]) -> list[FileEntry]:
    """Store a page's thumbnail and its picture for reading; the catalogue is told by the caller."""
    kept = []
    for kind, data in zip((THUMBS, READING), made, strict=True):
        name = picture_name(kind, home)
        key = derivative_key(item_id, name)
        stored = shelf.store.put(key, BytesIO(data), media_type=MEDIA_TYPE)
        kept.append(FileEntry(name, key, MEDIA_TYPE, stored.fixity, page=home))
    return kept


def pictured(
    seen: CatalogTransaction, kind: str, wanted: Collection[tuple[ItemId, int]]
) -> Mapping[tuple[ItemId, int], FileEntry]:
    """Those pictures of these pages (items with page numbers), a few hundred at most, that there are."""
    homes = seen.readers.homes(wanted)
    named = {page: (page[0], picture_name(kind, homes.get(page, page[1]))) for page in wanted}
    files = seen.readers.files_named(list(named.values()))
    return {page: files[name] for page, name in named.items() if name in files}


def narrower(shelf: Shelf, file: FileEntry, width: int) -> bytes:
    """A kept picture as WebP, ``width`` pixels wide at most. Raises ObjectNotFound, DamagedFile."""
    from ocr.pictures import narrowed  # with Pillow, which a portal needs for such pictures alone

    with shelf.store.open(file.key) as source:
        return narrowed(source, width, name=file.name)
