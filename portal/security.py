"""What every answer says to the browser, and what no request may do: one layer around all pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.messages import sentence
from portal.refusals import told
from portal.signing import API
from portal.visits import lang_of

_CSP = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    ]
)
HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "x-frame-options": "SAMEORIGIN",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_TARGET = 8_192  # bytes of path and query
LARGEST_BODY = 2_000_000  # bytes of a form; what is larger is an upload
# Where files come in: those routes bound what they take by themselves, once they know who sends it.
_TUS = re.compile(r"/can-bo/tai-len/.+")
UPLOADS = re.compile(
    r"/can-bo/(tai-len/.+|lo/[^/]+/tep|sach/[^/]+/trang/[^/]+/quet-lai)|/api/v1/items/[^/]+/pages/[^/]+/scan"
)


class Guard:
    """Adds HEADERS where a page says nothing of its own; turns away what comes from another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = _meant(scope)
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_TARGET:
            await _refused(scope, 414, "URI too long")(scope, receive, _guarded(send, scope))
        elif scope["method"] not in SAFE and not same_site(Headers(scope=scope), scope["scheme"]):
            await _refused(scope, 403, "cross-site request")(scope, receive, _guarded(send, scope))
        elif _declared(scope) > LARGEST_BODY and not UPLOADS.fullmatch(scope["path"]):
            await _refused(scope, 413, "too large")(scope, receive, _guarded(send, scope))
        elif scope["method"] == "HEAD":  # the server keeps the body to itself
            await self._app({**scope, "method": "GET"}, receive, _guarded(send, scope))
        elif UPLOADS.fullmatch(scope["path"]):
            await self._app(scope, receive, _guarded(send, scope))
        else:
            await self._app(scope, _bounded(receive), _guarded(send, scope))


def _refused(scope: Scope, status: int, said: str) -> Response:
    """Programs are told as by every other refusal of the API."""
    if not scope["path"].startswith(API):
        return PlainTextResponse(said, status)
    code = f"portal.status_{status}"
    return JSONResponse(told(code, sentence(code, lang_of(HTTPConnection(scope))), {}), status)


def _meant(scope: Scope) -> Scope:
    """Where files come in, a header may name the method, for who cannot say PATCH or DELETE (tus 1.0).

    What the header says is what is checked, here and by the routes. No page of another site can send it.
    """
    said = Headers(scope=scope).get("x-http-method-override")
    if said is None or not _TUS.fullmatch(scope["path"]):
        return scope
    return {**scope, "method": said.strip().upper()}


def same_site(headers: Headers, scheme: str) -> bool:
    """Whether a request that changes something may come from one of our own pages, or from no page at all.

    Browsers say Sec-Fetch-Site, older ones Origin. A program that sends neither has no cookie of ours
    unless a person gave it one.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return True
    said = urlsplit(origin)
    return (said.scheme, said.netloc.lower()) == (scheme, headers.get("host", "").lower())


def _declared(scope: Scope) -> int:
    """The length that a request says its body has; 0 where it does not say."""
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 20 else 0


def _bounded(receive: Receive) -> Receive:
    """Nobody sends more than LARGEST_BODY, whatever was declared: 413 by the page that reads it."""
    left = LARGEST_BODY

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return bounded


def _guarded(send: Send, scope: Scope) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = MutableHeaders(scope=message)
            framed = "content-security-policy" in said  # by whom, such a page says itself
            for name, value in HEADERS.items():
                if not (framed and name == "x-frame-options"):
                    said.setdefault(name, value)
            if scope["scheme"] == "https":
                said.setdefault("strict-transport-security", "max-age=31536000")
            said.setdefault("cache-control", "private, no-cache")
        await send(message)

    return guarded
