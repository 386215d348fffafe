"""Asking the API whatever its description allows, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

from portal.access import ACCESS
from portal.app import every_router
from tests.portal.keys import program

EXAMPLES = 24  # of each operation
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    (method, one.path)
    for router in every_router()
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
    clerk: str = "an"
    operator: str = "binh"

    def version(self, path: str) -> object:
        """Of what stands there now, so that a change is not always too late."""
        with program(self.base, self.keys[self.clerk]) as staff:
            return staff.get(path).json().get("version", "")


def seen_at(path: str) -> str:
    """Where the version stands that a change of this path names."""
    item, _, page = path.partition("/pages/")
    before, lines, _ = path.partition("/lines")
    return f"{item}/arrangement" if page and not lines else before + lines


def described(base: str) -> schemathesis.BaseSchema:
    schema = schemathesis.openapi.from_dict(requests.get(f"{base}/api/openapi.json", timeout=30).json())
    schema.config.generation.update(with_security_parameters=False)  # keys are ours
    return schema


def answers_as_described(known: Known, method: str, path: str) -> None:
    """That whatever is asked, the answer is one that the description knows, and none is a 5xx."""
    operation = known.schema[path][method.lower()]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
    able = known.operator if operation.definition.raw[ACCESS] == "operate" else known.clerk
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
            case.body["version"] = known.version(seen_at(case.formatted_path))
        if real > 4 and "event" in (case.query or {}):
            case.query["event"] = event
        headers = {"authorization": f"Bearer {known.keys[who]}"} if who else {}
        answer = case.call(base_url=known.base, session=session, headers=headers)
        case.validate_response(answer, checks=CHECKS)
        told.append(answer.status_code)

    told: list[int] = []
    holds()
    assert not {401, 403}.issuperset(told)  # what lies behind the door was asked too
