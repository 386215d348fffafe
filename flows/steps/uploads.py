"""What is known of a batch that is being put together, and of the files that arrive for it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import UploadNameNotValid, UploadTooLong
from domain.ids import BatchId
from domain.options import OcrOptions
from domain.values import Actor, Reason

LONGEST_NAME = 255  # characters
LONGEST_FOLDER = 1_000
DEEPEST = 12  # folders within folders, as of a folder that is added by the command
KEPT_UNFINISHED = dt.timedelta(days=7)  # since a byte of a file arrived
KEPT_OPEN = dt.timedelta(days=30)  # since anything of a draft changed


class Said(BaseModel):
    """A reason as it rests in a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    fields: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(code=reason.code, fields=dict(reason.fields))

    @property
    def reason(self) -> Reason:
        return Reason(self.code, self.fields)


class Place(BaseModel):
    """A line of a batch whose file is to be another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch_id: str
    ordinal: int = Field(ge=1)


class Draft(BaseModel):
    """What a person chose for a batch to come."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str  # of the batch that it becomes
    owner: str  # the person's id
    login: str
    unit: str  # that the batch is for
    created_at: dt.datetime  # UTC
    options: OcrOptions
    publish: bool
    replaces: Place | None = None
    manifest: str | None = None  # which of its files is the manifest
    handed_in_at: dt.datetime | None = None  # UTC; nothing is added any more
    tries: int = 0  # of taking it in
    trouble: Said | None = None  # why the last try came to nothing

    @property
    def batch_id(self) -> BatchId:
        return BatchId(self.id)

    @property
    def actor(self) -> Actor:
        return Actor(self.login, self.unit)

    @property
    def is_open(self) -> bool:
        return self.handed_in_at is None

    def changed(self, **values: Any) -> Draft:
        return Draft.model_validate(self.model_dump() | values)


class Declared(BaseModel):
    """What a browser says of a file before it sends it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    folder: tuple[str, ...] = ()  # the folders it lay in, from the one that was dropped
    length: int = Field(ge=0)  # bytes
    changed: int | None = None  # ms since 1970: tells a file from a newer one of the same name and size

    @property
    def path(self) -> str:
        """For people, and to tell files apart; never a path of ours."""
        return "/".join((*self.folder, self.name))


class Upload(Declared):
    """A file that is expected, or there."""

    id: str
    created_at: dt.datetime  # UTC


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file and how much of it is there."""

    upload: Upload
    offset: int  # bytes that are safe
    touched_at: dt.datetime  # UTC

    @property
    def whole(self) -> bool:
        return self.offset == self.upload.length

    @property
    def expires_at(self) -> dt.datetime | None:
        """When it goes if nothing more arrives; None for a whole one, which goes with its draft."""
        return None if self.whole else self.touched_at + KEPT_UNFINISHED


def declared(name: str, folder: str, length: int, changed: int | None, *, longest: int) -> Declared:
    """What a stranger says, as text that can be kept and shown. Raises UploadNameNotValid, UploadTooLong.

    ``name`` may come with folders of its own; steps such as ".." lead nowhere and are left out.
    """
    if length > longest:
        raise UploadTooLong(size=length, limit=longest)
    steps = _steps(f"{folder[: LONGEST_FOLDER + 1]}/{name[: LONGEST_FOLDER + 1]}")
    if not steps or not _steps(name) or len(steps[-1]) > LONGEST_NAME:
        raise UploadNameNotValid(longest=LONGEST_NAME)
    if len("/".join(steps)) > LONGEST_FOLDER or len(steps) > DEEPEST + 1:
        raise UploadNameNotValid(longest=LONGEST_FOLDER)
    return Declared(name=steps[-1], folder=steps[:-1], length=length, changed=changed)


def _steps(path: str) -> tuple[str, ...]:
    said = unicodedata.normalize("NFC", path.encode("utf-8", "replace").decode("utf-8"))
    clean = "".join(char if char.isprintable() else " " for char in said).replace("\\", "/")
    return tuple(step for step in (part.strip() for part in clean.split("/")) if step not in ("", ".", ".."))


def grouped(files: Sequence[Arriving]) -> Mapping[str, list[Arriving]]:
    """By the folder that was dropped; "" for files dropped by themselves."""
    found: dict[str, list[Arriving]] = {}
    for one in files:
        found.setdefault(one.upload.folder[0] if one.upload.folder else "", []).append(one)
    return found
