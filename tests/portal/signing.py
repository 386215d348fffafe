"""People of the library's portal, and how one of them comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from tests.flows.steps.people import PASSWORD

STAFF = {
    "an": ("update@stp", "manage@stp"),
    "binh": ("operate@default",),
    "chi": ("access@default",),
    "dung": (),
}
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{32})"')


class Signed(httpx.Client):
    """A browser of somebody signed in: its forms say back what our pages gave them."""

    def form_token(self) -> str:
        found = _TOKEN.search(self.get("/tai-khoan/mat-khau").text)
        assert found is not None
        return found[1]

    def send_form(self, path: str, fields: Mapping[str, Any], **rest: Any) -> httpx.Response:
        return self.post(path, data={"form_token": self.form_token(), **fields}, **rest)

    def storage(self) -> dict[str, Any]:
        """For a window of the browser: ``visit("/…", storage_state=signed.storage())``."""
        kept = [
            {"name": one.name, "value": one.value, "domain": "127.0.0.1", "path": "/", "expires": -1}
            | {"httpOnly": True, "secure": False, "sameSite": "Lax"}
            for one in self.cookies.jar
        ]
        return {"cookies": kept, "origins": []}


@contextmanager
def sign_in(base: str, login: str, password: str = PASSWORD) -> Iterator[Signed]:
    with Signed(base_url=base, trust_env=False, timeout=30) as client:
        answer = client.post("/dang-nhap", data={"login": login, "password": password})
        assert answer.status_code == 303, answer.text
        yield client
