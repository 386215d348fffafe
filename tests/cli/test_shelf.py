"""The commands on a shelf that holds a published book, a described picture and a broken file."""

import shutil
from pathlib import Path

import pytest

from cli.main import main
from config.settings import load_settings
from config.wiring import open_shelf
from flows.batches import take_in
from flows.steps.way import digitise
from flows.steps.work import Work
from tests.cli.shell import Terminal
from tests.faults.scans import SENTENCES, draw_book, draw_page

TITLE = "[red]Sổ tay[/red] hòa giải"
ITEM_KEYS = [
    *(
        "id",
        "accession",
        "batch",
        "unit",
        "actor",
        "state",
        "reason",
        "title",
        "type",
        "year",
        "form",
        "counts",
    ),
    *("confidence", "revision", "indexed_revision", "created_at", "updated_at"),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A data folder with three items, made by the very steps that the flows run."""
    folder = tmp_path_factory.mktemp("made")
    scans = folder / "scans"
    scans.mkdir()
    draw_book(scans / "1 sổ tay.pdf", pages=2)
    draw_page(["Điều 1.", SENTENCES[3]]).save(scans / "2 ảnh.png", dpi=(150, 150))
    (scans / "3 hỏng.pdf").write_bytes(b"%PDF-1.7\n\x1b[31mbroken")
    settings = load_settings(data_dir=folder / "data")
    work = Work(by=settings.who, options=settings.ocr)
    with open_shelf(settings) as shelf:
        for publish, names in ((True, ["1 sổ tay.pdf"]), (False, ["2 ảnh.png", "3 hỏng.pdf"])):
            report = take_in(shelf, settings, [scans / name for name in names], publish=publish)
            for item_id in report.to_digitise:
                digitise(shelf, item_id, work)
    return folder / "data"


@pytest.fixture
def tusach(made, tmp_path, capfd) -> Terminal:
    """``tusach`` on a copy, so that every test finds the shelf as it was made."""
    shutil.copytree(made, tmp_path / "data")
    return Terminal(tmp_path / "data", capfd)


def accessions(tusach) -> list[str]:
    return [item["accession"] for item in tusach("list", "--json").json]


def test_list_names_every_item_with_the_documented_keys(tusach):
    items = tusach("list", "--json").json
    assert [list(item) for item in items] == [ITEM_KEYS] * 3
    assert [item["state"] for item in items] == ["published", "described", "quarantined"]
    assert [item["counts"]["scanned"] for item in items] == [2, 1, None]
    assert [item["id"] for item in tusach("list", "--state", "described", "--json").json] == [items[1]["id"]]


def test_list_reads_well_and_says_what_is_not_counted(tusach):
    said = tusach("list", lang="vi")
    assert said.code == 0
    assert "đã công bố" in said.out
    assert "cách ly" in said.out
    assert "–/2" in said.out


def test_status_tells_states_and_batches(tusach):
    told = tusach("status", "--json").json
    assert (told["states"]["published"], told["states"]["quarantined"], told["states"]["received"]) == (
        1,
        1,
        0,
    )
    newest, first = told["batches"]
    assert tusach("status", first["id"]).code == 0
    said = tusach("status", newest["id"], "--json")
    assert said.code == 0  # the question is answered, whatever the answer
    assert [entry["outcome"] for entry in said.json["entries"]] == ["new", "quarantined"]
    broken = said.json["entries"][1]
    assert broken["note"]["message"]
    assert broken["item"]["reason"]["code"] == broken["note"]["code"]


@pytest.mark.parametrize("by", ["id", "accession"])
def test_an_item_answers_to_its_id_and_its_accession(tusach, by):
    for item in tusach("list", "--json").json:
        assert tusach("status", item[by], "--json").json["id"] == item["id"]
        assert tusach("show", item[by], "--json").json["id"] == item["id"]


def test_show_tells_record_pages_files_and_history(tusach):
    [accession, *_] = accessions(tusach)
    told = tusach("show", accession, "--json").json
    assert list(told) == [*ITEM_KEYS, "record", "assessments", "pages", "files", "history"]
    assert [page["number"] for page in told["pages"]] == [1, 2]
    assert {file["role"] for file in told["files"]} == {"original", "derivative"}
    assert all(len(file["sha256"]) == 64 for file in told["files"])
    assert told["history"][0]["action"] == "received"
    said = tusach("show", accession, lang="vi")
    assert said.code == 0
    assert "Lịch sử" in said.out


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "nope",
        "TSPL-VN-2026-999999",
        "../../etc/passwd",
        "'; DROP TABLE items; --",
        "\x1b[2J",
        "%",
        "x" * 5000,
    ],
)
@pytest.mark.parametrize("command", ["show", "status", "approve", "withdraw", "retry", "export"])
def test_an_item_that_is_not_there_is_told_in_a_line(tusach, tmp_path, command, ref):
    more = ["--to", tmp_path / "out"] if command == "export" else []
    said = tusach(command, *more, "--", ref)
    assert said.code == 1
    assert "[catalog.item_not_found]" in said.err
    assert len(said.err.splitlines()) == 1
    assert "\x1b" not in said.err


def test_search_finds_published_pages_with_and_without_diacritics(tusach):
    for query in ("hòa giải viên hướng dẫn các bên", "hoa giai vien huong dan cac ben"):
        told = tusach("search", query, "--json").json
        assert list(told) == ["query", "total", "items", "facets", "with_diacritics", "did_you_mean"]
        assert told["query"] == query
        assert told["items"][0]["pages"][0]["number"] == 1
    said = tusach("search", "hoa giai vien", lang="vi")
    assert "trang 1" in said.out


def test_search_leaves_out_what_is_not_published_unless_asked(tusach):
    query = "trích lục khai sinh cho người yêu cầu"
    named = accessions(tusach)[1]
    assert named not in [item["accession"] for item in tusach("search", query, "--json").json["items"]]
    assert tusach("search", query, "--all", "--json").json["items"][0]["accession"] == named


def test_a_search_without_an_answer_says_so(tusach):
    said = tusach("search", "zzzzzz", "qqqqqq", lang="vi")
    assert said.code == 0
    assert "--all" in said.err


def test_a_query_without_diacritics_is_shown_as_the_hits_write_it(tusach):
    query = "hoa giai vien huong dan cac ben"
    assert tusach("search", query, "--json").json["with_diacritics"] == "hòa giải viên hướng dẫn các bên"
    assert "hòa giải viên hướng dẫn các bên" in tusach("search", query, lang="vi").out


def test_a_slip_of_the_hand_is_asked_about(tusach):
    told = tusach("search", "hoaf giari vieen", "--json").json
    assert told["did_you_mean"] == "hoa giai vien"
    assert "hoa giai vien" in tusach("search", "hoaf giari vieen").err


def test_results_are_narrowed_sorted_paged_and_counted(tusach):
    query = "hòa giải viên"
    everything = tusach("search", query, "--all", "--facets", "--json").json
    found = [item["accession"] for item in everything["items"]]
    assert everything["total"] == len(found) > 0
    counted = everything["facets"]["type"]
    assert sum(one["count"] for one in counted) <= everything["total"]
    for one in counted:
        narrowed = tusach("search", query, "--all", "--type", one["value"], "--json").json
        assert narrowed["total"] == one["count"]
    slices = [
        tusach("search", query, "--all", "--limit", "1", "--offset", str(offset), "--json").json["items"]
        for offset in range(len(found))
    ]
    assert [item["accession"] for part in slices for item in part] == found
    assert tusach("search", query, "--all", "--year", "1900", "--json").json["total"] == 0
    assert tusach("search", query, "--all", "--sort", "title", "--json").json["total"] == len(found)
    assert "(" in tusach("search", query, "--all", "--facets", lang="vi").out.splitlines()[-1]


def test_a_type_that_is_none_is_wrong_usage(tusach):
    said = tusach("search", "luật", "--type", "nope")
    assert said.code == 2
    assert "[catalog.field_not_valid]" in said.err


def test_a_search_inside_one_item_finds_nothing_else(tusach):
    first, second, _ = accessions(tusach)
    for inside in (first, second):
        told = tusach("search", "hòa", "khai", "sinh", "các", "--all", "--item", inside, "--json").json
        assert {item["accession"] for item in told["items"]} <= {inside}
    assert tusach("search", "hòa", "--item", "nope").code == 1


def test_marks_and_boxes_lie_on_the_words_that_were_found(tusach):
    told = tusach("search", '"hòa giải viên"', "--boxes", "--json").json
    page = told["items"][0]["pages"][0]
    assert [page["snippet"][start:end].lower() for start, end in page["marks"]][:3] == ["hòa", "giải", "viên"]
    assert len(page["boxes"]) % 3 == 0
    for left, top, right, bottom in page["boxes"]:
        assert 0 <= left < right <= page["width"]
        assert 0 <= top < bottom <= page["height"]
    assert str(page["boxes"][0][0]) in tusach("search", '"hòa giải viên"', "--boxes").out


def test_what_is_half_typed_is_completed_from_published_titles(tusach):
    title = tusach("list", "--json").json[0]["title"]
    told = tusach("complete", title.split()[0], "--json").json
    assert [one["text"] for one in told["completions"]] == [title]
    assert title in tusach("complete", title.split()[0]).out


def test_searches_that_find_nothing_are_counted_and_nothing_else_is_kept(tusach):
    assert tusach("status", "--json").json["unanswered_searches"] == 0
    for _ in range(2):
        tusach("search", "qqqqqq", "zzzzzz")
    assert tusach("status", "--json").json["unanswered_searches"] == 2
    assert "qqqqqq" not in str((tusach.data_dir / "catalog.sqlite3").read_bytes())
    assert "2" in tusach("status", lang="vi").out


def test_the_index_is_compared_with_the_catalogue_and_put_right(tusach):
    first, second, _ = tusach("list", "--json").json
    assert tusach("index", "verify", "--json").json["ok"]
    with open_shelf(load_settings(data_dir=tusach.data_dir)) as shelf:
        shelf.index.remove_item(first["id"])
        shelf.index.replace_item("f" * 32, [])
        with shelf.catalog.begin() as changes:
            changes.set_indexed(second["id"], None)
    said = tusach("index", "verify", lang="vi")
    assert said.code == 1
    assert first["accession"] in said.out
    assert "--repair" in said.err
    told = tusach("index", "verify", "--json").json
    assert [(one["accession"], one["faults"]) for one in told["differences"]] == [
        (first["accession"], ["missing"])
    ]
    repaired = tusach("index", "verify", "--repair", "--json")
    assert (repaired.code, repaired.json["ok"], repaired.json["repaired"]) == (0, True, 1)
    assert tusach("index", "verify").code == 0


def test_a_file_that_is_not_what_it_was_is_found_by_an_audit(tusach):
    sound = tusach("audit", "--json")
    assert (sound.code, sound.json["ok"], sound.json["items"]) == (0, True, 3)
    found = next((tusach.data_dir / "objects" / "originals").rglob("*.pdf"))
    kept = found.read_bytes()
    found.chmod(0o644)
    found.write_bytes(kept.replace(b"%PDF", b"%PDf", 1))
    try:
        told = tusach("audit", "--json")
        assert (told.code, told.json["ok"]) == (1, False)
        [one] = told.json["findings"]
        assert (one["trouble"], one["key"].endswith(found.name)) == ("altered", True)
        said = tusach("audit", lang="vi")
        assert said.code == 1
        assert f"{one['accession']}: {one['name']}: nội dung đã đổi" in said.out
    finally:
        found.write_bytes(kept)
    assert "nguyên vẹn" in tusach("audit", lang="vi").out


def test_describe_approve_publish_withdraw(tusach):
    accession = accessions(tusach)[1]
    said = tusach("describe", accession, "--set", f"title={TITLE}", "--set", "year=2015", "--json")
    assert said.code == 0
    [item] = said.json
    assert (item["title"], item["year"]) == (TITLE, 2015)
    assert TITLE in tusach("list").out
    assert tusach("publish", accession).code == 1  # not approved yet
    assert "[decision.verdict_missing]" in tusach("approve", accession).err
    judged = ["assess", accession, "--verdict", "usable", "--reason"]
    assert "[decision.reason_missing]" in tusach(*judged, " ").err
    assert tusach(*judged, "đã đối chiếu, còn đúng").code == 0
    assert tusach("approve", accession).code == 0
    assert tusach("publish", accession, "--json").json[0]["state"] == "published"
    query = "trích lục khai sinh"
    assert tusach("search", query, "--json").json["items"][0]["title"] == TITLE
    assert tusach("withdraw", accession, "--reason", "hết hiệu lực", "--json").json[0]["state"] == "withdrawn"
    assert accession not in str(tusach("search", query, "--json").json)
    assert "hết hiệu lực" in tusach("show", accession, lang="vi").out


def test_a_decision_that_cannot_be_taken_does_not_hold_up_the_others(tusach):
    published, described, _ = accessions(tusach)
    tusach("assess", described, "--verdict", "usable", "--reason", "còn đúng")
    said = tusach("approve", published, described, "nope", lang="en")
    assert said.code == 1
    assert f"{described}: approved" in said.out
    assert "[catalog.move_not_allowed]" in said.err
    assert "[catalog.item_not_found]" in said.err


@pytest.mark.parametrize(
    ("change", "code"), [("nope=1", "field_not_known"), ("year=last year", "field_not_valid")]
)
def test_a_field_that_cannot_be_set_is_wrong_usage(tusach, change, code):
    said = tusach("describe", accessions(tusach)[1], "--set", change)
    assert said.code == 2
    assert f"[catalog.{code}]" in said.err


def test_export_hands_out_an_item_that_checks_itself(tusach, tmp_path):
    import subprocess

    accession = accessions(tusach)[0]
    told = tusach("export", accession, "--to", tmp_path / "giao", "--json").json
    folder = Path(told["folder"])
    assert folder == tmp_path / "giao" / accession
    assert {Path(path) for path in told["files"]} == {path for path in folder.rglob("*") if path.is_file()}
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=folder, check=True)


def test_the_index_can_be_rebuilt(tusach):
    shutil.rmtree(tusach.data_dir / "index")
    assert tusach("reindex", "--json").json == {"items": 2, "pages": 3, "ok": True, "differences": []}
    assert tusach("search", "hòa giải viên", "--json").json["total"] >= 1


def test_an_empty_shelf_says_how_to_begin(tmp_path, capfd):
    said = Terminal(tmp_path / "new", capfd)("list", lang="vi")
    assert said.code == 0
    assert "tusach add" in said.err


def test_an_unforeseen_error_is_a_sentence_and_a_log(tusach, monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("never seen by a clerk")

    monkeypatch.setattr("cli.look.list_items", fails)
    said = tusach("list", lang="en")
    assert said.code == 1
    assert "ZeroDivisionError" not in said.err
    log = tusach.data_dir / "logs" / "tusach.log"
    assert str(log) in said.err
    assert "never seen by a clerk" in log.read_text("utf-8")


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path, capfd):
    (tmp_path / "file").touch()
    assert main(["--lang", "en", "--data-dir", str(tmp_path / "file" / "data"), "list"]) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_a_setting_that_cannot_be_used_is_wrong_usage(monkeypatch, tusach):
    monkeypatch.setenv("TUSACH_OCR__DPI", "20")
    said = tusach("list", lang="en")
    assert said.code == 2
    assert "TUSACH_OCR__DPI" in said.err


def test_a_refused_file_is_not_tried_again_and_says_why(tusach):
    """Nothing is started for it: no server, no worker."""
    refused = accessions(tusach)[2]
    said = tusach("retry", refused, "--json")
    assert said.code == 3
    assert [item["state"] for item in said.json] == ["quarantined"]
    assert said.json[0]["reason"]["code"] == "intake.damaged_file"


def test_a_batch_is_told_line_by_line_with_the_documented_keys(tusach):
    batch = tusach("list", "--json").json[1]["batch"]
    entries = tusach("status", batch, "--json").json["entries"]
    assert [list(entry) for entry in entries] == [
        ["ordinal", "source", "outcome", "note", "match", "item"]
    ] * 2
    assert [entry["outcome"] for entry in entries] == ["new", "quarantined"]
    assert [entry["match"] for entry in entries] == [None, None]  # there was no manifest
