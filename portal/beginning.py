"""A batch that is begun and handed in, for the pages and for the API alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from domain.errors import FieldNotValid, UploadNotFound
from domain.ids import new_batch_id
from domain.options import OcrOptions
from domain.people import Verb
from flows.listing import Listing, hold_against
from flows.steps.uploads import Draft
from flows.steps.work import now
from portal.landing import Landing
from portal.visits import Visit


def languages_of(visit: Visit) -> list[str]:
    """What this machine reads, the usual ones first; "osd" and "equ" are no languages."""
    usual = list(visit.portal.settings.ocr.languages)
    return usual + sorted(visit.shelf.ocr.languages() - {*usual, "osd", "equ"})


def begin_draft(
    visit: Visit, here: Landing, *, unit: str, languages: Sequence[str] | None, dpi: int | None, publish: bool
) -> Draft:
    """A batch to come, of the visitor; None: as the installation has it.

    Raises NotAllowed, FieldNotValid, TooManyDrafts.
    """
    visit.need(Verb.UPDATE, unit)
    if publish:
        visit.need(Verb.MANAGE, unit)
    chosen = {"languages": languages, "dpi": dpi}
    options = _options(visit, {name: value for name, value in chosen.items() if value is not None})
    return keep_draft(visit, here, unit=unit, options=options, publish=publish)


def _options(visit: Visit, chosen: dict[str, Any]) -> OcrOptions:
    """The installation's, with what may be chosen for a batch. Raises FieldNotValid."""
    known = languages_of(visit)
    unknown = sorted(set(chosen.get("languages", ())) - set(known))
    if unknown:
        raise FieldNotValid(field="languages", value=unknown[0][:60], expected=", ".join(known))
    try:
        return OcrOptions.model_validate(visit.portal.settings.ocr.model_dump() | chosen)
    except ValidationError as error:
        wrong = error.errors()[0]
        field, value = str(wrong["loc"][0]), str(wrong["input"])[:60]
        raise FieldNotValid(field=field, value=value, expected=wrong["msg"]) from error


def keep_draft(visit: Visit, here: Landing, **chosen: Any) -> Draft:
    """Raises TooManyDrafts."""
    person = visit.signed.person
    made = Draft(id=new_batch_id(), owner=person.id, login=person.login, created_at=now(), **chosen)
    here.drafts.begin(made)
    return made


def take_as_manifest(here: Landing, own: Draft, file: str | None) -> Draft:
    """Say which file (its id) lists the others; None: none does. Raises UploadNotFound, DraftClosed."""
    if file:
        here.drafts.upload(own.id, file)
    return here.drafts.change(own.id, manifest=file or None)


def held_manifest(here: Landing, own: Draft) -> Listing:
    """The manifest held against the files that came. Raises UploadNotFound, ManifestUnreadable."""
    if own.manifest is None:
        raise UploadNotFound(upload="")
    listed = here.drafts.upload(own.id, own.manifest).upload
    items = here.drafts.inputs_or_none(own, here.drafts.uploads(own.id))
    return hold_against(here.drafts.data(own.id, own.manifest), listed.name, [one.name for one in items])


def hand_in(visit: Visit, here: Landing, own: Draft) -> str:
    """The batch is to be taken in: its id, or that of the batch where a file takes another's place.

    Raises NotAllowed, DraftClosed, DraftUnfinished, DraftNotOne.
    """
    if own.publish:
        visit.need(Verb.MANAGE, own.unit)
    here.drafts.hand_in(own.id)
    here.handed_in()
    return own.replaces.batch_id if own.replaces else own.id
