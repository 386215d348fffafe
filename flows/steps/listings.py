"""What a backup says of one item: its objects, and what could not be taken as the catalogue has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import BackupDamaged
from domain.ids import ItemId, ObjectKey, object_key
from domain.ports import StoredObject
from domain.values import Fixity, Json
from flows.steps.generations import kept_key
from flows.steps.jsonlines import reading


@dataclass(frozen=True, slots=True)
class Listing:
    """One item in a backup.

    ``pages`` (from 1) have a reading that is not the one the catalogue tells of, or none: they are to
    be read again. ``derive``: a derivative is not the one it tells of, or gone: they are to be made again.
    """

    item_id: ItemId
    objects: tuple[StoredObject, ...]
    lost: tuple[ObjectKey, ...] = ()  # named by the catalogue, and not to be had as they were
    pages: tuple[int, ...] = ()
    derive: bool = False


def listing_json(one: Listing) -> dict[str, Json]:
    return {
        "item": one.item_id,
        "objects": [
            {
                "key": held.key,
                "sha256": held.fixity.sha256,
                "size": held.fixity.size,
                "media_type": held.media_type,
            }
            for held in one.objects
        ],
        "lost": [*one.lost],
        "pages": [*one.pages],
        "derive": one.derive,
    }


def listings(path: Path) -> Iterator[Listing]:
    """Every item of a backup. Raises BackupDamaged for what is no listing, or names what it must not."""
    for told in reading(path):
        try:
            yield _listing(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BackupDamaged(path=str(path), detail=f"{type(error).__name__}: {error}"[:300]) from error


def _listing(told: Mapping[str, Any]) -> Listing:
    item_id = ItemId(object_key("items", told["item"]).rpartition("/")[2])
    if item_id != told["item"]:
        raise ValueError("not an item")
    return Listing(
        item_id,
        tuple(_object(one, item_id) for one in told["objects"]),
        tuple(_key(key, item_id) for key in told["lost"]),
        tuple(_whole(number) for number in told["pages"]),
        told["derive"] is True,
    )


def _object(told: Mapping[str, Any], item_id: ItemId) -> StoredObject:
    kept_key(told["sha256"])
    media_type = told["media_type"]
    if not isinstance(media_type, str) or not media_type.isprintable() or len(media_type) > 200:
        raise ValueError("not a media type")
    return StoredObject(_key(told["key"], item_id), Fixity(told["sha256"], _whole(told["size"])), media_type)


def _key(key: str, item_id: ItemId) -> ObjectKey:
    """A key that an item may own: among the originals, or below its own name."""
    if not key.startswith(("originals/", f"items/{item_id}/")) or len(key) > 900:
        raise ValueError(f"not a key of this item: {key[:100]!r}")
    return object_key(key)


def _whole(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError("not a count")
    return number
