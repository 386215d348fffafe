"""Batches that are being put together: what was chosen for each, and the files that arrive for it.

All of it rests on the disk where the bytes do, and not in the catalogue: a file and what is known of it
come and go together, every process of the machine sees them, and nobody who uploads waits for a writer
of the catalogue. ``<id>/draft.json`` is the draft; ``<upload>.json`` says what a file is to be, and
``<upload>.data`` is as much of it as has arrived. Names that people gave stand in the JSON alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from domain.errors import (
    DraftClosed,
    DraftNotFound,
    DraftUnfinished,
    NothingToAdd,
    StoreFull,
    TooManyDrafts,
    TooManyFiles,
    UploadBusy,
    UploadNotFound,
)
from domain.values import Reason
from flows.steps.durable import locked, sync_folder, write_whole
from flows.steps.inputs import Handed, Input, arrange
from flows.steps.uploads import KEPT_OPEN, Arriving, Declared, Draft, Said, Upload
from flows.steps.work import now
from flows.steps.writing import Writer, arrived

MOST_DRAFTS = 50  # of one person, not yet handed in
MOST_FILES = 5_000  # of one draft
MOST_UNFINISHED = 200  # of one draft: a browser sends a few at a time
SPARE = 1_000_000_000  # bytes that stay free on the disk for everything else
_ID = re.compile(r"[0-9a-f]{32}")


def drafts_in(data_dir: Path) -> Drafts:
    """Where an installation's drafts rest."""
    return Drafts(data_dir / "uploads")


class Drafts:
    """The folder where drafts rest, made with the first of them; may be shared by threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    # drafts

    def begin(self, draft: Draft) -> None:
        """Raises TooManyDrafts. Of several that begin at once each counts those before it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self._folder / "begin.lock"):
            if sum(one.is_open for one in self.of(draft.owner)) >= MOST_DRAFTS:
                raise TooManyDrafts(limit=MOST_DRAFTS)
            home = self._folder / draft.id
            home.mkdir(mode=0o700)
            (home / "draft.lock").touch(mode=0o600)
            write_whole(home / "draft.json", _json(draft))
            sync_folder(self._folder)

    def draft(self, draft_id: str) -> Draft:
        """Raises DraftNotFound."""
        try:
            return Draft.model_validate_json((self._home(draft_id) / "draft.json").read_bytes())
        except FileNotFoundError:
            raise DraftNotFound(draft=draft_id[:80]) from None

    def all(self) -> Iterator[Draft]:
        if not self._folder.is_dir():
            return
        for home in sorted(self._folder.iterdir()):
            if _ID.fullmatch(home.name):
                try:
                    yield self.draft(home.name)
                except DraftNotFound:  # just begun, or just gone
                    continue

    def of(self, owner: str) -> list[Draft]:
        """The newest first."""
        mine = [draft for draft in self.all() if draft.owner == owner]
        return sorted(mine, key=lambda one: one.created_at, reverse=True)

    def change(self, draft_id: str, **values: Any) -> Draft:
        """Raises DraftNotFound, DraftClosed."""
        with self._open(draft_id) as draft:
            return self._keep(draft.changed(**values))

    def hand_in(self, draft_id: str) -> Draft:
        """From now on it waits to be taken in. Raises DraftNotFound, DraftClosed, DraftUnfinished."""
        with self._open(draft_id) as draft:
            files = self.uploads(draft_id)
            missing = sum(not one.whole for one in files)
            if missing or all(one.upload.id == draft.manifest for one in files):
                raise DraftUnfinished(missing=missing)
            return self._keep(draft.changed(handed_in_at=now()))

    def reopen(self, draft_id: str, trouble: Reason) -> Draft:
        """Give it back to its owner, who alone can put right what is wrong with it."""
        with self._locked(draft_id) as draft:
            return self._keep(draft.changed(handed_in_at=None, tries=0, trouble=Said.of(trouble)))

    def note_try(self, draft_id: str, trouble: Reason | None, *, tries: int) -> Draft:
        with self._locked(draft_id) as draft:
            return self._keep(draft.changed(tries=tries, trouble=Said.of(trouble) if trouble else None))

    def discard(self, draft_id: str) -> None:
        """Raises DraftNotFound, DraftClosed, UploadBusy."""
        with self._open(draft_id):
            self.remove_all(draft_id)

    def remove_all(self, draft_id: str) -> None:
        """The draft first, so that a half-removed one is not taken for another; ``sweep`` does the rest."""
        home = self._home(draft_id)
        (home / "draft.json").unlink(missing_ok=True)
        sync_folder(home)
        shutil.rmtree(home, ignore_errors=True)

    def taking(self, draft_id: str) -> Path:
        """Locked by the process that takes this draft in. Raises DraftNotFound."""
        self.draft(draft_id)
        return self._home(draft_id) / "taking.lock"

    # the files of a draft

    def expect(self, draft_id: str, said: Declared) -> Arriving:
        """Make room for a file; one of the same path in this draft gives way to it.

        Raises DraftNotFound, DraftClosed, TooManyFiles, StoreFull, UploadBusy.
        """
        with self._open(draft_id) as draft:
            upload = self._room(draft, said)
            self._data(draft_id, upload.id).touch(mode=0o600, exist_ok=False)
            self._describe(draft_id, upload)
            return Arriving(upload, 0, upload.created_at)

    def adopt(self, draft_id: str, said: Declared, source: Path) -> Arriving:
        """Take over a whole file that was written to a name of ``incoming``. Raises as ``expect`` does."""
        with self._open(draft_id) as draft:
            upload = self._room(draft, said, there=True)
            source.replace(self._data(draft_id, upload.id))
            self._describe(draft_id, upload)
            return Arriving(upload, upload.length, upload.created_at)

    def incoming(self, draft_id: str) -> Path:
        """A name for a file that is not yet one of the draft's. Raises DraftNotFound, DraftClosed."""
        with self._open(draft_id):
            return self._home(draft_id) / f"{secrets.token_hex(16)}.incoming"

    def upload(self, draft_id: str, upload_id: str) -> Arriving:
        """Raises UploadNotFound."""
        try:
            return self._arriving(self._home(draft_id), upload_id)
        except (FileNotFoundError, DraftNotFound):
            raise UploadNotFound(upload=upload_id[:80]) from None

    def uploads(self, draft_id: str) -> tuple[Arriving, ...]:
        """In the order of their paths' first coming. Raises DraftNotFound."""
        home = self._home(draft_id)
        found: list[Arriving] = []
        for entry in _files(home, ".json"):
            if entry != "draft":
                try:
                    found.append(self._arriving(home, entry))
                except FileNotFoundError:  # taken away meanwhile
                    continue
        return tuple(sorted(found, key=lambda one: (one.upload.created_at, one.upload.id)))

    def writer(
        self, draft_id: str, upload_id: str, *, offset: int, size: int | None, promised: bytes | None
    ) -> Writer:
        """For a piece of ``size`` bytes from ``offset`` on; ``promised`` is its SHA-256.

        Raises UploadNotFound, DraftClosed, UploadBusy, UploadElsewhere, UploadTooLong, StoreFull, having
        changed nothing.
        """
        found = self.upload(draft_id, upload_id)
        if not self.draft(draft_id).is_open:
            raise DraftClosed(draft=draft_id)
        self.check_space(found.upload.length - found.offset)
        try:
            return Writer.at(
                self._data(draft_id, upload_id),
                offset=offset,
                size=size,
                length=found.upload.length,
                promised=promised,
            )
        except FileNotFoundError:
            raise UploadNotFound(upload=upload_id) from None

    def data(self, draft_id: str, upload_id: str) -> Path:
        """Where the bytes are. Raises UploadNotFound."""
        self.upload(draft_id, upload_id)
        return self._data(draft_id, upload_id)

    def inputs(self, draft: Draft, files: Sequence[Arriving]) -> tuple[Input, ...]:
        """The items that these files of it make, but for the manifest. Raises NothingToAdd."""
        return arrange(
            Handed(self._data(draft.id, one.upload.id), one.upload.name, one.upload.folder)
            for one in files
            if one.upload.id != draft.manifest
        )

    def inputs_or_none(self, draft: Draft, files: Sequence[Arriving]) -> tuple[Input, ...]:
        """The same; () where there is nothing but clutter."""
        try:
            return self.inputs(draft, files)
        except NothingToAdd:
            return ()

    def remove_path(self, draft_id: str, path: str) -> None:
        """The file of that path, or all in that folder. Raises UploadNotFound, DraftClosed, UploadBusy."""
        with self._open(draft_id) as draft:
            meant = [
                one
                for one in self.uploads(draft_id)
                if one.upload.path == path or one.upload.path.startswith(f"{path}/")
            ]
            if not meant:
                raise UploadNotFound(upload=path[:80])
            for one in meant:
                self._remove(one, draft)

    def remove(self, draft_id: str, upload_id: str) -> None:
        """Raises UploadNotFound, DraftClosed, UploadBusy."""
        with self._open(draft_id) as draft:
            self._remove(self.upload(draft_id, upload_id), draft)

    def sweep(self, moment: dt.datetime) -> int:
        """Clear away what nobody came back for, and what killed processes left; how many files."""
        if not self._folder.is_dir():
            return 0
        return sum(self._sweep(home, moment) for home in list(self._folder.iterdir()) if home.is_dir())

    def _sweep(self, home: Path, moment: dt.datetime) -> int:
        try:
            draft = self.draft(home.name)
        except DraftNotFound:
            if moment - _touched(home) < dt.timedelta(hours=1):  # about to begin
                return 0
            shutil.rmtree(home, ignore_errors=True)
            return 1
        if not draft.is_open:
            return 0
        touched = max((_touched(path) for path in home.iterdir()), default=_touched(home))
        if moment - touched > KEPT_OPEN:
            with self._locked(draft.id):
                self.remove_all(draft.id)
            return 1
        return sum(self._sweep_file(draft, path, moment) for path in sorted(home.iterdir()))

    def _sweep_file(self, draft: Draft, path: Path, moment: dt.datetime) -> int:
        try:
            quiet = moment - _touched(path)
            if path.suffix == ".data":
                found = self.upload(draft.id, path.stem)
                if found.expires_at is None or found.expires_at > moment:
                    return 0
                self.remove(draft.id, path.stem)
                return 1
        except UploadNotFound:  # bytes that nothing describes
            pass
        except (UploadBusy, DraftClosed, FileNotFoundError):
            return 0
        known = {"draft.json", "draft.lock", "taking.lock"}
        is_debris = path.suffix in (".data", ".incoming") or path.name.startswith(".")
        if path.name in known or not is_debris or quiet < dt.timedelta(days=1):
            return 0
        path.unlink(missing_ok=True)
        return 1

    def check_space(self, needed: int) -> None:
        """Raises StoreFull where so many bytes more would leave too little for everything else."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(self._folder).free
        if free - needed < SPARE:
            raise StoreFull(path=str(self._folder), free=free, needed=needed + SPARE)

    # inside

    def _home(self, draft_id: str) -> Path:
        if not _ID.fullmatch(draft_id):
            raise DraftNotFound(draft=draft_id[:80])
        return self._folder / draft_id

    def _data(self, draft_id: str, upload_id: str) -> Path:
        return self._home(draft_id) / f"{upload_id}.data"

    def _keep(self, draft: Draft) -> Draft:
        write_whole(self._home(draft.id) / "draft.json", _json(draft))
        return draft

    @contextmanager
    def _locked(self, draft_id: str) -> Iterator[Draft]:
        self.draft(draft_id)
        with locked(self._home(draft_id) / "draft.lock"):
            yield self.draft(draft_id)

    @contextmanager
    def _open(self, draft_id: str) -> Iterator[Draft]:
        with self._locked(draft_id) as draft:
            if not draft.is_open:
                raise DraftClosed(draft=draft_id)
            yield draft

    def _describe(self, draft_id: str, upload: Upload) -> None:
        write_whole(self._home(draft_id) / f"{upload.id}.json", _json(upload))

    def _room(self, draft: Draft, said: Declared, *, there: bool = False) -> Upload:
        """The file's entry, with all others of its path out of the way."""
        begins = hashlib.sha256(said.path.encode()).hexdigest()[:16]
        files = self.uploads(draft.id)
        former = [one for one in files if one.upload.id.startswith(begins)]
        staying = [one for one in files if one not in former]
        unfinished = sum(not one.whole for one in staying)
        if len(staying) >= MOST_FILES:
            raise TooManyFiles(limit=MOST_FILES)
        if unfinished >= MOST_UNFINISHED:
            raise TooManyFiles(limit=MOST_UNFINISHED)
        expected = sum(one.upload.length - one.offset for one in staying)
        self.check_space(expected + (0 if there else said.length))
        for one in former:
            self._remove(one, draft)
        return Upload(id=begins + secrets.token_hex(8), created_at=now(), **said.model_dump())

    def _remove(self, one: Arriving, draft: Draft) -> None:
        """What describes it goes first: bytes without it are nobody's."""
        home, upload = self._home(draft.id), one.upload
        data = home / f"{upload.id}.data"
        writer = Writer.at(data, offset=one.offset, size=0, length=upload.length, promised=None)
        try:
            if draft.manifest == upload.id:
                self._keep(draft.changed(manifest=None))
            (home / f"{upload.id}.json").unlink()
            data.unlink()
            sync_folder(home)
        finally:
            writer.close()

    def _arriving(self, home: Path, upload_id: str) -> Arriving:
        if not _ID.fullmatch(upload_id):
            raise FileNotFoundError(upload_id)
        described = home / f"{upload_id}.json"
        described.stat()  # what is remembered may be gone
        data = home / f"{upload_id}.data"
        return Arriving(_described(described), arrived(data), _touched(data))


@lru_cache(maxsize=20_000)
def _described(path: Path) -> Upload:
    """An upload's entry never changes, and its name never comes again."""
    return Upload.model_validate_json(path.read_bytes())


def _json(value: BaseModel) -> bytes:
    return value.model_dump_json().encode()


def _touched(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def _files(home: Path, suffix: str) -> Sequence[str]:
    """The names, without it, of the files of a draft that end so. Raises DraftNotFound."""
    try:
        return [path.stem for path in home.iterdir() if path.suffix == suffix and path.name[0] != "."]
    except FileNotFoundError:
        raise DraftNotFound(draft=home.name) from None
