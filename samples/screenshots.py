"""``python -m samples.screenshots [--out docs/screens] [--only WORD …]``: every page of the portal.

A shelf of samples is made, read and served; Chromium opens each page on a wide and a narrow screen, light
and dark, and what it shows is kept as WebP. Nothing is drawn by hand, so that the guides show what there is.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.desk import Verdict
from domain.errors import RunFailed, ServerNotReady
from domain.holdings import Item, State
from domain.people import ROOT
from domain.ports import Criteria, Shelf
from domain.queries import Query
from domain.values import Actor
from flows.api import open_api
from flows.batches import take_in
from flows.orders import BOOK
from flows.steps import people, units
from flows.steps.acting import Acting
from flows.steps.publish import withdraw
from flows.steps.refuse import refuse
from flows.steps.text_reports import report_text
from flows.steps.verdicts import assess
from flows.steps.walk import walk
from flows.steps.way import digitise
from flows.steps.work import Work
from flows.submit import submit
from portal.readers.cards import LEAFLET
from samples.batch import make_batch
from samples.browser import ARGUMENTS, CHROMIUM
from samples.demo import without_diacritics
from samples.ports import free_port
from samples.serving import EVERYTHING, Server

ROOT_FOLDER = Path(__file__).resolve().parent.parent
PASSWORD = "một câu dài dễ nhớ"  # noqa: S105 - of people who are there while the pictures are taken
WIDTHS, SCHEMES = (1280, 375), ("light", "dark")
QUALITY = 70  # of WebP; text stays sharp
TALLEST = 3_000  # pixels; the rest of a long page is cut away
PATIENCE_S = 60.0
CLERK, OPERATOR = "lan.nguyen", "minh.tran"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the pages are about."""

    book: Item
    leaflet: Item
    withdrawn: Item
    described: Item
    judged: Item
    batch: str
    draft: str
    run: str  # that read the last items
    query: str  # without diacritics
    page: int  # of the book, that answers it


@dataclass(frozen=True, slots=True)
class Shot:
    name: str
    path: Callable[[Holdings], str]
    who: str | None = None


def _shot(name: str, path: str, who: str | None = None) -> Shot:
    return Shot(name, lambda held: path.format(held=held), who)


SHOTS: Sequence[Shot] = (
    _shot("doc-gia-trang-dau", "/"),
    _shot("doc-gia-ket-qua", "/tim?q={held.query}"),
    _shot("doc-gia-khong-thay", "/tim?q=khong+co+tu+nay"),
    _shot("doc-gia-o-tim-nhung", "/nhung"),
    _shot("doc-gia-danh-muc", "/danh-muc"),
    _shot("doc-gia-sach", "/sach/{held.book.accession}"),
    _shot("doc-gia-trang-sach", "/sach/{held.book.accession}/trang/{held.page}?q={held.query}"),
    _shot("doc-gia-hai-trang", "/sach/{held.book.accession}/trang/{held.page}?doi=1"),
    _shot("doc-gia-dang-chu", "/sach/{held.book.accession}/trang/{held.page}?xem=chu&q={held.query}"),
    _shot("doc-gia-cac-to-gap", "/to-gap"),
    _shot("doc-gia-to-gap", "/to-gap/{held.leaflet.accession}"),
    _shot("doc-gia-da-rut", "/sach/{held.withdrawn.accession}"),
    _shot("doc-gia-khong-co-trang", "/khong-co-trang-nay"),
    _shot("dang-nhap", "/dang-nhap"),
    _shot("tai-khoan", "/tai-khoan", CLERK),
    _shot("doi-mat-khau", "/tai-khoan/mat-khau", CLERK),
    _shot("giao-dien-lap-trinh", "/api"),
    _shot("can-bo-cac-lo", "/can-bo/lo", CLERK),
    _shot("can-bo-lo-moi", "/can-bo/lo/moi", CLERK),
    _shot("can-bo-gom-tep", "/can-bo/lo/{held.draft}", CLERK),
    _shot("can-bo-danh-muc", "/can-bo/lo/{held.draft}/danh-muc", CLERK),
    _shot("can-bo-mot-lo", "/can-bo/lo/{held.batch}", CLERK),
    _shot("can-bo-tai-lieu", "/can-bo/sach", CLERK),
    _shot("can-bo-mot-tai-lieu", "/can-bo/sach/{held.described.accession}", CLERK),
    _shot("can-bo-mo-ta", "/can-bo/sach/{held.described.accession}/mo-ta", CLERK),
    _shot("can-bo-kiem-trang", "/can-bo/sach/{held.described.accession}/trang", CLERK),
    _shot("can-bo-quet-lai-trang", "/can-bo/sach/{held.described.accession}/trang/1/quet-lai", CLERK),
    _shot("can-bo-sua-chu", "/can-bo/sach/{held.described.accession}/trang/1/sua", CLERK),
    _shot("can-bo-trich-dan", "/can-bo/sach/{held.described.accession}/trich-dan", CLERK),
    _shot("can-bo-danh-gia", "/can-bo/sach/{held.described.accession}/quyet-dinh/danh-gia", CLERK),
    _shot("can-bo-duyet", "/can-bo/sach/{held.judged.accession}/quyet-dinh/duyet", CLERK),
    _shot("can-bo-rut", "/can-bo/sach/{held.book.accession}/quyet-dinh/rut", CLERK),
    _shot("can-bo-bao-loi", "/can-bo/sach/{held.book.accession}/bao-loi", CLERK),
    _shot("can-bo-lich-su", "/can-bo/sach/{held.described.accession}/lich-su", CLERK),
    _shot("van-hanh-luc-nay", "/van-hanh", OPERATOR),
    _shot("van-hanh-cach-ly", "/van-hanh/cach-ly", OPERATOR),
    _shot("van-hanh-luot-chay", "/van-hanh/luot-chay", OPERATOR),
    _shot("van-hanh-mot-luot-chay", "/van-hanh/luot-chay/{held.run}", OPERATOR),
    _shot("van-hanh-cong-van", "/van-hanh/cach-ly/cong-van?don-vi=stp", OPERATOR),
    _shot("van-hanh-kiem-tra", "/van-hanh/kiem-tra", OPERATOR),
    _shot("van-hanh-so-lieu", "/van-hanh/so-lieu", OPERATOR),
    _shot("van-hanh-cai-dat", "/van-hanh/cai-dat", OPERATOR),
    _shot("quan-tri-nguoi-dung", "/quan-tri/nguoi-dung", OPERATOR),
    _shot("quan-tri-mot-nguoi", "/quan-tri/nguoi-dung/" + CLERK, OPERATOR),
    _shot("quan-tri-don-vi", "/quan-tri/don-vi", OPERATOR),
    _shot("quan-tri-sua-don-vi", "/quan-tri/don-vi/sua?ma=stp", OPERATOR),
    _shot("quan-tri-hai-nguoi", "/quan-tri/hai-nguoi", OPERATOR),
    _shot("quan-tri-nhat-ky", "/quan-tri/nhat-ky", OPERATOR),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m samples.screenshots", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=ROOT_FOLDER / "docs" / "screens")
    parser.add_argument("--only", nargs="+", default=[""], help="pages whose name has one of these in it")
    parser.add_argument("--seed", default="screens")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tusach-screens-") as scratch:
        folder = Path(scratch)
        settings = load_settings(
            data_dir=folder / "shelf",
            actor=CLERK,
            unit="stp",
            portal_port=free_port(),
            prefect_port=free_port(),
            health_port=free_port(),
            shelf_name="Tủ sách pháp luật tỉnh Hồng Lam",
        )
        _fill(settings, folder, asked.seed)
        with Server(settings, EVERYTHING) as server, sync_playwright() as playwright:
            base = server.base
            held = _holdings(settings, base, folder)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            shots = [shot for shot in SHOTS if any(word in shot.name for word in asked.only)]
            for shot in shots:
                for width in WIDTHS:
                    for scheme in SCHEMES:
                        picture = _look(browser, base, shot, held, width, scheme)
                        _keep(picture, asked.out / f"{shot.name}-{width}-{scheme}.webp")
                print(shot.name, flush=True)
            browser.close()


def _fill(settings: Settings, folder: Path, seed: str) -> None:
    """The samples, most of them published, and two people."""
    make_batch(folder, seed)
    files = sorted((folder / "batch").iterdir())
    shell = Acting(Actor("root"), dt.datetime.now(dt.UTC))
    with open_shelf(settings) as shelf:
        units.add_unit(shelf, shell, code="stp", name="Sở Tư pháp")
        for login, name, roles in (
            (CLERK, "Nguyễn Thị Lan", ("update@stp", "manage@stp")),
            (OPERATOR, "Trần Văn Minh", (f"operate@{ROOT}",)),
        ):
            people.add_person(
                shelf,
                shell,
                login=login,
                name=name,
                unit="stp",
                roles=[people.role_of(role, unit="stp") for role in roles],
                password=PASSWORD,
                must_change=False,
            )
        report = take_in(shelf, settings, files[:-2], manifest=folder / "phu-luc-ii.xlsx", publish=True)
        for item_id in report.to_digitise:
            digitise(shelf, item_id, Work(settings.who, settings.ocr))


def _holdings(settings: Settings, base: str, folder: Path) -> Holdings:
    run = _read_by_prefect(settings, sorted((folder / "batch").iterdir())[-2:], folder)
    with open_shelf(settings) as shelf:
        published = [*walk(shelf, Criteria(states=frozenset({State.PUBLISHED})))]
        book = max(published, key=lambda item: item.counts.scanned or 0)
        leaflet = next(item for item in published if item.resource_type == LEAFLET)
        gone = next(item for item in published if item.id not in (book.id, leaflet.id))
        withdraw(shelf, gone.id, settings.who, "Nghị định được viện dẫn đã bị thay thế")
        [described, judged] = walk(shelf, Criteria(states=frozenset({State.DESCRIBED})))
        assess(shelf, judged.id, Verdict.USABLE, "Đã đối chiếu với luật hiện hành", settings.who)
        stuck = [item.id for item in walk(shelf, Criteria(states=frozenset({State.QUARANTINED})))]
        for item_id in stuck:
            refuse(shelf, item_id, "Nộp lại tệp không bị hỏng.", settings.who)
        report_text(shelf, book.id, 2, words="hoà giải", note="Đúng ra là “hòa giải”.")
        query, page = _question(shelf, book)
    draft = _draft(base, folder)
    return Holdings(book, leaflet, gone, described, judged, str(book.batch_id), draft, run, query, page)


def _read_by_prefect(settings: Settings, files: Sequence[Path], folder: Path) -> str:
    """The run that has read these; none of them is published."""
    with open_shelf(settings) as shelf:
        report = take_in(shelf, settings, files, manifest=folder / "phu-luc-ii.xlsx", publish=False)
    _until(lambda: _runner_answers(settings))
    refs = submit(settings, report.to_digitise)

    def done() -> bool:
        with open_shelf(settings) as shelf:
            return len([*walk(shelf, Criteria(states=frozenset({State.DESCRIBED})))]) == len(files)

    _until(done)
    return refs[0].id


def _runner_answers(settings: Settings) -> bool:
    try:
        with open_api(settings) as api:
            return api.deployment(BOOK) is not None
    except (ServerNotReady, RunFailed):
        return False


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5 * PATIENCE_S
    while not happened():
        if time.monotonic() > deadline:
            raise SystemExit(f"never happened: {happened}")
        time.sleep(0.5)


def _question(shelf: Shelf, book: Item) -> tuple[str, int]:
    """Words of the book's title as they are typed without diacritics, and a page that has them."""
    query = without_diacritics(" ".join(book.title.split()[-3:])).lower()
    found = shelf.index.search(Query(query, item_id=book.id))
    return query.replace(" ", "+"), max(page.number for page in found.items[0].pages)


def _draft(base: str, folder: Path) -> str:
    """A batch that the clerk has begun to put together, with a manifest."""
    with _signed_in(base, CLERK) as client:
        said = {"unit": "stp", "languages": "vie", "dpi": "300", "form_token": _word(client)}
        answer = client.post("/can-bo/lo/moi", data=said)
        draft = answer.headers["location"].rstrip("/").rpartition("/")[2]
        names = [*sorted((folder / "batch").glob("*.pdf"))[:2], folder / "phu-luc-ii.xlsx"]
        sent = [("file", (path.name, path.read_bytes())) for path in names]
        taken = client.post(f"/can-bo/lo/{draft}/tep", data={"form_token": _word(client)}, files=sent)
        if taken.status_code >= httpx.codes.BAD_REQUEST:
            raise SystemExit(f"the files are not taken: {taken.status_code}")
        _, _, after = client.get(f"/can-bo/lo/{draft}").text.partition('name="file" value="')
        chosen = {"form_token": _word(client), "file": after.partition('"')[0]}
        client.post(f"/can-bo/lo/{draft}/chon-danh-muc", data=chosen)
        return draft


@contextmanager
def _signed_in(base: str, login: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base, trust_env=False, timeout=PATIENCE_S) as client:
        answer = client.post("/dang-nhap", data={"login": login, "password": PASSWORD})
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise SystemExit(f"{login} does not come in: {answer.status_code}")
        yield client


def _word(client: httpx.Client) -> str:
    """What a form has to say back."""
    _, _, after = client.get("/tai-khoan/mat-khau").text.partition('name="form_token" value="')
    return after.partition('"')[0]


def _look(browser: Browser, base: str, shot: Shot, held: Holdings, width: int, scheme: str) -> bytes:
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="vi-VN",
    )
    try:
        _come_in(context, base, shot.who)
        page = context.new_page()
        page.goto(shot.path(held), wait_until="networkidle")
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(800, height)})
        page.evaluate("window.scrollTo(0, 0)")
        return page.screenshot()
    finally:
        context.close()


def _come_in(context: BrowserContext, base: str, who: str | None) -> None:
    if who is not None:
        with _signed_in(base, who) as client:
            context.add_cookies(
                [{"name": name, "value": value, "url": base} for name, value in client.cookies.items()]
            )


def _keep(picture: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(picture)) as shown:
        shown.convert("RGB").save(path, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
