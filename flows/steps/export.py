"""Hand an item out: originals, derivatives and the record, with their digests."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.holdings import FileEntry, ScanFile
from domain.ids import ItemId
from domain.ports import Shelf
from flows.steps.portrait import portrait


def export_item(shelf: Shelf, item_id: ItemId, folder: Path) -> list[Path]:
    """Write the item into ``folder``/<accession>; a former export of it is replaced as a whole.

    ``SHA256SUMS`` can be checked with ``sha256sum -c``. Returns the files written.
    """
    with shelf.catalog.view() as seen:
        item, scan, files = seen.item(item_id), seen.scan(item_id), seen.files(item_id)
    target = folder / item.accession
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=folder) as scratch:
        made = Path(scratch) / item.accession
        sums: dict[str, str] = {}
        for file in scan.files:
            sums[f"original/{_file_name(file)}"] = file.fixity.sha256
            _copy(shelf, file, made / "original" / _file_name(file))
        for entry in files:
            sums[entry.name] = entry.fixity.sha256
            _copy(shelf, entry, made / entry.name)
        _write(made / "record.json", json.dumps(portrait(shelf, item_id), ensure_ascii=False, indent=2))
        _write(made / "SHA256SUMS", _sums(sums))
        if target.exists():
            target.replace(Path(scratch) / "former")
        made.replace(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def _file_name(file: ScanFile) -> str:
    """The name as handed in, made safe for any file system; the ordinal keeps pictures in order."""
    safe = "".join(char if char.isalnum() or char in " ._-()" else "_" for char in file.name).strip(" .")
    path = Path(safe or "original")
    return f"{file.ordinal:06d}-{path.stem[:80]}{path.suffix[:10]}"


def _copy(shelf: Shelf, file: ScanFile | FileEntry, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with shelf.store.open(file.key) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", "utf-8")


def _sums(sums: Mapping[str, str]) -> str:
    return "\n".join(f"{digest}  {name}" for name, digest in sorted(sums.items()))
