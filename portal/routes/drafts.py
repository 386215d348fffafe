"""Put a batch together: choose, send files, look at the manifest, hand it in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from config.messages import explain
from domain.errors import FieldNotValid, ManifestUnreadable, UploadError
from domain.people import Verb
from flows.steps.uploads import Draft, declared
from portal import tus
from portal.access import MAY_UPDATE, MAY_UPDATE_UNREAD
from portal.beginning import begin_draft, hand_in, held_manifest, languages_of, take_as_manifest
from portal.drafting import KEPT_DAYS, files_view, listing_json
from portal.errors import status_of
from portal.landing import Here, Landing, own_draft
from portal.multipart import Sent
from portal.peopled import unit_names
from portal.plain_forms import received
from portal.previewing import preview
from portal.visits import Visit, Visiting

LIST = "/can-bo/lo"
NEW = f"{LIST}/moi"
DPI = (150, 200, 300, 400, 600)
NO_STORE = {"cache-control": "no-store"}

router = APIRouter(include_in_schema=False)


def _own(draft: str, visit: Visiting, here: Here) -> Draft:
    return own_draft(visit, here, draft)


Own = Annotated[Draft, Depends(_own)]


@router.get(NEW, **MAY_UPDATE)
def new(visit: Visiting) -> Response:
    return _form(visit)


def _form(visit: Visit, *, error: str | None = None, status: int = 200) -> Response:
    mine = visit.signed.units(Verb.UPDATE)
    with visit.shelf.catalog.view() as seen:
        names = unit_names(seen)
    usual = visit.portal.settings.ocr
    return visit.page(
        "uploads/new.html",
        status=status,
        units=sorted(((code, names.get(code, code)) for code in mine), key=lambda unit: unit[1]),
        own_unit=visit.signed.person.unit,
        languages=[(code, _language(visit, code)) for code in languages_of(visit)],
        usual=usual,
        dpis=sorted({*DPI, usual.dpi}),
        may_publish=visit.may("manage"),
        said=error,
    )


def _language(visit: Visit, code: str) -> str:
    """Its name; Tesseract's code for one that is not among the usual."""
    return visit.words(f"uploads.language.{code}") if code in ("vie", "eng", "fra") else code


@router.post(NEW, **MAY_UPDATE)
def begin(
    visit: Visiting,
    here: Here,
    unit: Annotated[str, Form(max_length=200)],
    languages: Annotated[list[str], Form(max_length=20)],
    dpi: Annotated[int, Form()],
    publish: Annotated[bool, Form()] = False,
) -> Response:
    try:
        made = begin_draft(visit, here, unit=unit, languages=languages, dpi=dpi, publish=publish)
    except (FieldNotValid, UploadError) as error:
        return _form(visit, error=explain(error.reason, visit.lang), status=status_of(error))
    return RedirectResponse(f"{LIST}/{made.id}", 303)


def show_draft(
    visit: Visit, here: Landing, draft: Draft, *, said: str | None = None, status: int = 200
) -> Response:
    with visit.shelf.catalog.view() as seen:
        unit = unit_names(seen).get(draft.unit, draft.unit)
    return visit.page(
        "uploads/draft.html",
        status=status,
        headers=NO_STORE,
        draft=draft,
        unit=unit,
        languages=[_language(visit, code) for code in draft.options.languages],
        view=files_view(here.drafts, draft),
        trouble=explain(draft.trouble.reason, visit.lang) if draft.trouble else None,
        said=said,
        endpoint=f"{tus.ROOT}/{draft.id}",
        longest=here.longest,
        kept_days=KEPT_DAYS,
    )


@router.get(LIST + "/{draft}/tep", **MAY_UPDATE)
def files(visit: Visiting, here: Here, own: Own) -> Response:
    """The part of the page that changes while files come in."""
    return visit.page("uploads/files.html", headers=NO_STORE, view=files_view(here.drafts, own))


@router.get(LIST + "/{draft}/tep.json", **MAY_UPDATE)
def files_json(here: Here, own: Own) -> Response:
    return JSONResponse(listing_json(here.drafts, own, tus.ROOT), headers=NO_STORE)


@router.post(LIST + "/{draft}/tep", **MAY_UPDATE_UNREAD)
async def send(request: Request, visit: Visiting, here: Here, draft: str) -> Response:
    """Files of a plain form, for browsers without scripts."""
    own = await here.call(own_draft, visit, here, draft)
    async with received(request, visit, here, room=lambda: here.drafts.incoming(own.id)) as form:
        await here.call(_adopt, here, own, form.finish())
    return RedirectResponse(f"{LIST}/{own.id}", 303)


def _adopt(here: Landing, own: Draft, sent: list[Sent]) -> None:
    try:
        for one in sent:
            said = declared(one.name, "", one.size, None, longest=here.longest)
            here.drafts.adopt(own.id, said, one.path)
    finally:
        for one in sent:
            one.path.unlink(missing_ok=True)


@router.post(LIST + "/{draft}/bo-tep", **MAY_UPDATE)
def drop(visit: Visiting, here: Here, own: Own, path: Annotated[str, Form(max_length=2_000)]) -> Response:
    """Take a file, or a folder of pictures, away again."""
    try:
        here.drafts.remove_path(own.id, path)
    except UploadError as error:
        return show_draft(visit, here, own, said=explain(error.reason, visit.lang), status=status_of(error))
    return RedirectResponse(f"{LIST}/{own.id}", 303)


@router.post(LIST + "/{draft}/chon-danh-muc", **MAY_UPDATE)
def choose_manifest(here: Here, own: Own, file: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Say which file lists the others; none: it is a file as any."""
    take_as_manifest(here, own, file or None)
    return RedirectResponse(f"{LIST}/{own.id}" + ("/danh-muc" if file else ""), 303)


@router.get(LIST + "/{draft}/danh-muc", **MAY_UPDATE)
def manifest(
    visit: Visiting, here: Here, own: Own, since: Annotated[int, Query(alias="tu", ge=0, le=100_000)] = 0
) -> Response:
    """What is understood of the manifest, and what is wrong, cell by cell."""
    if own.manifest is None:
        return RedirectResponse(f"{LIST}/{own.id}", 303)
    listed = here.drafts.upload(own.id, own.manifest).upload
    try:
        found = held_manifest(here, own)
    except ManifestUnreadable as error:
        why = explain(error.reason, visit.lang)
        return visit.page(
            "uploads/manifest.html", status=422, draft=own, name=listed.name, view=None, why=why
        )
    view = preview(found, since, visit.lang)
    return visit.page(
        "uploads/manifest.html", headers=NO_STORE, draft=own, name=listed.name, view=view, why=None
    )


@router.post(LIST + "/{draft}/nop", **MAY_UPDATE)
def finish(visit: Visiting, here: Here, own: Own) -> Response:
    try:
        batch = hand_in(visit, here, own)
    except UploadError as error:
        return show_draft(visit, here, own, said=explain(error.reason, visit.lang), status=status_of(error))
    return RedirectResponse(f"{LIST}/{batch}", 303)


@router.post(LIST + "/{draft}/bo", **MAY_UPDATE)
def discard(visit: Visiting, here: Here, own: Own) -> Response:
    try:
        here.drafts.discard(own.id)
    except UploadError as error:
        return show_draft(visit, here, own, said=explain(error.reason, visit.lang), status=status_of(error))
    return RedirectResponse(LIST, 303)
