"""A portal of its own for those who send files, and the people who do."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.options import IntakePolicy
from flows.steps.drafts import Drafts, drafts_in
from flows.steps.units import add_unit
from flows.steps.uploads import Draft
from tests.flows.serving import free_port
from tests.flows.steps.people import ROOT_SHELL
from tests.portal.serving import Server
from tests.portal.staffing import Staff, hire
from tests.portal.uploads.sending import LONGEST, begin, signed_in


@pytest.fixture(scope="package")
def settings(tmp_path_factory) -> Settings:
    return load_settings(
        data_dir=tmp_path_factory.mktemp("landing"),
        portal_port=free_port(),
        intake=IntakePolicy(max_file_bytes=LONGEST),
    )


@pytest.fixture(scope="package")
def staff(settings: Settings) -> dict[str, Staff]:
    with open_shelf(settings) as shelf:
        add_unit(shelf, ROOT_SHELL, code="stp", name="Sở Tư pháp")
        add_unit(shelf, ROOT_SHELL, code="xa", name="Ủy ban nhân dân xã")
        return {
            "lan": hire(shelf, "lan", "update", unit="stp"),
            "minh": hire(shelf, "minh", "update", unit="stp"),
            "xem": hire(shelf, "xem", "access", unit="stp"),
            "hoa": hire(shelf, "hoa", "update", "manage", unit="stp"),
            "xa": hire(shelf, "xa", "update", "manage", unit="xa"),
        }


@pytest.fixture(scope="package")
def server(settings: Settings, staff: dict[str, Staff]) -> Iterator[Server]:
    with Server(settings) as running:
        yield running


@pytest.fixture
def drafts(settings: Settings) -> Drafts:
    return drafts_in(settings.data_dir)


@pytest.fixture
def draft(drafts: Drafts, staff: dict[str, Staff]) -> Iterator[Draft]:
    made = begin(drafts, staff["lan"])
    yield made
    drafts.remove_all(made.id)


@pytest.fixture
def lan(server: Server, staff: dict[str, Staff]) -> Iterator[httpx.Client]:
    with signed_in(server, staff["lan"]) as client:
        yield client
