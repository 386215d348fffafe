"""The operators' pages over a shelf whose Prefect is away: what they show, and what they change."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.holdings import Counts, State
from domain.ids import Accession
from domain.people import ActCriteria, Unit
from domain.ports import Shelf
from domain.records import Record
from domain.values import Actor, Reason
from flows.steps.refuse import REFUSED
from tests.catalog.holdings import a_batch, a_scan, an_item
from tests.faults.walk import walk
from tests.flows.serving import free_port, until
from tests.flows.steps.people import add
from tests.portal.serving import served
from tests.portal.signing import Signed, sign_in

HOSTILE = "<img src=x onerror=alert(1)>\u202e =cmd.pdf"
STP, XA = Actor("lan", "stp"), Actor("mai", "xã <b>")
CODES = ("ocr.engine_timed_out", "item.confidential_marking", "intake.encrypted_pdf")


@dataclass(frozen=True)
class Yard:
    """A shelf of its own with a portal over it, whose items tests may change."""

    settings: Settings
    shelf: Shelf
    base: str

    def stuck(self, code: str, by: Actor = STP, count: int = 1) -> list[Accession]:
        """Items in quarantine for that reason, in a batch of their own."""
        fields = {"name": HOSTILE, "marking": "MẬT", "page": 3, "image": 1, "seconds": 120}
        found = []
        with self.shelf.catalog.begin() as changes:
            batch = a_batch(actor=by)
            changes.add_batch(batch)
            for _ in range(count):
                item = an_item(
                    batch,
                    changes.next_accession("VN", 2026),
                    actor=by,
                    state=State.QUARANTINED,
                    reason=Reason(code, fields),
                    title=HOSTILE,
                )
                changes.add_item(item, a_scan(item.id, HOSTILE), Record())
                found.append(item.accession)
        return found

    def item(self, accession: str):
        with self.shelf.catalog.view() as seen:
            return seen.item(accession)

    def acts(self) -> list[str]:
        with self.shelf.catalog.view() as seen:
            return [one.action for one in seen.people.acts(ActCriteria(), before=None, limit=50)]


@pytest.fixture(scope="module")
def yard(tmp_path_factory) -> Iterator[Yard]:
    data, source = tmp_path_factory.mktemp("kệ"), tmp_path_factory.mktemp("in")
    broken = source / "hỏng – =1+1.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing behind")
    settings = load_settings(
        data_dir=data, actor="lan", unit="stp", portal_port=free_port(), prefect_port=free_port()
    )
    with open_shelf(settings) as shelf:
        walk(shelf, settings, [broken])
        with shelf.catalog.begin() as changes:
            changes.people.keep_unit(Unit("stp2", "Sở khác"))
        add(shelf, "goc", "operate@default")
        add(shelf, "stp", "operate@stp", "manage@stp", unit="stp")
        add(shelf, "xa", "operate@stp2", unit="stp2")
        add(shelf, "nop", "update@stp", unit="stp")
        add(shelf, "xem", "access@stp", unit="stp")
        with served(settings) as base:
            yield Yard(settings, shelf, base)


@pytest.fixture
def root(yard) -> Iterator[Signed]:
    with sign_in(yard.base, "goc") as client:
        yield client


@pytest.fixture
def of_stp(yard) -> Iterator[Signed]:
    with sign_in(yard.base, "stp") as client:
        yield client


PAGES = [
    "/van-hanh",
    "/van-hanh/luc-nay",
    "/van-hanh/cach-ly",
    "/van-hanh/luot-chay",
    "/van-hanh/kiem-tra",
    "/van-hanh/kiem-tra/luc-nay",
    "/van-hanh/cai-dat",
    "/van-hanh/so-lieu",
    "/van-hanh/so-lieu.csv",
    "/api/v1/operate/now",
    "/api/v1/operate/quarantine",
    "/api/v1/operate/numbers",
    "/api/v1/operate/audit",
    "/api/v1/operate/settings",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_soon_though_prefect_is_away(yard, root, path):
    yard.stuck("item.crashes", XA)
    began = time.monotonic()
    answer = root.get(path)
    assert answer.status_code == 200, answer.text
    assert time.monotonic() - began < 5
    if answer.headers["content-type"].startswith("text/html"):
        assert "<img src=x" not in answer.text
        assert "xã <b>" not in answer.text


def test_what_does_not_answer_is_said_not_to(root):
    assert "không trả lời" in root.get("/van-hanh").text
    assert root.get("/api/v1/operate/now").json()["parts"]["runner"]["answers"] is False
    assert "Prefect không trả lời" in root.get("/van-hanh/luot-chay").text


@pytest.mark.parametrize(
    "path",
    [
        "/van-hanh/cach-ly?sau=%27%3B--&ly-do=%3Cb%3E&don-vi=x&lo=%F0%9F%92%A3",
        "/van-hanh/cach-ly/cong-van?don-vi=%3Cscript%3E",
        "/van-hanh/so-lieu?tu=2026-01-01&den=2026-12-31&don-vi=khong-co",
        "/van-hanh/so-lieu?tu=1990-01-01&den=1990-02-01",
        "/api/v1/operate/quarantine?code=%00&after=x",
    ],
)
def test_an_absurd_question_finds_nothing(root, path):
    answer = root.get(path)
    assert answer.status_code == 200
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/van-hanh/so-lieu?tu=2020-01-01&den=2026-12-31",
        "/van-hanh/so-lieu?tu=2026-12-31&den=2026-01-01",
        "/van-hanh/so-lieu?tu=hom-qua",
        "/van-hanh/so-lieu?tu=0001-01-01&den=0001-01-02",
        "/van-hanh/so-lieu?den=9999-12-31",
        "/van-hanh/luot-chay/khong-phai-ma",
        "/van-hanh/luot-chay?sau=1.2",
        f"/van-hanh/luot-chay?sau={'9' * 17}.{UUID(int=0)}",
        f"/van-hanh/luot-chay?sau=1.{'-' * 36}",
        "/api/v1/operate/quarantine?limit=100000",
    ],
)
def test_a_question_beyond_the_bounds_is_refused(root, path):
    assert root.get(path).status_code == 422


def test_now_tells_what_waits_and_how_long_it_will_take(yard, root):
    with yard.shelf.catalog.begin() as changes:
        batch = a_batch(actor=STP)
        changes.add_batch(batch)
        item = an_item(
            batch,
            changes.next_accession("VN", 2026),
            actor=STP,
            state=State.READING,
            counts=Counts(images=120),
            title="Sổ tay đang đọc",
        )
        changes.add_item(item, a_scan(item.id), Record())
        now = changes.clock()
        for back in (0, 1, 2):
            changes.figures.count_read(item.id, 20, now - back * dt.timedelta(minutes=1))
    page, told = root.get("/van-hanh/luc-nay").text, root.get("/api/v1/operate/now").json()
    assert "Sổ tay đang đọc" in page
    assert '<progress max="120" value="0"' in page
    assert told["pages_ahead"] == 120
    assert 10 <= told["pages_per_minute"] <= 60
    assert told["seconds_left"] == pytest.approx(60 * 120 / told["pages_per_minute"], rel=0.05)
    with yard.shelf.catalog.begin() as changes:
        changes.move(item.id, State.QUARANTINED, actor=STP, at=changes.clock(), reason=Reason("item.crashes"))


def test_who_operates_one_unit_sees_that_unit_and_not_the_machine(yard, of_stp):
    [own], [other] = yard.stuck("ocr.failed", STP), yard.stuck("ocr.failed", XA)
    page = of_stp.get("/van-hanh/cach-ly?ly-do=ocr.failed").text
    assert own in page
    assert other not in page
    assert of_stp.get("/api/v1/operate/now").json()["parts"] is None
    told = of_stp.get("/api/v1/operate/quarantine?limit=200").json()
    assert {one["unit"] for one in told["items"]} == {"stp"}
    for path in ("/van-hanh/kiem-tra", "/van-hanh/cai-dat"):
        assert of_stp.get(path).status_code == 403
    assert of_stp.send_form("/van-hanh/kiem-tra", {}).status_code == 403


def test_nobody_changes_what_is_not_theirs(yard, of_stp):
    [other] = yard.stuck("ocr.failed", XA)
    for path in ("lam-lai", "tra-lai"):
        answer = of_stp.send_form(f"/van-hanh/cach-ly/{path}", {"muc": other, "noi-dung": "x"})
        assert answer.status_code == 403
    of_stp.send_form("/van-hanh/cach-ly/lam-lai-het", {"ly-do": "ocr.failed", "don-vi": XA.unit})
    assert yard.item(other).state is State.QUARANTINED
    assert of_stp.get(f"/van-hanh/cach-ly/cong-van?don-vi={XA.unit}").status_code == 403


def test_one_item_is_tried_again_and_begins_when_prefect_answers(yard, root):
    [accession] = yard.stuck("ocr.engine_timed_out")
    answer = root.send_form("/van-hanh/cach-ly/lam-lai", {"muc": accession})
    assert answer.status_code == 303
    assert "xong=later" in answer.headers["location"]
    assert "Prefect chưa trả lời" in root.get(answer.headers["location"]).text
    item = yard.item(accession)
    assert (item.state, item.reason) == (State.RECEIVED, None)
    assert yard.acts()[0] == "item_retried"


def test_items_of_a_run_are_sent_again_though_prefect_cannot_tell_which_they_were(yard, root, of_stp):
    [accession] = yard.stuck("ocr.engine_timed_out")
    [theirs] = yard.stuck("ocr.engine_timed_out", XA)
    address = f"/van-hanh/luot-chay/{uuid4()}/lam-lai"
    assert root.send_form(address, {}).status_code == 503
    assert of_stp.send_form(address, {"muc": [accession, theirs]}).status_code == 403
    assert yard.item(accession).state is State.QUARANTINED
    assert root.send_form(address, {"muc": [HOSTILE] * 101}).status_code == 422
    answer = of_stp.send_form(address, {"muc": [accession, HOSTILE]})
    assert answer.headers["location"] == "/van-hanh/luot-chay?xong=later"
    assert "Prefect chưa trả lời" in of_stp.get(answer.headers["location"]).text
    assert yard.item(accession).state is State.RECEIVED


def test_all_of_one_reason_are_tried_again_a_bounded_number_at_a_time(yard, root):
    chosen = yard.stuck("ocr.engine_crashed", count=101)
    locations = [
        root.send_form("/van-hanh/cach-ly/lam-lai-het", {"ly-do": "ocr.engine_crashed"}).headers["location"]
        for _ in range(3)
    ]
    assert ["so=100" in locations[0], "so=1" in locations[1], "xong=none" in locations[2]] == [True] * 3
    assert {yard.item(one).state for one in chosen} == {State.RECEIVED}


def test_what_no_trying_again_can_help_stays(yard, root):
    with yard.shelf.catalog.view() as seen:
        [broken] = seen.figures.quarantined(None, code="intake.damaged_file", limit=5)
    answer = root.send_form("/van-hanh/cach-ly/lam-lai", {"muc": broken.accession})
    assert "xong=none" in answer.headers["location"]
    assert yard.item(broken.accession).state is State.QUARANTINED


def test_a_broken_file_leads_to_where_another_can_be_sent_in_its_place(yard, root):
    with yard.shelf.catalog.view() as seen:
        [broken] = seen.figures.quarantined(None, code="intake.damaged_file", limit=5)
    told = root.get("/van-hanh/cach-ly?ly-do=intake.damaged_file").text
    address = re.search(rf'href="(/can-bo/lo/{broken.batch_id}[^"]*#(dong-\d+))"', told)
    assert address is not None
    line = root.get(unescape(address[1])).text
    assert f'id="{address[2]}"' in line
    assert "hỏng" in line


def test_a_marking_passes_only_by_who_manages_the_unit(yard, root, of_stp):
    [accession] = yard.stuck("item.confidential_marking")
    asked = {"muc": accession, "cho-phep": "true"}
    assert root.send_form("/van-hanh/cach-ly/lam-lai", asked).status_code == 403
    root.send_form("/van-hanh/cach-ly/lam-lai", {"muc": accession})
    assert yard.item(accession).state is State.QUARANTINED
    assert of_stp.send_form("/van-hanh/cach-ly/lam-lai", asked).status_code == 303
    assert yard.item(accession).state is State.RECEIVED
    with yard.shelf.catalog.view() as seen:
        history = [one.action for one in seen.history(yard.item(accession).id)]
    assert "cleared" in history
    assert yard.acts()[0] == "item_cleared"


def test_a_form_of_another_site_retries_nothing(yard, root):
    [accession] = yard.stuck("ocr.failed")
    assert root.post("/van-hanh/cach-ly/lam-lai", data={"muc": accession}).status_code == 403
    answer = root.send_form(
        "/van-hanh/cach-ly/lam-lai", {"muc": accession}, headers={"sec-fetch-site": "cross-site"}
    )
    assert answer.status_code == 403
    assert yard.item(accession).state is State.QUARANTINED


def test_more_than_a_page_holds_is_walked_slice_by_slice(yard, root):
    chosen = yard.stuck("ocr.language_missing", count=61)
    first = root.get("/van-hanh/cach-ly?ly-do=ocr.language_missing").text
    assert sum(one in first for one in chosen) == 50
    following = root.get(f"/van-hanh/cach-ly?ly-do=ocr.language_missing&sau={chosen[49]}").text
    assert [one for one in chosen if f'class="code">{one}<' in following] == chosen[50:]


def test_a_file_is_downloaded_byte_for_byte_and_never_shown(yard, root):
    with yard.shelf.catalog.view() as seen:
        [broken] = seen.figures.quarantined(None, code="intake.damaged_file", limit=5)
    answer = root.get(f"/van-hanh/cach-ly/{broken.accession}/tep/1")
    assert answer.content == b"%PDF-1.4 and nothing behind"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''h%E1%BB%8Fng")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert root.get(f"/van-hanh/cach-ly/{broken.accession}/tep/2").status_code == 404


@pytest.mark.parametrize(("login", "status"), [("nop", 200), ("xem", 403), ("xa", 404)])
def test_originals_are_for_who_operates_or_updates_the_unit(yard, login, status):
    with yard.shelf.catalog.view() as seen:
        [broken] = seen.figures.quarantined(None, code="intake.damaged_file", limit=5)
    with sign_in(yard.base, login) as client:
        assert client.get(f"/van-hanh/cach-ly/{broken.accession}/tep/1").status_code == status


def test_what_is_returned_goes_with_a_letter_that_says_why(yard, of_stp):
    chosen = yard.stuck("intake.encrypted_pdf", count=2)
    batch = yard.item(chosen[0]).batch_id
    answer = of_stp.send_form(
        "/van-hanh/cach-ly/tra-lai", {"muc": chosen, "noi-dung": "Bỏ mật khẩu <u>rồi</u> nộp lại"}
    )
    assert "xong=refused" in answer.headers["location"]
    assert {yard.item(one).reason.code for one in chosen} == {REFUSED}
    letter = of_stp.get(f"/van-hanh/cach-ly/cong-van?don-vi=stp&lo={batch}").text
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Kính gửi:",
        "Nơi nhận:",
        "Bỏ mật khẩu &lt;u&gt;rồi&lt;/u&gt; nộp lại",
        "có đặt mật khẩu",
        *chosen,
    ):
        assert said in letter
    assert "<img src=x" not in letter
    assert yard.acts()[0] == "item_refused"


@pytest.mark.parametrize("why", ["", "x" * 900, "x" * 2_000])
def test_a_return_has_to_say_something(yard, of_stp, why):
    [accession] = yard.stuck("ocr.failed")
    answer = of_stp.send_form("/van-hanh/cach-ly/tra-lai", {"muc": accession, "noi-dung": why})
    assert answer.status_code == 422
    assert yard.item(accession).reason.code == "ocr.failed"


def test_settings_show_no_secret_and_what_is_wrong(yard, root):
    page = root.get("/van-hanh/cai-dat").text
    assert "TUSACH_STORE_SECRET_KEY" in page
    assert "(chưa đặt)" in page
    assert "tesseract" in page
    assert "TUSACH_PORTAL_PORT)" not in page  # the port that these very pages take


def test_the_line_that_embeds_the_search_box_can_be_copied(yard, root):
    line = f'<iframe src="{yard.base}/nhung" title="'
    told = root.get("/van-hanh/cai-dat").text
    assert line in unescape(re.sub(r"<[^>]+>", "", told))
    documented = (Path(__file__).parents[2] / "docs/embedding.md").read_text("utf-8")
    assert line.replace(yard.base, "https://tusach.example.gov.vn") in documented


def test_an_audit_is_begun_once_and_its_end_is_shown(yard, root):
    answer = root.send_form("/van-hanh/kiem-tra", {})
    assert answer.status_code == 303
    deadline = time.monotonic() + 60
    while "Lần kiểm tra gần nhất" not in (page := root.get("/van-hanh/kiem-tra/luc-nay").text):
        assert time.monotonic() < deadline, page
        time.sleep(0.2)
    assert "goc" in page
    assert "audit_begun" in yard.acts()


def test_numbers_are_told_and_downloaded(yard, root):
    yard.stuck("ocr.engine_timed_out", count=3)
    page = root.get("/van-hanh/so-lieu?tu=2026-03-04&den=2026-03-04").text
    assert page.count("<svg") == 3
    assert "style=" not in page
    file = root.get("/van-hanh/so-lieu.csv?tu=2026-03-04&den=2026-03-04")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.text.startswith("\ufeffNgày,Đơn vị,Loại,")
    told = root.get("/api/v1/operate/numbers?tu=2026-03-04&den=2026-03-04").json()
    assert {one["milestone"] for one in told["counts"]} == {"taken_in"}
    assert sum(one["titles"] for one in told["counts"]) >= 3


def test_the_part_comes_again_by_itself_until_it_is_paused(yard, root, visit):
    page = visit("/khong-co")  # a window whose complaints fail the test
    page.context.add_cookies([{**one, "url": yard.base} for one in _plain(root.storage()["cookies"])])
    page.goto(f"{yard.base}/van-hanh")
    with page.expect_response(lambda told: told.url.endswith("/van-hanh/luc-nay"), timeout=15_000) as told:
        pass
    assert told.value.status == 200
    page.get_by_role("button", name="Tạm dừng cập nhật").click()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.wait_for_timeout(6_000)
    assert asked == []


def _plain(cookies):
    return [{"name": one["name"], "value": one["value"]} for one in cookies]


# for programs


def test_files_are_returned_by_a_program_and_stand_in_the_letter(yard, of_stp):
    path = "/api/v1/operate/quarantine"
    [accession] = yard.stuck("intake.encrypted_pdf")
    token = {"x-form-token": of_stp.form_token()}
    said = {"items": [accession], "why": "Xin gửi bản không đặt mật khẩu."}
    assert of_stp.post(f"{path}/return", json=said, headers=token).json() == {"items": 1}
    assert yard.item(accession).reason.code == "item.refused"
    letter = of_stp.get(f"{path}/letter", params={"unit": "stp"}).json()
    assert said["why"] in [one["why"] for one in letter["files"] if one["accession"] == accession]
    assert of_stp.get(f"{path}/letter", params={"unit": "stp2"}).status_code == 403
    empty = of_stp.post(f"{path}/return", json=said | {"why": " "}, headers=token)
    assert empty.status_code == 422


def test_the_machine_is_told_to_who_operates_the_whole(yard, root, of_stp):
    told = root.get("/api/v1/operate/settings").json()
    assert told["settings"]["TUSACH_DATA_DIR"] == str(yard.settings.data_dir)
    assert "secret" not in str([value for value in told["settings"].values() if isinstance(value, dict)])
    assert told["versions"]["tusach"]
    assert of_stp.get("/api/v1/operate/settings").status_code == 403
    assert of_stp.get("/api/v1/operate/audit").status_code == 403
    token = {"x-form-token": root.form_token()}
    begun = root.post("/api/v1/operate/audit", json={}, headers=token)
    assert begun.status_code in (202, 409)  # another test's may go on
    until(lambda: not root.get("/api/v1/operate/audit").json()["under_way"])
    last = root.get("/api/v1/operate/audit").json()["last"]
    assert (last["by"], last["findings"] >= len(last["named"])) == ("goc", True)
