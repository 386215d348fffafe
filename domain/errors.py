"""The error tree. An error has a code and fields; the sentence a person reads is in ``config/locale``.

ShelfError                      code, fields, retryable
├── IntakeError                 staff can put it right
│   ├── EmptyFile · NotWhatItsNameSays · UnknownFormat · DamagedFile · EncryptedPdf
│   ├── TooManyPages · TooManyPixels · FileTooLarge · UnreadableInput
│   └── NothingToAdd · ManifestUnreadable
├── OcrError
│   ├── EngineMissing · LanguageMissing · PageUnreadable
│   └── EngineTimedOut · EngineCrashed       retryable
├── CatalogError
│   ├── ItemNotFound · BatchNotFound · MoveNotAllowed · FieldNotKnown · FieldNotValid
│   ├── NewerData · OlderData · CatalogNotEmpty · DumpNotValid
│   ├── ItemClaimed                          retryable
│   └── CatalogUnavailable                   retryable
│       └── CatalogDamaged                   not retryable
├── StoreError
│   ├── ObjectNotFound · FixityMismatch · StoreFull
│   └── StoreUnavailable                     retryable
├── SearchError
│   ├── QueryNotUnderstood · IndexOutOfDate
│   └── IndexUnavailable                     retryable
│       └── IndexReadOnly · IndexIncomplete
├── BackupError
│   ├── BackupNotFound · BackupDamaged · BackupNewer · BackupLocked
│   └── ShelfNotEmpty · ShelfAtWork · SamePlace · MovedNotEqual
├── ConfidentialMarking                      a person has to decide
├── RunnerError
│   └── PortTaken · AlreadyRunning · ServerNotReady · RunFailed
└── SettingsError
    └── UnknownScheme · SettingNotValid
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from domain.values import Json, Reason


class ShelfError(Exception):
    """Something went wrong that we can name.

    ``code`` is stable and machine-readable; ``fields`` are JSON values that the sentence of
    that code mentions. Errors cross processes, so they pickle.
    """

    code: ClassVar[str] = "shelf.failed"
    retryable: ClassVar[bool] = False

    def __init__(self, **fields: Json) -> None:
        super().__init__(self.code, fields)
        self.fields: dict[str, Json] = fields

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.fields))

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code}({told})"

    @property
    def reason(self) -> Reason:
        """The same as a value, to be kept beside an item or a page."""
        return Reason(self.code, self.fields)


def _rebuild(kind: type[ShelfError], fields: Mapping[str, Json]) -> ShelfError:
    return kind(**fields)


class IntakeError(ShelfError):
    """An input that staff can put right."""

    code = "intake.failed"


class EmptyFile(IntakeError):
    """Fields: name."""

    code = "intake.empty_file"


class NotWhatItsNameSays(IntakeError):
    """Fields: name, expected (suffix), found (media type or "")."""

    code = "intake.not_what_its_name_says"


class UnknownFormat(IntakeError):
    """Fields: name, found (media type or "")."""

    code = "intake.unknown_format"


class DamagedFile(IntakeError):
    """A file cut short or broken beyond reading. Fields: name, detail."""

    code = "intake.damaged_file"


class EncryptedPdf(IntakeError):
    """Fields: name."""

    code = "intake.encrypted_pdf"


class TooManyPages(IntakeError):
    """Fields: name, pages, limit."""

    code = "intake.too_many_pages"


class TooManyPixels(IntakeError):
    """Fields: name, pixels, limit."""

    code = "intake.too_many_pixels"


class FileTooLarge(IntakeError):
    """Fields: name, size, limit (bytes)."""

    code = "intake.file_too_large"


class UnreadableInput(IntakeError):
    """An input whose bytes cannot be had, so that nothing could be kept. Fields: name, detail."""

    code = "intake.unreadable_input"


class NothingToAdd(IntakeError):
    """Fields: path."""

    code = "intake.nothing_to_add"


class ManifestUnreadable(IntakeError):
    """Fields: name, detail."""

    code = "intake.manifest_unreadable"


class OcrError(ShelfError):
    """Reading a page went wrong."""

    code = "ocr.failed"


class EngineMissing(OcrError):
    """Fields: program."""

    code = "ocr.engine_missing"


class LanguageMissing(OcrError):
    """Fields: language, installed (list)."""

    code = "ocr.language_missing"


class PageUnreadable(OcrError):
    """One image cannot be drawn or decoded; the book goes on without it. Fields: image, detail."""

    code = "ocr.page_unreadable"


class EngineTimedOut(OcrError):
    """Fields: image, seconds."""

    code = "ocr.engine_timed_out"
    retryable = True


class EngineCrashed(OcrError):
    """Fields: image, status (exit status), detail."""

    code = "ocr.engine_crashed"
    retryable = True


class CatalogError(ShelfError):
    """The catalogue refuses or fails."""

    code = "catalog.failed"


class ItemNotFound(CatalogError):
    """Fields: item (id or accession as asked for)."""

    code = "catalog.item_not_found"


class BatchNotFound(CatalogError):
    """Fields: batch."""

    code = "catalog.batch_not_found"


class MoveNotAllowed(CatalogError):
    """Fields: accession, state, to, allowed (list of states)."""

    code = "catalog.move_not_allowed"


class FieldNotKnown(CatalogError):
    """Fields: field, known (list)."""

    code = "catalog.field_not_known"


class FieldNotValid(CatalogError):
    """Fields: field, value, expected."""

    code = "catalog.field_not_valid"


class NewerData(CatalogError):
    """The data was written by a newer version of this program. Fields: found, known."""

    code = "catalog.newer_data"


class OlderData(CatalogError):
    """A catalogue that machines share waits for ``tusach migrate``. Fields: found, known."""

    code = "catalog.older_data"


class CatalogNotEmpty(CatalogError):
    """Only an empty catalogue takes in a whole one. Fields: items, batches."""

    code = "catalog.not_empty"


class DumpNotValid(CatalogError):
    """A copy of a catalogue says what none can say. Fields: table, detail."""

    code = "catalog.dump_not_valid"


class ItemClaimed(CatalogError):
    """Another live process is working on the item. Fields: accession, holder."""

    code = "catalog.item_claimed"
    retryable = True


class CatalogUnavailable(CatalogError):
    """Fields: detail."""

    code = "catalog.unavailable"
    retryable = True


class CatalogDamaged(CatalogUnavailable):
    """The file is broken, or no catalogue at all: waiting does not help. Fields: detail."""

    code = "catalog.damaged"
    retryable = False


class StoreError(ShelfError):
    """The object store refuses or fails."""

    code = "store.failed"


class ObjectNotFound(StoreError):
    """Fields: key."""

    code = "store.object_not_found"


class FixityMismatch(StoreError):
    """Fields: key, expected, found."""

    code = "store.fixity_mismatch"


class StoreFull(StoreError):
    """Fields: path, free (bytes), needed (bytes)."""

    code = "store.full"


class StoreUnavailable(StoreError):
    """Fields: detail."""

    code = "store.unavailable"
    retryable = True


class SearchError(ShelfError):
    """The index refuses or fails."""

    code = "search.failed"


class QueryNotUnderstood(SearchError):
    """Fields: query, detail."""

    code = "search.query_not_understood"


class IndexOutOfDate(SearchError):
    """The index was built by another version of its layout; reindexing mends it. Fields: found, known."""

    code = "search.index_out_of_date"


class IndexUnavailable(SearchError):
    """Fields: detail."""

    code = "search.unavailable"
    retryable = True


class IndexReadOnly(IndexUnavailable):
    """The search server takes no changes, most often since its disk is full. Fields: detail."""

    code = "search.read_only"


class IndexIncomplete(IndexUnavailable):
    """A part of the index is away (the server calls that red), so answers would be wrong. Fields: detail."""

    code = "search.incomplete"


class BackupError(ShelfError):
    """Backing up, restoring or moving a shelf is refused or fails."""

    code = "backup.failed"


class BackupNotFound(BackupError):
    """There is no whole backup. Fields: path."""

    code = "backup.not_found"


class BackupDamaged(BackupError):
    """A backup is not what was written. Fields: path, detail."""

    code = "backup.damaged"


class BackupNewer(BackupError):
    """A newer program made the backup. Fields: path, found, known."""

    code = "backup.newer"


class BackupLocked(BackupError):
    """Another process writes into the backup folder. Fields: path."""

    code = "backup.locked"


class ShelfNotEmpty(BackupError):
    """Only an empty installation takes in a whole shelf. Fields: part (store, catalog, index), detail."""

    code = "backup.shelf_not_empty"


class ShelfAtWork(BackupError):
    """Items are being worked on, so that the shelf cannot be moved now. Fields: items (list)."""

    code = "backup.shelf_at_work"


class SamePlace(BackupError):
    """A shelf cannot be moved to where it is. Fields: setting."""

    code = "backup.same_place"


class MovedNotEqual(BackupError):
    """After moving, target and source differ. Fields: what (list)."""

    code = "backup.moved_not_equal"


class ConfidentialMarking(ShelfError):
    """A page bears a secrecy marking; nothing is derived until a person decides. Fields: marking, page."""

    code = "item.confidential_marking"


class RunnerError(ShelfError):
    """Starting, finding or watching runs went wrong."""

    code = "runner.failed"


class PortTaken(RunnerError):
    """Fields: port, setting."""

    code = "runner.port_taken"


class AlreadyRunning(RunnerError):
    """Fields: pid, data_dir."""

    code = "runner.already_running"


class ServerNotReady(RunnerError):
    """Fields: seconds, log."""

    code = "runner.server_not_ready"


class RunFailed(RunnerError):
    """Fields: run, detail."""

    code = "runner.run_failed"


class SettingsError(ShelfError):
    """A setting cannot be used."""

    code = "settings.failed"


class UnknownScheme(SettingsError):
    """Fields: setting, scheme, known (list)."""

    code = "settings.unknown_scheme"


class SettingNotValid(SettingsError):
    """Fields: setting, detail."""

    code = "settings.not_valid"
