"""One shelf, one portal and one browser for the tests of a worker; they leave the shelf as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.ports import Shelf
from samples.browser import ARGUMENTS, CHROMIUM
from tests.faults.scans import draw_book
from tests.faults.walk import walk
from tests.flows.serving import free_port
from tests.flows.steps.people import add
from tests.portal.odd import odd, odd_base  # noqa: F401
from tests.portal.serving import AXE, served
from tests.portal.signing import STAFF, Signed, sign_in


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Settings:
    """Two published books and a broken file in quarantine, of the unit "stp", and the people of STAFF."""
    folder = tmp_path_factory.mktemp("in")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.4 and nothing behind")
    batch = [
        draw_book(folder / "Sổ tay hòa giải.pdf", pages=6),
        draw_book(folder / "Cẩm nang.pdf", pages=3, first_folio=7),
        folder / "hỏng.pdf",
    ]
    data = tmp_path_factory.mktemp("library")
    settings = load_settings(data_dir=data, actor="lan", unit="stp", portal_port=free_port())
    with open_shelf(settings) as shelf:
        walk(shelf, settings, batch)
        for login, roles in STAFF.items():
            add(shelf, login, *roles, unit="stp")
    return settings


@pytest.fixture(scope="session")
def shelf(library: Settings) -> Iterator[Shelf]:
    with open_shelf(library) as opened:
        yield opened


@pytest.fixture(scope="session")
def base(library: Settings) -> Iterator[str]:
    """The address of the portal over the library."""
    with served(library) as address:
        yield address


@pytest.fixture
def client(base: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, trust_env=False, timeout=30) as opened:
        yield opened


@pytest.fixture
def signed_in(base: str) -> Iterator[Callable[[str], Signed]]:
    """Somebody of STAFF who has come in through the door: ``signed_in("binh").post("/…", {…})``."""
    with ExitStack() as opened:
        yield lambda login: opened.enter_context(sign_in(base, login))


@pytest.fixture(scope="module")
def as_(desk) -> Iterator[Callable[[str], Signed]]:
    """Somebody of PEOPLE at a module's own ``desk``, signed in once for all its tests."""
    held: dict[str, Signed] = {}
    with ExitStack() as opened:

        def signed(login: str) -> Signed:
            if login not in held:
                held[login] = opened.enter_context(sign_in(desk.base, login))
            return held[login]

        yield signed


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: scripts/setup --dev installs it")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Callable[..., Page]]:
    """Open a path in a window of its own: ``visit("/", width=375, scheme="dark", javascript=False)``.

    Whatever the page complains of (a script's error, the CSP) fails the test at its end.
    """
    contexts: list[Any] = []
    complaints: list[str] = []

    def opened(
        path: str, *, width: int = 1280, scheme: str = "light", javascript: bool = True, **kept: Any
    ) -> Page:
        context = browser.new_context(
            base_url=base,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            java_script_enabled=javascript,
            locale="vi-VN",
            **kept,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("response", lambda told: complaints.append(told.url) if _is_missing(told) else None)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(said: Any) -> bool:
    return said.type == "error" and not said.text.startswith("Failed to load resource")


def _is_missing(told: Any) -> bool:
    """Whether something that a page is made of could not be had; the page itself may be an error's."""
    return told.status >= 400 and not told.request.is_navigation_request()


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """What axe-core finds wrong with the page that a window shows: every rule, the whole page."""

    def found(page: Page) -> list[str]:
        page.evaluate(AXE.read_text("utf-8"))  # by the debugger: the page's own policy stays as it is
        result = page.evaluate("axe.run()")
        return [f"{one['id']}: {node['html']}" for one in result["violations"] for node in one["nodes"]]

    return found
