"""The four things that differ between a laptop and a library, and the Shelf that holds one of each.

``tests/contracts`` holds one suite for each port; every adapter passes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from domain.arrangement import PlacesLedger
from domain.desk import DeskLedger
from domain.figures import FiguresLedger
from domain.holdings import (
    Batch,
    BatchCounts,
    BatchEntry,
    BatchLine,
    Claim,
    Counts,
    FileEntry,
    Item,
    Lease,
    Lines,
    Mishaps,
    PageEntry,
    ProvenanceEvent,
    Scan,
    Stage,
    State,
    Total,
)
from domain.ids import Accession, BatchId, ItemId, ObjectKey
from domain.options import OcrOptions
from domain.people_ledger import PeopleLedger
from domain.queries import (
    Completion,
    IndexedItem,
    IndexStatus,
    ItemPages,
    PageDocument,
    Query,
    SearchResult,
)
from domain.readers_ledger import ReadersLedger
from domain.records import Record
from domain.text import OcrPage, PageImage
from domain.values import Actor, Fixity, Json, Reason


@dataclass(frozen=True, slots=True)
class StoredObject:
    key: ObjectKey
    fixity: Fixity
    media_type: str


@dataclass(frozen=True, slots=True)
class Checked:
    """One object read to its end."""

    stored: StoredObject  # as it was when it was put
    found: Fixity  # what its bytes are now


class ObjectStore(Protocol):
    """Where bytes rest. Raises ObjectNotFound, StoreFull, StoreUnavailable.

    FixityMismatch where a server's bytes are not what was put, or a source changes while it is put.
    """

    def put(self, key: ObjectKey, source: BinaryIO, *, media_type: str) -> StoredObject:
        """Keep the bytes of ``source``; invisible until complete; replaces what was there.

        The digest is computed on the way. An interrupted put leaves nothing behind.
        """
        ...

    def open(self, key: ObjectKey) -> AbstractContextManager[BinaryIO]: ...

    def part(self, key: ObjectKey, first: int, end: int, *, of: Fixity) -> AbstractContextManager[BinaryIO]:
        """The bytes from ``first`` (from 0) up to ``end`` of the object that is known by that fixity.

        Nothing else is fetched, so their digest is not compared. FixityMismatch where another object was
        put there meanwhile; ValueError for what is not a part of it.
        """
        ...

    def as_file(self, key: ObjectKey) -> AbstractContextManager[Path]:
        """The object as a file to read (never to write), for programs that need a path."""
        ...

    def stat(self, key: ObjectKey) -> StoredObject:
        """Fixity as it was when the object was put; ``media_type`` too."""
        ...

    def check(self, key: ObjectKey) -> Checked:
        """Read the whole object, at the price of one reading; an altered one is no error here."""
        ...

    def keys(self, prefix: str) -> Iterator[ObjectKey]:
        """Keys that start with ``prefix``, in their order; on a server much cheaper than ``list``."""
        ...

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Objects whose key starts with ``prefix``, in key order."""
        ...

    def reading_url(self, key: ObjectKey, *, expires: dt.timedelta, name: str) -> str | None:
        """Where anyone may fetch the object for a while, as a file called ``name``.

        For 1 second to 7 days, else ValueError. It allows nothing but reading, and cannot be called back.
        None where the store has no server that could be asked.
        """
        ...

    def delete(self, key: ObjectKey) -> None:
        """Remove the object; no error where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which items to list; None asks for all."""

    states: frozenset[State] | None = None
    batch_id: BatchId | None = None
    behind_index: bool = False  # only those whose present revision the index does not hold
    units: frozenset[str] | None = None  # whose they are
    reported: bool = False  # only those with a reader's report that waits for staff


@dataclass(frozen=True, slots=True)
class Slice:
    items: tuple[Item, ...]
    after: Accession | None  # pass it to get the next slice; None at the end


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One row of one of the catalogue's tables, for copies of the whole; nobody else looks into it."""

    table: str
    values: Mapping[str, Json]


class CatalogTransaction(Protocol):
    """Reads and writes that happen together or not at all. Raises CatalogUnavailable."""

    @property
    def people(self) -> PeopleLedger:
        """Units, people, roles, sign-ins and acts, read and written in this transaction."""
        ...

    @property
    def desk(self) -> DeskLedger:
        """What staff judge and put right, likewise."""
        ...

    @property
    def places(self) -> PlacesLedger:
        """Where pages are on the pictures, and those that do not stand in their item now, likewise."""
        ...

    # batches
    def add_batch(self, batch: Batch) -> None:
        """Its unit is entered below the root where it is not known yet."""
        ...

    def batch(self, batch_id: BatchId) -> Batch: ...
    def batches(self, limit: int) -> Sequence[Batch]:
        """The newest first."""
        ...

    def add_entry(self, batch_id: BatchId, entry: BatchEntry) -> None:
        """Keep one line of the batch's report; the same ordinal replaces."""
        ...

    def entries(self, batch_id: BatchId) -> Sequence[BatchEntry]: ...
    def batches_of(
        self, units: Collection[str] | None, *, before: BatchId | None, limit: int
    ) -> Sequence[Batch]:
        """The newest first, of these units (None: of all), those older than ``before``.

        Raises BatchNotFound.
        """
        ...

    def batch_lines(self, batch_id: BatchId, lines: Lines, *, after: int, limit: int) -> Sequence[BatchLine]:
        """Those of an ordinal beyond ``after``, in their order, with their items; two questions."""
        ...

    def batch_counts(self, batch_ids: Collection[BatchId]) -> Mapping[BatchId, BatchCounts]:
        """Of each of these batches, a few dozen at most."""
        ...

    # items
    def next_accession(self, province: str, year: int) -> Accession: ...
    def add_item(self, item: Item, scan: Scan, record: Record) -> None:
        """A new item in state received. Its content hash must not be held yet."""
        ...

    def item(self, ref: str) -> Item:
        """By id or accession. Raises ItemNotFound."""
        ...

    def item_of_content(self, content_sha256: str) -> Item | None: ...
    def find_items(self, criteria: Criteria, *, after: Accession | None, limit: int) -> Slice:
        """In accession order."""
        ...

    def troubles(self) -> Mapping[str, int]:
        """How many items are in quarantine, by the code of their reason."""
        ...

    def longest_unmoved(self, states: Collection[State]) -> dt.datetime | None:
        """When that item of these states was changed whose change is the longest ago; None without one."""
        ...

    def totals(self) -> Mapping[State, Total]:
        """Of every state, those of no item too."""
        ...

    def move(
        self, item_id: ItemId, to: State, *, actor: Actor, at: dt.datetime, reason: Reason | None = None
    ) -> Item:
        """Change the state by the table of allowed moves and note it. Raises MoveNotAllowed.

        Moving to the state an item is in changes nothing (every stage may be run again), but a
        new reason is kept. A state that readers see (published, withdrawn) makes a new revision.
        """
        ...

    def set_publish(self, item_id: ItemId, publish: bool) -> None: ...
    def set_counts(self, item_id: ItemId, counts: Counts, confidence: float | None) -> None: ...
    def set_indexed(self, item_id: ItemId, revision: int | None) -> None: ...

    # the scan, its pages, its files
    def scan(self, item_id: ItemId) -> Scan: ...
    def set_image_count(self, item_id: ItemId, count: int) -> None: ...
    def replace_page(self, item_id: ItemId, page: PageEntry) -> None:
        """Keep what is known of one page; repeating it gives the same result.

        Locked pages stay, and so do a label and a kind that a person typed.
        """
        ...

    def pages(self, item_id: ItemId) -> Sequence[PageEntry]:
        """In order of their number."""
        ...

    def page_counts(self, item_ids: Sequence[ItemId]) -> Mapping[ItemId, int]:
        """How many pages are entered of each of these items, a few hundred at most; 0 for none."""
        ...

    def keep_files(self, item_id: ItemId, files: Sequence[FileEntry]) -> None:
        """Keep these derivatives; the same name replaces."""
        ...

    def files(self, item_id: ItemId) -> Sequence[FileEntry]: ...

    # the record
    def record(self, item_id: ItemId) -> Record: ...
    def set_record(self, item_id: ItemId, record: Record) -> None:
        """Replace the record; title, type and year of the item follow; makes a new revision."""
        ...

    # the ledger of stages
    def complete_stage(self, item_id: ItemId, stage: Stage, mark: str, at: dt.datetime) -> None:
        """Note that a stage is done; ``mark`` says for what (an options digest, a revision)."""
        ...

    def stages(self, item_id: ItemId) -> Mapping[Stage, str]:
        """The stages that are done, with their marks."""
        ...

    def reset_stages(self, item_id: ItemId, stages: Sequence[Stage]) -> None: ...

    # who works on it, and what happened
    def claim(self, claim: Claim, *, now: dt.datetime, dead: Callable[[str], bool]) -> None:
        """Take or renew the item for a holder. Raises ItemClaimed where another's claim is good.

        A claim is good until it expires or ``dead(holder)`` says that its holder died.
        """
        ...

    def release(self, item_id: ItemId, holder: str) -> None: ...
    def claims(self) -> Sequence[Claim]: ...
    def clock(self) -> dt.datetime:
        """What time it is for claims and leases: the same for all machines, whatever theirs say."""
        ...

    def lease(self, lease: Lease, *, now: dt.datetime, dead: Callable[[str], bool]) -> bool:
        """Take or renew the lease of that name; False where another's is good, as of a claim."""
        ...

    def end_lease(self, name: str, holder: str) -> None: ...
    def leases(self) -> Sequence[Lease]:
        """All that are kept, those that are no longer good too."""
        ...

    def mishaps(self, item_ids: Sequence[ItemId]) -> Mapping[ItemId, Mishaps]:
        """Of those among these items, a few hundred at most, that something befell."""
        ...

    def note(self, event: ProvenanceEvent) -> None: ...
    def history(self, item_id: ItemId) -> Sequence[ProvenanceEvent]:
        """In the order they happened."""
        ...

    def shelf_event(self, action: str) -> ProvenanceEvent | None:
        """The newest of these events that concern no one item and no batch: an audit, a restoration."""
        ...

    # what operators ask
    @property
    def figures(self) -> FiguresLedger: ...

    # what readers looked for in vain
    def count_unanswered(self, day: dt.date) -> None:
        """One more search of the day found nothing. What was asked, and by whom, is not kept."""
        ...

    def unanswered(self, since: dt.date) -> Mapping[dt.date, int]:
        """Searches of each day that found nothing; the days in their order, those without one left out."""
        ...

    @property
    def readers(self) -> ReadersLedger:
        """What the readers' pages ask, read and written in this transaction."""
        ...

    # the whole of it
    def layout(self) -> str:
        """How the rows of a dump are laid out; changes with the program."""
        ...

    def dump(self) -> Iterator[CatalogRow]:
        """Every row, for a copy: table by table, always in the same order, a bounded number in memory.

        What is true of one place alone is left out: claims, and which revision the index holds.
        """
        ...

    def load(self, rows: Iterable[CatalogRow], *, layout: str) -> None:
        """Take in what ``dump`` gave, of any catalogue, into an empty one; numbering goes on behind it.

        Raises CatalogNotEmpty, NewerData for a layout that is not known, DumpNotValid.
        """
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """How a catalogue's tables are laid out, each by its name."""

    found: str | None  # None: there are none yet
    known: str  # by this program

    @property
    def is_older(self) -> bool:
        return self.found is not None and self.found != self.known


class Catalog(Protocol):
    """What we hold and what happened to it: the truth, of which the index is a copy."""

    def begin(self, *, wait_s: float | None = None) -> AbstractContextManager[CatalogTransaction]:
        """A transaction that may write. Leaving by an exception changes nothing.

        Writers wait for each other, for ``wait_s`` seconds (None: as long as the catalogue is used to);
        then CatalogUnavailable.
        """
        ...

    def view(self) -> AbstractContextManager[CatalogTransaction]:
        """A transaction that only reads; waits for no writer."""
        ...


class SearchIndex(Protocol):
    """What can be found. Raises IndexUnavailable, IndexOutOfDate."""

    def replace_item(self, item_id: ItemId, pages: Iterable[PageDocument]) -> None:
        """Swap all documents of an item at once; may be repeated with the same result."""
        ...

    def remove_item(self, item_id: ItemId) -> None: ...
    def search(self, query: Query) -> SearchResult:
        """Items grouped from their pages, best first. Raises QueryNotUnderstood.

        Whatever is told (hits, totals, facets, suggestions) is told of visible items alone.
        """
        ...

    def complete(self, text: str, *, published_only: bool = True, limit: int = 8) -> Sequence[Completion]:
        """Titles with words that begin so, and legal numbers that begin so; no title twice.

        The last word may be half typed. Without diacritics, any; () where nothing is typed.
        """
        ...

    def contents(self) -> Iterator[IndexedItem]:
        """What is held of each item, for checking against the catalogue."""
        ...

    def rebuild(self, items: Iterable[ItemPages]) -> None:
        """Replace everything by these items; readers see the old until the new is complete.

        After an interruption the next call goes on with what was built: it skips items held there in
        the same revision, and drops those that are no longer given.
        """
        ...

    def status(self) -> IndexStatus: ...


class OcrEngine(Protocol):
    """What reads pictures. Raises the OcrErrors."""

    def describe(self) -> str:
        """Name and version: "tesseract 5.3.0"."""
        ...

    def languages(self) -> frozenset[str]: ...
    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        """Read one picture. Never changes it; adds no parallelism of its own; leaves no process behind."""
        ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """One of each, as the settings chose them."""

    store: ObjectStore
    catalog: Catalog
    index: SearchIndex
    ocr: OcrEngine
