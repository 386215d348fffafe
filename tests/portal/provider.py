"""A small OpenID provider, strict about what it is asked: ``python -m tests.portal.provider PORT``.

It signs in whom the address asks for (``as=an``), and does wrong what the address asks for (``fault=nonce``).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tusach", "a secret: with % and colon"
KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one"})


class Provider(BaseHTTPRequestHandler):
    codes: ClassVar[dict[str, dict[str, str]]] = {}

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json(self._metadata())
        elif parts.path == "/keys":
            self._json({"keys": [KEY.as_dict(private=False)]})
        elif parts.path == "/song":  # as our own portals say that they are there
            self._json({})
        elif parts.path == "/authorize":
            self._authorize(asked)
        else:
            self._json({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        kept = self.codes.pop(asked.get("code", ""), None)
        wanted = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.headers.get("authorization") != f"Basic {wanted}":
            self._json({"error": "invalid_client"}, 401)
        elif (
            kept is None
            or asked["redirect_uri"] != kept["redirect_uri"]
            or _challenge(asked["code_verifier"]) != kept["code_challenge"]
        ):
            self._json({"error": "invalid_grant"}, 400)
        else:
            self._json({"access_token": "x", "token_type": "Bearer", "id_token": self._token(kept)})

    def _metadata(self) -> dict[str, str]:
        issuer = self._issuer()
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        }

    def _authorize(self, asked: dict[str, str]) -> None:
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        self.send_response(302)
        self.send_header("location", back)
        self.end_headers()

    def _token(self, kept: dict[str, str]) -> str:
        now, fault = int(time.time()), kept.get("fault")
        claims = {
            "iss": self._issuer() + ("x" if fault == "issuer" else ""),
            "aud": "another" if fault == "audience" else CLIENT,
            "sub": "1234",
            "iat": now,
            "exp": now + (-3600 if fault == "expired" else 300),
            "nonce": "another" if fault == "nonce" else kept["nonce"],
            "preferred_username": kept["as"],
        }
        claims.pop(fault, None)
        if fault == "unsigned":
            parts = ({"alg": "none"}, claims)
            return ".".join(_base64(json.dumps(part).encode()) for part in parts) + "."
        if fault == "symmetric":
            from joserfc.jwk import OctKey

            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        key = OTHER if fault == "key" else KEY
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)

    def _issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def _json(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _challenge(verifier: str) -> str:
    return _base64(hashlib.sha256(verifier.encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
