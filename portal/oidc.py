"""Signing in by a province's own identity provider: OpenID Connect, code flow with PKCE and nonce.

The provider's addresses and keys are asked for at each sign-in: those are few, and keys change.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from domain.errors import ProviderRefused, ProviderUnavailable

if TYPE_CHECKING:
    import httpx

ALGORITHMS = ["RS256", "PS256", "ES256"]  # of signatures that only the provider can make; never "none"
LEEWAY_S = 120  # between its clock and ours
TIMEOUT_S = 10
LONGEST = 1_000_000  # bytes of one of its answers
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Provider:
    issuer: str  # without a slash at its end unless the provider says so itself
    client_id: str
    client_secret: str
    claim: str  # whose value is the login


@dataclass(frozen=True, slots=True)
class Errand:
    """What this browser was sent to the provider with; it comes back with the same, or not at all."""

    state: str
    nonce: str
    verifier: str
    back: str

    def packed(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def unpacked(text: str) -> Errand | None:
    """None for what is no errand of ours."""
    try:
        told = json.loads(text)
        errand = Errand(**told)
    except (ValueError, TypeError, RecursionError):  # the last of brackets within brackets
        return None
    return errand if all(isinstance(part, str) and part for part in told.values()) else None


def errand(back: str) -> Errand:
    return Errand(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(32),
        back=back,
    )


def address(provider: Provider, sent: Errand, *, come_back: str) -> str:
    """Where to send the browser. Raises ProviderUnavailable."""
    # Heavy, here and below, and only wanted where a provider is configured.
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    with _client() as client:
        told = _metadata(client, provider)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": come_back,
        "scope": "openid profile email",
        "state": sent.state,
        "nonce": sent.nonce,
        "code_challenge": create_s256_code_challenge(sent.verifier),
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(told, "authorization_endpoint")
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def login_of(provider: Provider, sent: Errand, code: str, *, come_back: str) -> str:
    """Whom the provider vouches for. Raises ProviderRefused, ProviderUnavailable."""
    import httpx

    with _client() as client:
        told = _metadata(client, provider)
        answer = _asked(
            client,
            "POST",
            _endpoint(told, "token_endpoint"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": come_back,
                "code_verifier": sent.verifier,
            },
            auth=httpx.BasicAuth(provider.client_id, provider.client_secret),
        )
        keys = _asked(client, "GET", _endpoint(told, "jwks_uri"))
    return _checked(provider, sent, answer, keys)


def _checked(provider: Provider, sent: Errand, answer: Mapping[str, Any], keys: Mapping[str, Any]) -> str:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        token = jwt.decode(
            answer["id_token"], KeySet.import_key_set({"keys": keys["keys"]}), algorithms=ALGORITHMS
        )
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            {
                "nonce": sent.nonce,
                "client_id": provider.client_id,
                "access_token": answer.get("access_token"),
            },
        )
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ProviderRefused from error
    login = claims.get(provider.claim)
    if not isinstance(login, str) or not login:
        raise ProviderRefused
    if provider.claim == "email" and claims.get("email_verified") is not True:
        raise ProviderRefused  # anybody may have typed it
    return login


def _client() -> httpx.Client:
    import httpx

    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)


def _metadata(client: httpx.Client, provider: Provider) -> Mapping[str, Any]:
    told = _asked(client, "GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != provider.issuer:
        raise ProviderUnavailable(detail=f"it calls itself {told.get('issuer')!r}"[:200])
    return told


def _endpoint(told: Mapping[str, Any], name: str) -> str:
    """Of the provider; encrypted, unless it is this machine. Raises ProviderUnavailable."""
    found = told.get(name)
    parts = urlsplit(found) if isinstance(found, str) else None
    if parts is None or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)):
        raise ProviderUnavailable(detail=f"no {name} that can be trusted")
    return str(found)


def _asked(client: httpx.Client, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
    """One answer in JSON, of a bounded length. Raises ProviderUnavailable, ProviderRefused."""
    import httpx

    try:
        with client.stream(method, url, headers={"accept": "application/json"}, **sent) as answer:
            held = b""
            for part in answer.iter_bytes():
                held += part
                if len(held) > LONGEST:
                    raise ProviderUnavailable(detail="too long an answer")
    except httpx.HTTPError as error:
        raise ProviderUnavailable(detail=type(error).__name__) from error
    if method == "POST" and answer.status_code in (400, 401):
        raise ProviderRefused
    try:
        told = json.loads(held) if answer.status_code == 200 else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise ProviderUnavailable(detail=f"status {answer.status_code}")
    return told
