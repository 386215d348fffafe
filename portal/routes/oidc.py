"""The other door: by the province's identity provider, where the settings name one."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from domain.errors import ProviderRefused
from flows.steps.sign_in import admit
from portal import oidc, signing
from portal.access import EVERYONE
from portal.routes.preferences import inside
from portal.routes.sign_in import ACCOUNT, let_in
from portal.visits import Visit, Visiting

GO, COME_BACK = "/dang-nhap/oidc", "/dang-nhap/oidc/ve"
_WAITS_S = 600  # for somebody who looks for their phone

router = APIRouter(include_in_schema=False)


@router.get(GO, **EVERYONE)
def go(visit: Visiting, back: Annotated[str, Query(alias="ve", max_length=2_000)] = ACCOUNT) -> Response:
    provider = _provider(visit)
    sent = oidc.errand(inside(back))
    answer = RedirectResponse(oidc.address(provider, sent, come_back=visit.site + COME_BACK), 303)
    answer.set_cookie(
        _cookie(visit),
        urlsafe_b64encode(sent.packed().encode()).decode(),
        max_age=_WAITS_S,
        path="/",
        httponly=True,
        samesite="lax",
        secure=visit.secure,
    )
    return answer


@router.get(COME_BACK, **EVERYONE)
def come_back(
    visit: Visiting,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4_000)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Raises ProviderRefused where this browser was not sent, was refused there, or is nobody here."""
    provider = _provider(visit)
    sent = _errand(visit)
    known = sent is not None and hmac.compare_digest(sent.state.encode(), state.encode())
    if sent is None or not known or not code or iss not in (None, provider.issuer):
        raise ProviderRefused
    login = oidc.login_of(provider, sent, code, come_back=visit.site + COME_BACK)
    comes = signing.visitor(visit.request)
    answer = let_in(visit, admit(visit.shelf, login, comes, how="oidc"), sent.back)
    answer.delete_cookie(_cookie(visit), path="/", httponly=True, samesite="lax", secure=visit.secure)
    return answer


def _provider(visit: Visit) -> oidc.Provider:
    settings = visit.portal.settings
    if not settings.oidc_issuer:
        raise HTTPException(404)
    secret = settings.oidc_client_secret.get_secret_value()
    return oidc.Provider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_claim)


def _errand(visit: Visit) -> oidc.Errand | None:
    try:
        held = urlsafe_b64decode(visit.request.cookies.get(_cookie(visit), "").encode())
        return oidc.unpacked(held.decode())
    except ValueError:  # no base64, no UTF-8
        return None


def _cookie(visit: Visit) -> str:
    return "__Host-tusach_oidc" if visit.secure else "tusach_oidc"
