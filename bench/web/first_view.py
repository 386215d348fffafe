"""What a phone gets at its first visit: bytes on the wire, and when something is to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.measure import Check, free_port, show, stop, workplace
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from flows.batches import take_in
from flows.steps.way import digitise
from flows.steps.work import Work
from samples.batch import make_batch
from samples.browser import ARGUMENTS, CHROMIUM
from samples.serving import Server

PHONE = {
    "viewport": {"width": 375, "height": 667},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
TIMES = 5  # that each page is opened on the slow line; the median counts
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
SLOWER = 6  # times, the processor
BOOKS = 2  # sample files that are read: an ordinary book and one of questions
SEARCH, READER = "search", "reader"
MOST_BYTES = {SEARCH: 80_000, READER: 95_000}

_OBSERVE = """
window.seen = {lcp: 0, cls: 0};
new PerformanceObserver(list => { for (const one of list.getEntries()) window.seen.lcp = one.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries())
  if (!one.hadRecentInput) window.seen.cls += one.value; })
  .observe({type: 'layout-shift', buffered: true});
"""
_TOLD = """() => ({...window.seen,
  fcp: performance.getEntriesByName('first-contentful-paint')[0].startTime})"""


@dataclass(frozen=True, slots=True)
class View:
    fcp: float  # seconds
    lcp: float
    cls: float


def measure() -> list[Check]:
    with workplace("web") as folder:
        settings = _shelf(folder)
        with Server(settings) as portal, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            pages = _pages(settings)
            weights = {name: _weight(browser, portal.base + path) for name, path in pages.items()}
            views = {
                name: _median([_view(browser, portal.base + path) for _ in range(TIMES)])
                for name, path in pages.items()
            }
            browser.close()
    show(
        "First view of a phone, 375 px at two device pixels",
        ["page", "bytes", *next(iter(weights.values())), "FCP s", "LCP s", "CLS"],
        [
            [
                name,
                f"{sum(weights[name].values()):,}",
                *(f"{bytes_:,}" for bytes_ in weights[name].values()),
                f"{views[name].fcp:.2f}",
                f"{views[name].lcp:.2f}",
                f"{views[name].cls:.3f}",
            ]
            for name in pages
        ],
    )
    checks = [Check(f"{name}: bytes", sum(weights[name].values()), most) for name, most in MOST_BYTES.items()]
    for name, view in views.items():
        checks += [
            Check(f"{name}: FCP", view.fcp, 2.0, "s"),
            Check(f"{name}: LCP", view.lcp, 3.5, "s"),
            Check(f"{name}: CLS", view.cls, 0.02),
        ]
    return checks


def _shelf(folder: Path) -> Settings:
    """Sample books, read and published."""
    make_batch(folder / "in", "1")
    settings = load_settings(data_dir=folder / "data", actor="bench", unit="bench", portal_port=free_port())
    books = sorted((folder / "in" / "batch").glob("*.pdf"))[:BOOKS]
    with open_shelf(settings) as shelf:
        report = take_in(shelf, settings, books, publish=True)
        for item_id in report.to_digitise:
            digitise(shelf, item_id, Work(settings.who, settings.ocr, jobs=settings.jobs))
    return settings


def _pages(settings: Settings) -> dict[str, str]:
    """A search that finds something, and a page in the midst of a book with it marked."""
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        items = seen.readers.newest(10)
        if not items:
            stop("no sample book was published")
        item = max(items, key=lambda one: one.counts.scanned or 0)
    number = Random(1).randint(5, max(5, (item.counts.scanned or 5) - 2))
    return {SEARCH: "/tim?q=phap+luat", READER: f"/sach/{item.accession}/trang/{number}?q=phap+luat"}


def _weight(browser: Browser, address: str) -> dict[str, int]:
    """Bytes on the wire by kind, heads included, with an empty cache."""
    found = {"document": 0, "stylesheet": 0, "script": 0, "image": 0, "other": 0}
    context = browser.new_context(**PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    kinds: dict[str, str] = {}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"].lower()})
    )

    def finished(told: dict[str, object]) -> None:
        kind = kinds.get(str(told["requestId"]), "other")
        found[kind if kind in found else "other"] += int(float(str(told["encodedDataLength"])))

    session.on("Network.loadingFinished", finished)
    page.goto(address)
    page.wait_for_load_state("networkidle")
    context.close()
    return found


def _view(browser: Browser, address: str) -> View:
    context = browser.new_context(**PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    session: CDPSession = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, timeout=120_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)  # a shift of the layout may follow the last byte
    told = page.evaluate(_TOLD)
    context.close()
    return View(told["fcp"] / 1000, told["lcp"] / 1000, told["cls"])


def _median(views: list[View]) -> View:
    def middle(figures: list[float]) -> float:
        return sorted(figures)[len(figures) // 2]

    return View(
        middle([one.fcp for one in views]), middle([one.lcp for one in views]), max(one.cls for one in views)
    )
