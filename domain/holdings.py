"""What stands on the shelf: batches, items, pages, and how they are counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made
from enum import StrEnum

from domain.ids import Accession, BatchId, ItemId, ObjectKey
from domain.values import Actor, Box, Fixity, Json, Reason


class State(StrEnum):
    """Where an item is on its way. Only ``catalog`` changes it, by its table of allowed moves."""

    RECEIVED = "received"
    READING = "reading"
    READ = "read"
    DESCRIBED = "described"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"


class Stage(StrEnum):
    """The stages of the way of an item, in their order; the ledger says which are done."""

    READ = "read"  # every page recognised
    LEDGER = "ledger"  # pages counted, folios, blanks; confidential markings looked for
    DESCRIBE = "describe"  # a record proposed
    DERIVE = "derive"  # access PDF, text, hOCR, ALTO, pictures
    PUBLISH = "publish"  # where asked for: approved, published
    INDEX = "index"  # page documents in the search index


class PageKind(StrEnum):
    COVER = "cover"
    CONTENTS = "contents"
    BODY = "body"
    BLANK = "blank"
    PLATE = "plate"
    INSERT = "insert"
    UNREADABLE = "unreadable"  # could not be drawn or read; the page's problem says why


class ScanForm(StrEnum):
    """What kind of thing was handed in."""

    PDF = "pdf"
    TIFF = "tiff"
    IMAGE = "image"  # one picture
    FOLDER = "folder"  # pictures in natural order
    MEDIA = "media"  # video, audio, office files: kept, waiting for a PDF
    OTHER = "other"  # could not be judged; in quarantine


class Outcome(StrEnum):
    """What became of one input of a batch."""

    NEW = "new"
    DUPLICATE = "duplicate"  # the same content is held already; the entry names that item
    QUARANTINED = "quarantined"
    WAITING = "waiting"  # kept, waiting for a PDF
    ABSENT = "absent"  # named in the manifest, not among the inputs


@dataclass(frozen=True, slots=True)
class Batch:
    id: BatchId
    actor: Actor
    created_at: dt.datetime  # UTC
    source: str  # the paths as they were named, for people
    publish: bool  # approve and publish at the end of the way
    options: Mapping[str, Json] = made(default_factory=dict)  # OcrOptions as JSON


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One line of a batch's report; ``ordinal`` from 1 in the order of the inputs, absent ones last."""

    ordinal: int
    source: str  # as named
    outcome: Outcome
    item_id: ItemId | None = None
    note: Reason | None = None  # why it is in quarantine, of what it is a duplicate, what is absent
    match: Reason | None = None  # how the manifest names it, or that it does not; None without a manifest


class Lines(StrEnum):
    """Which lines of a batch's report to list."""

    ALL = "all"
    TROUBLED = "troubled"  # a person has to look: no file, no item, or an item in quarantine
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A line of a batch's report, and its item as it is now."""

    entry: BatchEntry
    item: Item | None


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How far a batch is. Pictures of items that are in quarantine, or were held before, do not count."""

    lines: Mapping[tuple[Outcome, State | None], int] = made(default_factory=dict)
    images: int = 0  # of the items whose pictures are counted
    read: int = 0  # of these


@dataclass(frozen=True, slots=True)
class ScanFile:
    ordinal: int  # from 1
    name: str  # as handed in, NFC, without folders
    key: ObjectKey
    media_type: str
    fixity: Fixity
    form: ScanForm | None = None  # of a picture that was scanned again later; None: a file of the master
    image: int | None = None  # which picture of the scan that one is, behind those of the master


@dataclass(frozen=True, slots=True)
class Scan:
    """The master as received, never changed, and the pictures of pages that were scanned again later."""

    form: ScanForm
    content_sha256: str  # of the file; of a folder: over its images' digests (32 bytes each) in natural order
    files: tuple[ScanFile, ...]  # those of the master first
    image_count: int | None  # of the master; None: not known yet

    @property
    def master(self) -> tuple[ScanFile, ...]:
        return tuple(file for file in self.files if file.form is None)


@dataclass(frozen=True, slots=True)
class Counts:
    """The page ledger's totals. None means not counted yet, or not to be known; never 0 for that."""

    declared: int | None = None  # what the manifest or form says
    images: int | None = None  # pictures of the scan
    scanned: int | None = None  # pages (sides) seen
    printed: int | None = None  # what the folios say: the highest printed number of the main sequence
    blank: int | None = None
    missing: int | None = None  # printed numbers that no page carries
    duplicate: int | None = None  # pages that repeat another


@dataclass(frozen=True, slots=True)
class Total:
    """What there is of items in one state."""

    items: int
    pages: int  # scanned; pages that are not counted yet are not among them


@dataclass(frozen=True, slots=True)
class Item:
    id: ItemId
    accession: Accession
    batch_id: BatchId
    actor: Actor
    state: State
    reason: Reason | None  # why in quarantine, withdrawn, or waiting ("item.awaiting_pdf")
    title: str  # from the record; the file's name until there is one
    resource_type: str | None
    year: int | None
    form: ScanForm
    counts: Counts
    confidence: float | None  # mean over pages with words, weighted by words; 0.0 to 1.0
    revision: int  # grows with every change that the index shows
    indexed_revision: int | None  # the revision that the index holds; None: none
    publish: bool  # asked to be published at the end of the way
    created_at: dt.datetime  # UTC
    updated_at: dt.datetime  # UTC
    field: str | None = None  # of law, from the record, as the next two: what readers browse and cite by
    so_ky_hieu: str | None = None
    legal_status: str | None = None
    published_at: dt.datetime | None = None  # UTC; when readers last got it, kept after a withdrawal


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One page in the catalogue's ledger."""

    number: int  # from 1
    image: int  # from 1
    box: Box  # on the image, in its pixels
    kind: PageKind
    width: int  # pixels
    height: int
    dpi: int
    words: int
    confidence: float | None  # 0.0 to 1.0; None without words
    engine: str
    languages: tuple[str, ...]
    options_digest: str  # of the OcrOptions it was read with: another digest means read again
    label: str | None = None  # what is printed: "12", "iv"
    label_source: str | None = None  # read · inferred · typed (then None as a label: it bears none)
    text_source: str = "ocr"  # ocr · embedded · corrected
    image_sha256: str | None = None  # of the picture that was read
    problem: Reason | None = None
    locked: bool = False  # corrected by a person: never overwritten by a reading
    kind_source: str | None = None  # "typed" where a person said the kind; None: found by the program
    doubtful: int | None = None  # words read with less confidence than DOUBTFUL; None: not counted
    reading: str | None = (
        None  # digest of the corrected reading in force (ids.reading_key); None: as it was read
    )
    home: int | None = None  # under which its files rest, whatever its number becomes; None: its number

    @property
    def kept_as(self) -> int:
        """The number in the names of its reading and its pictures."""
        return self.home or self.number


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A derivative of an item, with its fixity."""

    name: str  # "access.pdf", "thumbs/000001.webp"
    key: ObjectKey
    media_type: str
    fixity: Fixity
    page: int | None = None  # the home of the page that it belongs to, if it belongs to one


@dataclass(frozen=True, slots=True)
class ProvenanceEvent:
    """Who or what did what to an item, when, with which program and options."""

    at: dt.datetime  # UTC
    actor: Actor
    action: str  # "received", "read", "moved", "described", …
    program: str  # "tusach", "tesseract"
    version: str
    options: Mapping[str, Json] = made(default_factory=dict)
    item_id: ItemId | None = None
    batch_id: BatchId | None = None
    id: int | None = made(default=None, compare=False)  # given by the catalogue, in the order of keeping


@dataclass(frozen=True, slots=True)
class Claim:
    """A process's word that it is working on an item, good until ``expires_at`` or its death."""

    item_id: ItemId
    holder: str  # "host/boot/pid/start": enough for a process of the same machine to see that it died
    expires_at: dt.datetime  # UTC, by the catalogue's clock


@dataclass(frozen=True, slots=True)
class Lease:
    """A process's word that it is at something other than an item, good until ``expires_at`` or its death."""

    name: str  # "run/<id>", "reconciler", "audit"
    holder: str  # as of a Claim
    expires_at: dt.datetime  # UTC, by the catalogue's clock
    done: int | None = None  # how much of its work, where its holder tells that


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What befell an item since a person last sent it on its way."""

    crashed: int = 0  # times in a row that its process died by itself without having come any further
    failed: int = 0
    last: dt.datetime | None = None  # UTC
    done: Json = None  # how far it was when its process died
