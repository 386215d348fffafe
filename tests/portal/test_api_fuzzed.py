"""Whatever is asked of the API, it answers as its description says, and never breaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from flows.batches import take_in
from portal.access import ACCESS
from portal.app import ROUTERS
from tests.portal.desks import desk_at
from tests.portal.keys import key_of, program

EXAMPLES = 24  # of each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    (method, one.path)
    for router in ROUTERS
    for one in router.routes
    if one.include_in_schema
    for method in sorted(one.methods)
]


@dataclass(frozen=True)
class Known:
    """An API over a shelf on which there is something of everything."""

    base: str
    schema: schemathesis.BaseSchema
    keys: Mapping[str, str]  # by login; "" is nobody's
    named: Mapping[str, list[str]]  # what may stand in an address

    def version(self, path: str) -> str:
        """Of what stands there now, so that a change is not always too late."""
        with program(self.base, self.keys["an"]) as staff:
            return str(staff.get(path).json().get("version", ""))


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
        schema = schemathesis.openapi.from_dict(
            requests.get(f"{desk.base}/api/openapi.json", timeout=30).json()
        )
        schema.config.generation.update(with_security_parameters=False)  # keys are ours
        yield Known(
            desk.base,
            schema,
            keys,
            {
                "accession": [one.accession for one in items],
                "batch": [spoilt.id, *(one.batch_id for one in items)],
                "draft": drafts,
                "login": ["an", "binh"],
                "number": ["1", "2"],
                "ordinal": ["1"],
                "place": ["1", "2"],
            },
        )


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_description_knows(known: Known, method: str, path: str):
    operation = known.schema[path][method.lower()]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
    able = "binh" if operation.definition.raw[ACCESS] == "operate" else "an"
    session = requests.Session()
    session.trust_env = False

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=cases,
        who=st.sampled_from([able, able, able, *known.keys]),
        real=st.integers(0, 9),
        event=st.integers(1, 40),
    )
    def holds(case, who, real, event):
        if real:  # mostly what there is, so that it is not always told that there is nothing
            for name in case.path_parameters:
                case.path_parameters[name] = known.named[name][real % len(known.named[name])]
        if real > 4 and isinstance(case.body, dict) and "version" in case.body:
            before, lines, _ = case.formatted_path.partition("/lines")
            case.body["version"] = known.version(before + lines)
        if real > 4 and "event" in (case.query or {}):
            case.query["event"] = event
        headers = {"authorization": f"Bearer {known.keys[who]}"} if who else {}
        answer = case.call(base_url=known.base, session=session, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        told.append(answer.status_code)

    told: list[int] = []
    holds()
    assert not {401, 403}.issuperset(told)  # what lies behind the door was asked too
