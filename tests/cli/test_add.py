"""``add`` from the folder to the table, on a server that it starts and stops; then what follows from it."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from catalog.sql import open_catalog
from config.messages import sentence
from domain.holdings import State
from tests.cli.shell import program
from tests.faults.scans import SENTENCES, draw_book, draw_page
from tests.flows.serving import free_port, until

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

TITLE = "Sổ tay hòa giải ở cơ sở"


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> Path:
    """A book, a marked page, a broken file, and a manifest that also names a book without a file."""
    folder = tmp_path_factory.mktemp("lô") / "scans"
    draw_book(folder / "1.pdf", pages=3)
    draw_page(["TỐI MẬT", "", SENTENCES[3], SENTENCES[4]]).save(folder / "2.png", dpi=(150, 150))
    (folder / "3.pdf").write_bytes((folder / "1.pdf").read_bytes()[:5000])
    rows = [("STT", "Tên sách, tài liệu pháp luật", "Số trang", "Tên tệp"), ("1", TITLE, "4", "1.pdf")]
    with (folder.parent / "danh mục.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([*rows, ("2", "Sách không có tệp", "10", "9.pdf")])
    return folder


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> dict[str, str]:
    """The environment of one data folder."""
    return {
        "TUSACH_DATA_DIR": str(tmp_path_factory.mktemp("kệ") / "dữ liệu"),
        "TUSACH_PREFECT_PORT": str(free_port()),
        "TUSACH_HEALTH_PORT": str(free_port()),
        "TUSACH_PORTAL_PORT": str(free_port()),
        "TUSACH_LANG": "vi",
    }


def ours(shelf) -> list[psutil.Process]:
    """Processes that carry this data folder in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TUSACH_DATA_DIR") == shelf["TUSACH_DATA_DIR"]:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def added(batch, shelf):
    return program(
        *("add", str(batch), "--manifest", str(batch.parent / "danh mục.csv"), "--publish", "--json"), **shelf
    )


def test_the_whole_batch_is_told_and_something_waits_for_a_person(added, shelf):
    assert added.returncode == 3, added.stderr
    entries = json.loads(added.stdout)["entries"]
    assert [entry["outcome"] for entry in entries] == ["new", "new", "quarantined", "absent"]
    book, marked, broken = (entry["item"] for entry in entries[:3])
    assert (book["state"], book["title"]) == ("published", TITLE)
    assert (book["counts"]["declared"], book["counts"]["scanned"]) == (4, 3)
    assert (marked["state"], marked["reason"]["code"]) == ("quarantined", "item.confidential_marking")
    assert broken["reason"]["code"] == "intake.damaged_file"
    assert ours(shelf) == []


def test_a_marked_item_goes_on_once_a_person_clears_it(added, shelf):
    item = json.loads(added.stdout)["entries"][1]["item"]
    query = ("search", "trích lục khai sinh", "--all", "--json")
    assert item["accession"] not in program(*query, **shelf).stdout
    said = program("retry", item["accession"], "--cleared", "--json", **shelf)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)[0]["state"] == "published"
    assert item["accession"] in program(*query, **shelf).stdout


def test_the_same_batch_again_does_nothing_and_says_so(added, batch, shelf):
    said = program("add", str(batch / "1.pdf"), **shelf)
    assert said.returncode == 0, said.stderr
    assert sentence("cli.nothing_to_do", "vi") in said.stderr
    assert TITLE in said.stdout


def _reading(catalog) -> bool:
    with catalog.view() as seen:
        return seen.totals()[State.READING].items > 0


def test_ctrl_c_says_what_is_kept_and_leaves_no_process(tmp_path, shelf):
    draw_book(tmp_path / "long.pdf", pages=12, first_folio=101)
    started = subprocess.Popen(
        [sys.executable, "-m", "cli", "add", str(tmp_path / "long.pdf")],
        env=os.environ | shelf,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell that runs these tests in the background has its children ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    catalog = f"sqlite:///{quote(shelf['TUSACH_DATA_DIR'])}/catalog.sqlite3"
    with open_catalog(catalog, secrets={}) as known:
        until(lambda: started.poll() is not None or _reading(known))  # a command would ask too late
    assert started.poll() is None
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 130, err
    assert err.splitlines()[-1] == sentence("cli.interrupted_add", "vi")
    assert ours(shelf) == []
    said = program("add", str(tmp_path / "long.pdf"), "--json", **shelf)
    assert said.returncode == 0, said.stderr
    item = json.loads(said.stdout)["entries"][0]["item"]
    assert (item["state"], item["counts"]["scanned"]) == ("described", 12)
