"""What a bad day does to an upload.

Chromium sends one file of 1 GiB through the portal's own page. Meanwhile the server is killed -9 three
times and started again two seconds later, the tab is closed and opened again (the person chooses the file
anew), and the browser is offline for four seconds. Another visitor asks for pages all the while. In the
end the bytes have to be the same, the server small, the pages quick. Then the requests that have to leave
no byte are sent.

    python -m bench.upload [--mib 1024] [--seed 1]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.measure import Check, free_port, load, show, stop, verdict, workplace
from config.environment import child_environment
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.people import Person
from domain.values import Actor
from flows.steps.acting import Acting
from flows.steps.drafts import Drafts, drafts_in
from flows.steps.people import add_person, role_of
from flows.steps.sign_in import Visit, open_session
from portal.signing import FORM_HEADER, cookie_name, form_token, now
from samples.browser import ARGUMENTS, CHROMIUM
from samples.serving import answers

KILLS = 3
AWAY_S = 2.0  # between a kill and the next start, as a supervisor would
OFFLINE_S = 4.0
PATIENCE_S = 900.0
ASK_S = 0.1  # between one answer and the next question of the other visitor
PAGES = ("/", "/dang-nhap", "/can-bo/lo")
RESIDENT_MIB, ANSWER_S = 100, 0.5


@dataclass
class Portal:
    """The server as it is run, with what it cost at its worst."""

    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    resident: int = 0  # bytes, the most that any of them had
    started_at: float = 0.0  # monotonic seconds
    away: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.settings.portal_port}"

    def start(self) -> None:
        with (self.settings.data_dir / "portal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal"],
                env=child_environment(self.settings),
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 60
        while not answers(self.base):
            if time.monotonic() > deadline or self.process.poll() is not None:
                stop("the portal does not start")
            time.sleep(0.05)
        self.started_at = time.monotonic()
        self.away.clear()

    def kill(self) -> None:
        """-9, with whatever it was writing."""
        self.look()
        self.away.set()
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def look(self) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                self.resident = max(self.resident, psutil.Process(self.process.pid).memory_info().rss)
            except psutil.NoSuchProcess:
                return


@dataclass
class Visitor:
    """Somebody else, who asks for one page after the other while the server lives."""

    portal: Portal
    cookies: dict[str, str]
    over: threading.Event = field(default_factory=threading.Event)
    took: list[tuple[float, str, float]] = field(default_factory=list)  # s, page, s since the start

    def go(self) -> None:
        with httpx.Client(
            base_url=self.portal.base, cookies=self.cookies, trust_env=False, timeout=30
        ) as client:
            turn = 0
            while not self.over.wait(ASK_S):
                turn += 1
                self.portal.look()
                began = time.monotonic()
                try:
                    page = PAGES[turn % len(PAGES)]
                    answer = client.get(page)
                except httpx.TransportError:
                    continue  # killed
                if not self.portal.away.is_set() and answer.status_code < 500:
                    self.took.append((time.monotonic() - began, page, began - self.portal.started_at))


@contextmanager
def visiting(portal: Portal, cookies: dict[str, str]) -> Iterator[Visitor]:
    visitor = Visitor(portal, cookies)
    thread = threading.Thread(target=visitor.go, daemon=True)
    thread.start()
    try:
        yield visitor
    finally:
        visitor.over.set()
        thread.join()


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.upload")
    options.add_argument("--mib", type=int, default=1024)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    with workplace("upload") as folder:
        scan = folder / "Sổ tay một ghi-ga.pdf"
        digest = _draw(scan, asked.mib, asked.seed)
        settings = load_settings(data_dir=folder / "data", portal_port=free_port(), unit="stp")
        settings.data_dir.mkdir()
        person, secret = _clerk(settings)
        portal = Portal(settings)
        portal.start()
        try:
            _measure(portal, person, secret, scan, digest, asked.mib)
        finally:
            portal.kill()


def _draw(path: Path, mib: int, seed: int) -> str:
    """A file of noise, which nothing on the way can make smaller; its SHA-256."""
    chance, digest = random.Random(seed), hashlib.sha256()
    with path.open("wb") as out:
        for _ in range(mib):
            piece = chance.randbytes(1 << 20)
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _clerk(settings: Settings) -> tuple[Person, str]:
    with open_shelf(settings) as shelf:
        person = add_person(
            shelf,
            Acting(Actor("bench"), now()),
            login="lan",
            name="Lan",
            unit="default",
            roles=[role_of("update", unit="default")],
            password=None,
        )
        with shelf.catalog.begin() as changes:
            return person, open_session(changes, person, Visit("127.0.0.1", now()), how="bench").secret


def _measure(portal: Portal, person: Person, secret: str, scan: Path, digest: str, mib: int) -> None:
    drafts = drafts_in(portal.settings.data_dir)
    cookies = {cookie_name(secure=False): secret}
    with sync_playwright() as playwright, visiting(portal, cookies) as visitor:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context(base_url=portal.base, locale="vi-VN")
        context.add_cookies([{"name": name, "value": cookies[name], "url": portal.base} for name in cookies])
        began = time.monotonic()
        _send(portal, context, drafts, person, scan)
        took = time.monotonic() - began
        browser.close()
    (draft,) = drafts.of(person.id)
    (upload,) = drafts.uploads(draft.id)
    found = hashlib.sha256(drafts.data(draft.id, upload.upload.id).read_bytes()).hexdigest()
    left = _refused(portal, cookies, secret, draft.id, portal.settings.data_dir / "uploads")
    took_each = sorted(visitor.took)
    show(
        f"1 file of {mib} MiB, {KILLS} kills, tab closed, offline {OFFLINE_S:.0f} s ({load()})",
        ("what", "figure"),
        [
            ("from the first byte to the last", f"{took:.1f} s"),
            ("largest server", f"{portal.resident / 2**20:.0f} MiB"),
            ("pages answered meanwhile", f"{len(took_each)}"),
            ("median", f"{took_each[len(took_each) // 2][0]:.3f} s"),
            *(
                (f"slow: {page}, {age:.0f} s after the start", f"{seconds:.3f} s")
                for seconds, page, age in took_each[:-4:-1]
            ),
            ("requests that were refused", f"{len(left)}"),
        ],
    )
    verdict(
        [
            Check("files whose hash differs", float(found != digest), 0),
            Check("memory of the server", portal.resident / 2**20, RESIDENT_MIB, "MiB"),
            Check("slowest page meanwhile", took_each[-1][0], ANSWER_S, "s"),
            Check("pages asked for meanwhile", len(took_each), 30, at_least=True),
            Check("refused requests that were answered otherwise", sum(not ok for _, ok, _ in left), 0),
            Check("bytes that refused requests left", sum(count for _, _, count in left), 0, "byte"),
        ]
    )


def _send(portal: Portal, context: BrowserContext, drafts: Drafts, person: Person, scan: Path) -> None:
    """Choose the file, and let the day take its course; each misfortune at its own share of the file."""
    page = context.new_page()
    page.goto("/can-bo/lo/moi")
    page.click("main button")
    where = page.url
    page.set_input_files("#choose-files", scan)
    size = scan.stat().st_size
    for turn, share in enumerate((0.10, 0.35, 0.60)):
        _await(drafts, person, int(share * size), page)
        portal.kill()
        time.sleep(AWAY_S)
        portal.start()
        if turn == 0:
            _await(drafts, person, int(0.2 * size), page)
            page.close()
            time.sleep(1)
            page = context.new_page()
            page.goto(where)
            page.set_input_files("#choose-files", scan)
        elif turn == 1:
            _await(drafts, person, int(0.45 * size), page)
            context.set_offline(True)
            time.sleep(OFFLINE_S)
            context.set_offline(False)
    _await(drafts, person, size, page)
    page.get_by_text("Đã gửi xong 1 tệp.").wait_for(timeout=60_000)


def _await(drafts: Drafts, person: Person, bytes_there: int, page: Page) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while _there(drafts, person) < bytes_there:
        if time.monotonic() > deadline:
            stop(f"nothing moves: {page.inner_text('#going')}")
        page.wait_for_timeout(50)


def _there(drafts: Drafts, person: Person) -> int:
    return sum(one.offset for draft in drafts.of(person.id) for one in drafts.uploads(draft.id))


def _refused(
    portal: Portal, cookies: dict[str, str], secret: str, draft_id: str, folder: Path
) -> list[tuple[str, bool, int]]:
    """Each request that has to leave nothing: what, whether it was refused as it should be, bytes left."""
    usual = {"Tus-Resumable": "1.0.0", FORM_HEADER: form_token(secret)}
    piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    wrong = "sha256 " + "A" * 43 + "="
    found: list[tuple[str, bool, int]] = []
    with _client(portal, usual, {}) as stranger, _client(portal, usual, cookies) as clerk:
        name = {"Upload-Length": "1000000", "Upload-Metadata": "filename YS5wZGY="}
        where = clerk.post(f"/can-bo/tai-len/{draft_id}", headers=name).headers["location"]
        body = b"x" * 1_000_000

        def note(what: str, status: int, wanted: int, before: int) -> None:
            found.append((what, status == wanted, _weight(folder) - before))

        before = _weight(folder)
        note("unauthorised", stranger.patch(where, content=body, headers=piece).status_code, 401, before)
        more = clerk.patch(where, content=body + b"x", headers=piece).status_code
        note("over-long", more, 413, before)
        headers = piece | {"Upload-Checksum": wrong}
        note("wrong hash", clerk.patch(where, content=body, headers=headers).status_code, 460, before)
        with _holding(clerk, where, piece):
            there = _weight(folder)
            status = clerk.patch(where, content=body, headers=piece).status_code
            note("second writer", status, 423, there)
    return found


def _client(portal: Portal, headers: dict[str, str], cookies: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=portal.base, headers=headers, cookies=cookies, trust_env=False, timeout=60)


@contextmanager
def _holding(client: httpx.Client, where: str, headers: dict[str, str]) -> Iterator[None]:
    """A first writer who has sent a little and goes on slowly."""
    begun, over = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield b"x" * 1000
        begun.set()
        over.wait(30)

    def write() -> None:
        with httpx.Client(
            base_url=client.base_url, cookies=client.cookies, headers=client.headers, trust_env=False
        ) as first:
            first.patch(where, content=slowly(), headers=headers)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    begun.wait(30)
    time.sleep(0.5)
    try:
        yield
    finally:
        over.set()
        thread.join()


def _weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.data"))


if __name__ == "__main__":
    main()
