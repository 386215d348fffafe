"""How a program sends files: the words of the tus protocol, and what came of them."""

from __future__ import annotations

import base64
import hashlib
import os
import time

import httpx

from config.settings import Settings
from domain.ids import new_batch_id
from domain.options import OcrOptions
from flows.steps.drafts import Drafts
from flows.steps.uploads import Draft
from portal.signing import now
from tests.portal.serving import PATIENCE, Server
from tests.portal.staffing import Staff

LONGEST = 3_000_000
DATA = os.urandom(1_000_003)
TUS = {"tus-resumable": "1.0.0"}


def begin(drafts: Drafts, who: Staff, unit: str = "stp") -> Draft:
    made = Draft(
        id=new_batch_id(),
        owner=who.person.id,
        login=who.person.login,
        unit=unit,
        created_at=now(),
        options=OcrOptions(),
        publish=False,
    )
    drafts.begin(made)
    return made


def signed_in(server: Server, who: Staff) -> httpx.Client:
    return httpx.Client(
        base_url=server.base, cookies=who.cookie, headers=TUS | who.word, trust_env=False, timeout=PATIENCE
    )


def as_one(server: Server, who: Staff | None) -> httpx.Client:
    return signed_in(server, who) if who else httpx.Client(base_url=server.base, headers=TUS, trust_env=False)


def said(**pairs: str) -> str:
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items() if value
    )


def create(client: httpx.Client, draft: Draft, length: int = len(DATA), **pairs: str) -> str:
    headers = {"upload-length": str(length), "upload-metadata": said(**{"filename": "sách.pdf", **pairs})}
    answer = client.post(f"/can-bo/tai-len/{draft.id}", headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(client: httpx.Client, where: str, data: bytes, offset: int = 0, **headers: str) -> httpx.Response:
    sent = {"content-type": "application/offset+octet-stream", "upload-offset": str(offset), **headers}
    return client.patch(
        where,
        content=data,
        headers={name: value for name, value in sent.items() if value or name == "x-form-token"},
    )


def patch_when_free(client, where, data, offset, **headers):
    """Once the server knows that the line before is gone."""
    deadline = time.monotonic() + PATIENCE
    while (answer := patch(client, where, data, offset, **headers)).status_code == 423:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return answer


def sha256(data: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(data).digest()).decode()


def offset(client: httpx.Client, where: str) -> int:
    return int(client.head(where).headers["upload-offset"])


def held(drafts: Drafts, where: str) -> bytes:
    return drafts.data(*where.rsplit("/", 2)[1:]).read_bytes()


def everything(settings: Settings) -> dict[str, int]:
    """Every file under the folder of uploads, with its size."""
    folder = settings.data_dir / "uploads"
    return {
        str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()
    }
