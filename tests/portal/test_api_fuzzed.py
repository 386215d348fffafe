"""Whatever is asked of the API, it answers as its description says, and never breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.batches import take_in
from tests.portal.desks import desk_at
from tests.portal.fuzzing import OPERATIONS, Known, answers_as_described, described
from tests.portal.keys import key_of, program

ASKED_ELSEWHERE = "/api/v1/operate/runs"  # tests/portal/test_operate_served.py has Prefect to ask


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with desk_at(tmp_path_factory.mktemp("fuzzed")) as desk:
        items = [
            desk.new_book("Công bố", publish=True, first_folio=3),
            desk.new_book("Mô tả", first_folio=30),
            desk.unread("Đang chờ"),
        ]
        broken = desk.folder / "hỏng.pdf"
        broken.write_bytes(b"%PDF-1.4 and nothing behind")
        spoilt = take_in(desk.shelf, desk.settings, [broken], publish=False).batch
        keys = {login: key_of(desk.shelf, login) for login in ("an", "binh", "chi", "xa")} | {"": ""}
        with program(desk.base, keys["an"]) as staff:
            drafts = [staff.post("/api/v1/drafts", json={"unit": "stp"}).json()["id"] for _ in range(3)]
        yield Known(
            desk.base,
            described(desk.base),
            keys,
            {
                "accession": [one.accession for one in items],
                "batch": [spoilt.id, *(one.batch_id for one in items)],
                "draft": drafts,
                "login": ["an", "binh"],
                "number": ["1", "2"],
                "ordinal": ["1"],
                "place": ["1", "2"],
                "report": ["1", "2"],
            },
        )


@pytest.mark.parametrize(
    ("method", "path"), [one for one in OPERATIONS if not one[1].startswith(ASKED_ELSEWHERE)]
)
def test_every_answer_is_one_that_the_description_knows(known: Known, method: str, path: str):
    answers_as_described(known, method, path)
