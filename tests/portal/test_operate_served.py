"""An operator sees the real thing run, sees it fail and has it go on: with Prefect, a worker, a browser."""

from __future__ import annotations

import re
import socket
import time
from contextlib import contextmanager
from uuid import UUID

import pytest

from config.wiring import open_shelf
from domain.holdings import Stage, State
from domain.options import OcrOptions
from flows.api import open_api
from flows.runs import Phase, find_runs, log_tail, run_of, workers
from flows.steps.way import fail
from flows.submit import submit
from samples.serving import answers
from tests.flows.serving import processes_of, receive, served, settings_in, state_of, until
from tests.flows.steps.people import add
from tests.portal.fuzzing import OPERATIONS, Known, answers_as_described, described
from tests.portal.keys import key_of, program
from tests.portal.pages import RUN, good_for_everybody
from tests.portal.signing import sign_in

pytestmark = [pytest.mark.prefect, pytest.mark.slow]
PATIENCE = 60_000  # milliseconds


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = settings_in(tmp_path_factory.mktemp("vận hành") / "kệ sách")
    with open_shelf(settings) as shelf:
        add(shelf, "goc", "operate@default")
    with served(settings):
        yield settings


@pytest.fixture(scope="module")
def base(settings):
    address = f"http://127.0.0.1:{settings.portal_port}"
    until(lambda: answers(address))
    return address


@pytest.fixture
def root(base):
    with sign_in(base, "goc") as client:
        yield client


def test_an_operator_sees_it_run_and_has_what_failed_go_on(settings, base, root, visit, tmp_path):
    [book] = receive(settings, tmp_path / "sách", 40)
    submit(settings, [book])
    page = visit("/van-hanh", storage_state=root.storage())
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        accession = seen.item(book).accession
    bar = page.get_by_role("progressbar", name=f"Tiến độ đọc {accession}")
    bar.wait_for(timeout=PATIENCE)
    page.wait_for_function(
        "() => { var bar = document.querySelector('progress'); return bar && bar.value > 0; }",
        timeout=PATIENCE,
    )
    told = root.get("/api/v1/operate/now").json()
    assert told["pages_per_minute"] > 0
    assert 0 < told["pages_ahead"] < 40
    assert told["parts"]["runner"]["answers"]
    until(lambda: state_of(settings, book) == "published")

    [broken] = receive(settings, tmp_path / "hỏng", 12, options=OcrOptions(languages=("xyz",)))
    submit(settings, [broken])
    until(lambda: state_of(settings, broken) == "quarantined")
    page.goto("/van-hanh")
    page.get_by_role("link", name="Thiếu dữ liệu ngôn ngữ để nhận dạng").click()
    page.get_by_role("button", name=re.compile("^Cho làm lại TSPL")).click()
    page.get_by_text("Đã cho 1 tài liệu làm lại.").wait_for(timeout=PATIENCE)
    until(lambda: _failed_again(settings, broken))


def _failed_again(settings, item_id):
    """It was read anew, and lacks its language as before: the trouble is the machine's to mend."""
    with open_shelf(settings) as shelf, shelf.catalog.view() as seen:
        actions = [one.action for one in seen.history(item_id)]
        return "retried" in actions and "failed" in actions[actions.index("retried") :]


def test_runs_are_told_with_their_log_and_worker(settings, root, tmp_path, visit, violations):
    items = receive(settings, tmp_path / "tờ gấp", 1)
    [ref] = submit(settings, items)
    until(lambda: state_of(settings, items[0]) == "published")
    with open_api(settings) as api:
        run = until(lambda: found if (found := run_of(api, ref.id)).phase is Phase.DONE else None)
        assert (run.unit, run.lane) == ("stp", "short")
        assert run.machine == socket.gethostname()
        assert until(lambda: log_tail(api, ref.id))
        assert {one.name.rpartition("-")[2] for one in workers(api) if one.online} == {"short", "books"}
        assert run.id in [one.id for one in find_runs(api, Phase.DONE, {"stp"}, limit=50)]
        assert find_runs(api, Phase.DONE, {"xã"}, limit=50) == []
    page = root.get(f"/van-hanh/luot-chay/{ref.id}").text
    assert run.accessions[0] in page
    assert "Cuối nhật ký" in page
    shown = visit(RUN.format(ref.id), storage_state=root.storage())
    good_for_everybody(shown, violations, RUN.format(ref.id))
    assert run.name.split(" ")[0] in root.get("/van-hanh/luot-chay?loai=done").text
    assert root.get("/van-hanh/luot-chay/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_run_that_failed_goes_on_in_a_new_one(settings, root, tmp_path):
    [item_id] = receive(settings, tmp_path / "lỗi", 12)
    [ref] = submit(settings, [item_id])
    with open_api(settings) as api:
        until(lambda: state_of(settings, item_id) == "published")
        with open_shelf(settings) as shelf:  # as if its machine had failed it: undone, and its run failed
            _undo(shelf, item_id)
        api.mark_crashed(ref.id, "its machine burned down <b>")
    page = root.get(f"/van-hanh/luot-chay/{ref.id}").text
    assert "burned down &lt;b&gt;" in page
    answer = root.send_form(f"/van-hanh/luot-chay/{ref.id}/lam-lai", {})
    assert answer.headers["location"].endswith("xong=retried"), answer.headers
    until(lambda: state_of(settings, item_id) == "published")


def _undo(shelf, item_id):
    """Back to where its pages are read."""
    with shelf.catalog.begin() as changes:
        item = changes.item(item_id)
        by, now = item.actor, changes.clock()
        changes.move(item_id, State.WITHDRAWN, actor=by, at=now)
        changes.move(item_id, State.READING, actor=by, at=now)
        changes.reset_stages(item_id, tuple(Stage))
    fail(shelf, item_id, OSError("disk"), by)


def test_a_run_that_waits_is_taken_out_of_the_queue_and_one_that_is_done_is_not(settings, root, tmp_path):
    books = receive(settings, tmp_path / "chờ", *[12] * 4)
    refs = submit(settings, books)
    answer = root.send_form(f"/van-hanh/luot-chay/{refs[-1].id}/rut", {})
    assert answer.headers["location"].endswith("xong=cancelled")
    with open_api(settings) as api:
        assert run_of(api, refs[-1].id).type == "CANCELLED"
    assert root.send_form(f"/van-hanh/luot-chay/{refs[-1].id}/rut", {}).status_code == 409
    assert (
        root.send_form(f"/van-hanh/luot-chay/{refs[-1].id}/lam-lai", {})
        .headers["location"]
        .endswith("xong=retried")
    )
    until(lambda: all(state_of(settings, one) == "published" for one in books))


def test_a_run_that_was_taken_out_is_sent_again_by_one_press_though_prefect_hangs(settings, root, tmp_path):
    books = receive(settings, tmp_path / "một lần", *[12] * 4)
    refs = submit(settings, books)
    address = f"/van-hanh/luot-chay/{refs[-1].id}"
    root.send_form(f"{address}/rut", {})
    [accession] = re.findall(r'name="muc" value="([^"]+)"', root.get(address).text)
    with hung(settings):
        answer = root.send_form(f"{address}/lam-lai", {"muc": accession})
        assert answer.headers["location"] == "/van-hanh/luot-chay?xong=later"
        assert "Đã ghi làm lại" in root.get(answer.headers["location"]).text
    until(lambda: all(state_of(settings, one) == "published" for one in books))


@contextmanager
def hung(settings):
    """Prefect's server accepts, and answers nobody."""
    hanging = [one for one in processes_of(settings) if "flows.api_server" in one.cmdline()]
    assert hanging
    for process in hanging:
        process.suspend()
    try:
        yield
    finally:
        for process in hanging:
            process.resume()


def test_a_prefect_that_hangs_keeps_no_page_waiting(settings, root):
    with hung(settings):
        until(lambda: not root.get("/api/v1/operate/now").json()["parts"]["runner"]["answers"])
        for path in ("/van-hanh", "/van-hanh/luc-nay", "/van-hanh/luot-chay", "/van-hanh/cai-dat"):
            began = time.monotonic()
            answer = root.get(path)
            assert answer.status_code == 200
            assert time.monotonic() - began < 6, path
        assert "không trả lời" in root.get("/van-hanh").text
    until(lambda: root.get("/api/v1/operate/now").json()["parts"]["runner"]["answers"])


@pytest.fixture(scope="module")
def known(settings, base, tmp_path_factory):
    """One run that is done, and a number that is none's."""
    [item] = receive(settings, tmp_path_factory.mktemp("để hỏi"), 1)
    [ref] = submit(settings, [item])
    until(lambda: state_of(settings, item) == "published")
    with open_shelf(settings) as shelf:
        key = key_of(shelf, "goc")
    return Known(
        base,
        described(base),
        {"goc": key, "": ""},
        {"run_id": [ref.id, str(UUID(int=1))]},
        clerk="goc",
        operator="goc",
    )


@pytest.mark.parametrize(("method", "path"), [one for one in OPERATIONS if "/operate/runs" in one[1]])
def test_what_the_api_says_of_runs_is_as_its_description_says(known, method, path):
    answers_as_described(known, method, path)


def test_runs_are_told_to_programs(settings, known, root, tmp_path):
    with program(known.base, known.keys["goc"]) as asking:
        path = f"/api/v1/operate/runs/{known.named['run_id'][0]}"
        told = asking.get(path).json()
        assert (told["run"]["phase"], told["run"]["unit"]) == ("done", "stp")
        assert told["log"]
        assert asking.post(f"{path}/retry").json()["items"] == 0  # it failed nowhere
        assert asking.post(f"{path}/cancel").status_code == 409
        first = asking.get("/api/v1/operate/runs", params={"limit": 1}).json()
        rest = asking.get("/api/v1/operate/runs", params={"after": first["after"] or ""}).json()
        assert first["runs"][0]["id"] not in [one["id"] for one in rest["runs"]]
