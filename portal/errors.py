"""Which answer an error becomes: its family gives the status, the locale the sentence."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from config.messages import explain, sentence
from domain import errors
from domain.errors import ShelfError
from domain.values import Json
from portal import tus
from portal.access import FormNotOurs, PasswordNeeded, SignInNeeded
from portal.refusals import told
from portal.signing import API
from portal.visits import visit_of

_log = logging.getLogger("tusach.portal")
# The first that fits, the special before its family.
_STATUS: tuple[tuple[type[ShelfError], int], ...] = (
    (errors.ItemNotFound, HTTPStatus.NOT_FOUND),
    (errors.ItemWithdrawn, HTTPStatus.GONE),
    (errors.TooManyReports, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.BatchNotFound, HTTPStatus.NOT_FOUND),
    (errors.ObjectNotFound, HTTPStatus.NOT_FOUND),
    (errors.MoveNotAllowed, HTTPStatus.CONFLICT),
    (errors.ItemClaimed, HTTPStatus.CONFLICT),
    (errors.NotInQuarantine, HTTPStatus.CONFLICT),
    (errors.RunNotFound, HTTPStatus.NOT_FOUND),
    (errors.RunNotWaiting, HTTPStatus.CONFLICT),
    (errors.AuditUnderWay, HTTPStatus.CONFLICT),
    (errors.FieldNotKnown, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.FieldNotValid, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.QueryNotUnderstood, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.IntakeError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.DraftNotFound, HTTPStatus.NOT_FOUND),
    (errors.UploadNotFound, HTTPStatus.NOT_FOUND),
    (errors.DraftClosed, HTTPStatus.CONFLICT),
    (errors.DraftUnfinished, HTTPStatus.CONFLICT),
    (errors.UploadElsewhere, HTTPStatus.CONFLICT),
    (errors.UploadStalled, HTTPStatus.REQUEST_TIMEOUT),
    (errors.UploadTooLong, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (errors.UploadBusy, HTTPStatus.LOCKED),
    (errors.ChecksumNotRight, 460),  # the tus protocol's own
    (errors.TooManyFiles, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.TooManyDrafts, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.UploadError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.StoreFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (errors.NotAllowed, HTTPStatus.FORBIDDEN),
    (errors.PersonNotFound, HTTPStatus.NOT_FOUND),
    (errors.UnitNotFound, HTTPStatus.NOT_FOUND),
    (errors.SignInRefused, HTTPStatus.FORBIDDEN),
    (errors.SignInTooSoon, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.SignInBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.ProviderUnavailable, HTTPStatus.BAD_GATEWAY),
    (errors.PageNotKnown, HTTPStatus.NOT_FOUND),
    (errors.PartTooSmall, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.NotOnePage, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.ReasonMissing, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.DecisionError, HTTPStatus.CONFLICT),
    (errors.PeopleError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
RETRY_S = 30
SIGN_IN, NEW_PASSWORD = "/dang-nhap", "/tai-khoan/mat-khau"


def status_of(error: ShelfError) -> int:
    """What a browser is told; an error of the machine is 503, to be tried again."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.SERVICE_UNAVAILABLE


def install(app: FastAPI) -> None:
    app.exception_handler(ShelfError)(_shelf_error)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(RequestValidationError)(_not_valid)
    app.exception_handler(SignInNeeded)(_sign_in_first)
    app.exception_handler(PasswordNeeded)(_password_first)
    app.exception_handler(FormNotOurs)(_form_not_ours)
    app.exception_handler(Exception)(_unforeseen)


def _shelf_error(request: Request, error: ShelfError) -> Response:
    status = status_of(error)
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        _log.warning("%s %s: %s", request.method, request.url.path, error)
    said = explain(error.reason, visit_of(request).lang)
    if isinstance(error, errors.ItemWithdrawn) and not _is_api(request):
        return visit_of(request).page("reader/tombstone.html", status=status, withdrawn=error.fields)
    fields = {} if status is HTTPStatus.SERVICE_UNAVAILABLE else error.fields  # of the machine: for its log
    return _answer(request, status, said, error.code, fields)


def _sign_in_first(request: Request, _error: SignInNeeded) -> Response:
    """A page asked for leads to the door and back again; what was to be changed has to be sent anew."""
    if request.method == "GET" and not request.url.path.startswith((API, tus.ROOT)):
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'ve': visit_of(request).back})}", 303)
    code = "portal.status_401"
    answer = _answer(request, HTTPStatus.UNAUTHORIZED, sentence(code, visit_of(request).lang), code)
    answer.headers["www-authenticate"] = "Bearer"
    return answer


def _password_first(request: Request, _error: PasswordNeeded) -> Response:
    if not request.url.path.startswith(API):
        return RedirectResponse(NEW_PASSWORD, 303)
    code = "portal.password_first"
    return _answer(request, HTTPStatus.FORBIDDEN, sentence(code, visit_of(request).lang), code)


def _form_not_ours(request: Request, _error: FormNotOurs) -> Response:
    code = "portal.form_not_ours"
    return _answer(request, HTTPStatus.FORBIDDEN, sentence(code, visit_of(request).lang), code)


def _http(request: Request, error: HTTPException) -> Response:
    code = f"portal.status_{error.status_code}"
    said = sentence(code, visit_of(request).lang)
    answer = _answer(request, error.status_code, said, code)
    answer.headers.update(error.headers or {})
    return answer


def _not_valid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0] if error.errors() else {"loc": ("",)}
    field = str(first["loc"][-1])
    said = sentence("portal.not_valid", visit_of(request).lang, {"field": field})
    return _answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, said, "portal.not_valid", {"field": field})


def _unforeseen(request: Request, error: Exception) -> Response:
    _log.error("%s %s", request.method, request.url.path, exc_info=error)
    said = sentence("portal.unforeseen", visit_of(request).lang)
    return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, said, "portal.unforeseen")


def _answer(
    request: Request, status: int, said: str, code: str, fields: Mapping[str, Json] | None = None
) -> Response:
    headers = {"retry-after": str(RETRY_S)} if status is HTTPStatus.SERVICE_UNAVAILABLE else {}
    if _is_api(request):
        return JSONResponse(told(code, said, fields or {}), status, headers)
    if request.url.path.startswith(tus.ROOT):
        return PlainTextResponse(said, status, headers | {"tus-resumable": tus.VERSION})
    return visit_of(request).page("error.html", status=status, headers=headers, said=said, code=int(status))


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(API)
