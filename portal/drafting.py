"""What the page of a batch that is being put together shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from domain.values import Json
from flows.steps.drafts import Drafts
from flows.steps.uploads import KEPT_OPEN, Arriving, Draft

LISTS = frozenset({".csv", ".tsv", ".xlsx"})  # what a manifest may be called
AT_ONCE = 200  # rows of one view


@dataclass(frozen=True, slots=True)
class FileRow:
    """One item to be, or a file that is none."""

    path: str
    kind: str  # file · folder · manifest · passed
    files: int
    size: int  # bytes
    arrived: int
    may_be_manifest: str | None  # its id

    @property
    def whole(self) -> bool:
        return self.arrived == self.size

    @property
    def share(self) -> float:
        return self.arrived / self.size if self.size else 1.0


@dataclass(frozen=True, slots=True)
class FilesView:
    """The files of a draft, as the items that they will be."""

    draft_id: str
    rows: tuple[FileRow, ...]  # AT_ONCE at most, those that are not whole first
    more: int  # rows left out
    items: int
    files: int
    size: int  # bytes
    unfinished: int  # files
    loose_pictures: int  # each would be an item of its own
    manifest: str | None  # the name of the file that is one
    unnamed_list: str | None  # the name of a file that may be one, where none was said to be
    open: bool

    @property
    def ready(self) -> bool:
        return self.items > 0 and self.unfinished == 0 and self.open


def files_view(drafts: Drafts, draft: Draft) -> FilesView:
    files = drafts.uploads(draft.id)
    items = [(one.source, [path.stem for path in one.paths]) for one in drafts.inputs_or_none(draft, files)]
    known = {one.upload.id: one for one in files}
    placed = {identity for _, ids in items for identity in ids}
    rows = [_row([known[identity] for identity in ids], path, draft) for path, ids in items]
    rows += [_row([one], one.upload.path, draft, passed=True) for one in files if one.upload.id not in placed]
    rows.sort(key=lambda row: row.whole)
    manifest = next((one for one in files if one.upload.id == draft.manifest), None)
    return FilesView(
        draft_id=draft.id,
        rows=tuple(rows[:AT_ONCE]),
        more=max(0, len(rows) - AT_ONCE),
        items=len(items),
        files=len(files),
        size=sum(one.upload.length for one in files),
        unfinished=sum(not one.whole for one in files),
        loose_pictures=sum(_is_loose_picture(known[ids[0]]) for _, ids in items if len(ids) == 1),
        manifest=manifest.upload.name if manifest else None,
        unnamed_list=None if manifest else next((row.path for row in rows if row.may_be_manifest), None),
        open=draft.is_open,
    )


def _row(files: Sequence[Arriving], path: str, draft: Draft, *, passed: bool = False) -> FileRow:
    first = files[0].upload
    kind = "folder" if len(files) > 1 else "file"
    if first.id == draft.manifest:
        kind = "manifest"
    elif passed:
        kind = "passed"
    listed = len(files) == 1 and files[0].whole and PurePath(first.name).suffix.lower() in LISTS
    return FileRow(
        path=path,
        kind=kind,
        files=len(files),
        size=sum(one.upload.length for one in files),
        arrived=sum(one.offset for one in files),
        may_be_manifest=first.id if listed and kind == "file" else None,
    )


def _is_loose_picture(one: Arriving) -> bool:
    return PurePath(one.upload.name).suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def listing_json(drafts: Drafts, draft: Draft, root: str) -> list[Json]:
    """What a script needs to go on with: ``[{path, length, changed, offset, url}]``."""
    return [
        {
            "path": one.upload.path,
            "length": one.upload.length,
            "changed": one.upload.changed,
            "offset": one.offset,
            "url": f"{root}/{draft.id}/{one.upload.id}",
        }
        for one in drafts.uploads(draft.id)
    ]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list of one's own."""

    draft: Draft
    files: int
    unfinished: int
    size: int  # bytes


def draft_rows(drafts: Drafts, owner: str) -> list[DraftRow]:
    rows: list[DraftRow] = []
    for draft in drafts.of(owner):
        files = drafts.uploads(draft.id)
        size = sum(one.upload.length for one in files)
        rows.append(DraftRow(draft, len(files), sum(not one.whole for one in files), size))
    return rows


KEPT_DAYS = KEPT_OPEN.days
