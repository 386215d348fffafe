"""The error tree. An error has a code and fields; the sentence a person reads is in ``config/locale``.

ShelfError                      code, fields, retryable
├── IntakeError                 staff can put it right
│   ├── EmptyFile · NotWhatItsNameSays · UnknownFormat · DamagedFile · EncryptedPdf
│   ├── TooManyPages · TooManyPixels · FileTooLarge · UnreadableInput
│   └── NothingToAdd · ManifestUnreadable · NotReplaceable
├── OcrError
│   ├── EngineMissing · LanguageMissing · PageUnreadable
│   └── EngineTimedOut · EngineCrashed       retryable
├── CatalogError
│   ├── ItemNotFound · ItemWithdrawn · TooManyReports · NotInQuarantine
│   ├── BatchNotFound · MoveNotAllowed · FieldNotKnown · FieldNotValid
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
├── DecisionError                            what people may decide, and what has to come before it
│   ├── VerdictMissing · VerdictAgainst · FourEyes · ReasonMissing
│   ├── ChangedMeanwhile · NotToBeUndone · NotForPeople · PageNotKnown
│   └── PartTooSmall · NotOfOnePicture · NotOnePage
├── ConfidentialMarking                      a person has to decide
├── UploadError
│   ├── DraftNotFound · DraftClosed · DraftUnfinished · DraftNotOne · TooManyDrafts
│   ├── UploadNotFound · UploadBusy · UploadElsewhere · UploadTooLong · UploadStalled
│   └── UploadNameNotValid · TooManyFiles · ChecksumNotRight
├── PeopleError
│   ├── NotAllowed · PersonNotFound · UnitNotFound
│   ├── LoginTaken · UnitTaken
│   ├── LoginNotValid · NameNotValid · UnitCodeNotValid · UnitDatesNotValid · UnitBelowItself
│   ├── PasswordLengthNotValid · PasswordTelling · PasswordUnchanged · PasswordWrong
│   ├── RoleNotValid · TokenNotValid · NotOneself
│   ├── SignInRefused · SignInTooSoon
│   │   └── ProviderRefused (of SignInRefused)
│   └── SignInBusy · ProviderUnavailable     retryable
├── RunnerError
│   ├── PortTaken · AlreadyRunning · ServerNotReady · RunFailed
│   └── RunNotFound · RunNotWaiting · AuditUnderWay
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


class ItemWithdrawn(CatalogError):
    """Readers could see it once. Fields: accession, title, since (a day as people write it), why."""

    code = "catalog.item_withdrawn"


class TooManyReports(CatalogError):
    """Of one item's text, of all, or from one network, enough errors were told for a day. Fields: limit."""

    code = "catalog.too_many_reports"


class BatchNotFound(CatalogError):
    """Fields: batch."""

    code = "catalog.batch_not_found"


class MoveNotAllowed(CatalogError):
    """Fields: accession, state, to, allowed (list of states)."""

    code = "catalog.move_not_allowed"


class NotInQuarantine(CatalogError):
    """Only what is in quarantine can be returned to who handed it in. Fields: accession, state."""

    code = "catalog.not_in_quarantine"


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
    """Only an empty catalogue takes in a whole one. Fields: items, batches, people."""

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


class NotReplaceable(IntakeError):
    """The line of a batch is gone, or what it brought needs no other file. Fields: ordinal."""

    code = "intake.not_replaceable"


class DecisionError(ShelfError):
    """A person cannot decide this, or not yet."""

    code = "decision.failed"


class VerdictMissing(DecisionError):
    """Nobody has said whether the item is still of use. Fields: accession."""

    code = "decision.verdict_missing"


class VerdictAgainst(DecisionError):
    """The verdict in force is not that the item is of use. Fields: accession."""

    code = "decision.verdict_against"


class FourEyes(DecisionError):
    """The unit asks that somebody else approves. Fields: accession, name (who described or judged)."""

    code = "decision.four_eyes"


class MarkingStands(DecisionError):
    """A secrecy marking was found, and nobody has let it pass. Fields: accession."""

    code = "decision.marking_stands"


class ReasonMissing(DecisionError):
    """A decision that has to be explained was not."""

    code = "decision.reason_missing"


class ChangedMeanwhile(DecisionError):
    """Somebody else changed what the person saw. Fields: accession."""

    code = "decision.changed_meanwhile"


class NotToBeUndone(DecisionError):
    """What would be undone was changed again since, or is no change. Fields: accession."""

    code = "decision.not_to_be_undone"


class NotForPeople(DecisionError):
    """The program is at work on the item, or it stands in quarantine. Fields: accession, state."""

    code = "decision.not_for_people"


class PageNotKnown(DecisionError):
    """There is no such page, or nothing was read there. Fields: accession, page."""

    code = "decision.page_not_known"


class PartTooSmall(DecisionError):
    """A page that is parted so would have a part that nobody could read. Fields: accession, page."""

    code = "decision.part_too_small"


class NotOfOnePicture(DecisionError):
    """A page and the next are no parts of one picture that lie together. Fields: accession, page."""

    code = "decision.not_of_one_picture"


class NotOnePage(DecisionError):
    """What was handed in for one page is not one picture. Fields: name."""

    code = "decision.not_one_page"


class ConfidentialMarking(ShelfError):
    """A page bears a secrecy marking; nothing is derived until a person decides. Fields: marking, page."""

    code = "item.confidential_marking"


class UploadError(ShelfError):
    """What a person sends to the portal is refused."""

    code = "upload.failed"


class DraftNotFound(UploadError):
    """Fields: draft."""

    code = "upload.draft_not_found"


class DraftClosed(UploadError):
    """The batch was handed in already: nothing is added or taken away any more. Fields: draft."""

    code = "upload.draft_closed"


class DraftUnfinished(UploadError):
    """Some files have not arrived whole, or there is none. Fields: missing (files)."""

    code = "upload.draft_unfinished"


class DraftNotOne(UploadError):
    """What is to take one place is not one file or one folder of pictures. Fields: found (inputs)."""

    code = "upload.draft_not_one"


class TooManyDrafts(UploadError):
    """Fields: limit."""

    code = "upload.too_many_drafts"


class TooManyFiles(UploadError):
    """Of one batch, or of those that are on their way at once. Fields: limit."""

    code = "upload.too_many_files"


class UploadNotFound(UploadError):
    """Fields: upload."""

    code = "upload.not_found"


class UploadBusy(UploadError):
    """Somebody else is sending the same file, or the server takes in as many as it can."""

    code = "upload.busy"
    retryable = True


class UploadElsewhere(UploadError):
    """The bytes sent do not begin where those that arrived end. Fields: offset, expected."""

    code = "upload.elsewhere"


class UploadTooLong(UploadError):
    """More than was declared, or than a file may have. Fields: size, limit (bytes)."""

    code = "upload.too_long"


class UploadStalled(UploadError):
    """The line fell silent; what arrived is kept. Fields: seconds."""

    code = "upload.stalled"


class UploadNameNotValid(UploadError):
    """Fields: longest (characters)."""

    code = "upload.name_not_valid"


class ChecksumNotRight(UploadError):
    """What arrived is not what was sent; none of it is kept."""

    code = "upload.checksum_not_right"


class PeopleError(ShelfError):
    """Something about people, units or roles is refused."""

    code = "people.failed"


class NotAllowed(PeopleError):
    """Whoever asks has no such role there. Fields: verb, unit."""

    code = "people.not_allowed"


class PersonNotFound(PeopleError):
    """Fields: login (or id, as asked for)."""

    code = "people.person_not_found"


class UnitNotFound(PeopleError):
    """Fields: unit."""

    code = "people.unit_not_found"


class LoginTaken(PeopleError):
    """Fields: login."""

    code = "people.login_taken"


class UnitTaken(PeopleError):
    """Fields: unit."""

    code = "people.unit_taken"


class LoginNotValid(PeopleError):
    """Fields: login, shortest, longest (characters)."""

    code = "people.login_not_valid"


class NameNotValid(PeopleError):
    """Of a person, a unit or a token. Fields: longest (characters)."""

    code = "people.name_not_valid"


class UnitCodeNotValid(PeopleError):
    """Fields: unit, longest (characters)."""

    code = "people.unit_code_not_valid"


class UnitDatesNotValid(PeopleError):
    """A change before the last one, or an end before the beginning. Fields: unit, since (the last change)."""

    code = "people.unit_dates_not_valid"


class UnitBelowItself(PeopleError):
    """A unit's place would make a circle, or the root would stand below another. Fields: unit, parent."""

    code = "people.unit_below_itself"


class PasswordLengthNotValid(PeopleError):
    """Fields: shortest, longest (characters)."""

    code = "people.password_length_not_valid"


class PasswordTelling(PeopleError):
    """The password is what anybody would try first: the login, the name, the unit."""

    code = "people.password_telling"


class PasswordUnchanged(PeopleError):
    """The new password is the present one."""

    code = "people.password_unchanged"


class PasswordWrong(PeopleError):
    """Whoever is signed in does not know the present password."""

    code = "people.password_wrong"


class RoleNotValid(PeopleError):
    """Fields: role, known (list)."""

    code = "people.role_not_valid"


class TokenNotValid(PeopleError):
    """A token without a scope, one that is good for too long, or one too many. Fields: days, most."""

    code = "people.token_not_valid"


class NotOneself(PeopleError):
    """Nobody locks the door on themselves."""

    code = "people.not_oneself"


class SignInRefused(PeopleError):
    """Login and password do not go together, or may not; which of it is not told."""

    code = "people.sign_in_refused"


class ProviderRefused(SignInRefused):
    """The identity provider vouches for nobody who has an account here."""

    code = "people.provider_refused"


class SignInTooSoon(PeopleError):
    """Too many failed; the next may be tried after a wait. Fields: seconds."""

    code = "people.sign_in_too_soon"


class SignInBusy(PeopleError):
    """More sign-ins at once than this machine can check."""

    code = "people.sign_in_busy"
    retryable = True


class ProviderUnavailable(PeopleError):
    """The identity provider does not answer, or not as one should. Fields: detail."""

    code = "people.provider_unavailable"
    retryable = True


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


class RunNotFound(RunnerError):
    """Fields: run (as asked for)."""

    code = "runner.run_not_found"


class RunNotWaiting(RunnerError):
    """Only a run that nobody has begun leaves the queue. Fields: run, state (as Prefect says)."""

    code = "runner.run_not_waiting"


class AuditUnderWay(RunnerError):
    """Another process is auditing the shelf."""

    code = "runner.audit_under_way"


class SettingsError(ShelfError):
    """A setting cannot be used."""

    code = "settings.failed"


class UnknownScheme(SettingsError):
    """Fields: setting, scheme, known (list)."""

    code = "settings.unknown_scheme"


class SettingNotValid(SettingsError):
    """Fields: setting, detail."""

    code = "settings.not_valid"
