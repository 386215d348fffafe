"""The API does what the pages do, for those who may, and says in one shape why it does not."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from config.messages import sentences
from domain.holdings import State
from domain.people import Verb
from flows.batches import take_in
from flows.place import Place
from portal.app import create_app, every_router
from tests.faults.scans import DPI, draw_page, page_lines
from tests.portal.desks import Desk, desk_at
from tests.portal.keys import key_of, program
from tests.portal.signing import sign_in

ODD = [
    "\0",
    "a\0b",
    "\u202eđảo",
    unicodedata.normalize("NFD", "đất đai"),
    "9" * 400,
    "'\"<script>",
    "x" * 7_000,
    "%00",
    "-1",
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_at(tmp_path_factory.mktemp("api")) as opened:
        yield opened


@pytest.fixture(scope="module")
def asking(desk: Desk) -> Iterator[Callable[..., httpx.Client]]:
    """Whoever asks with a key of that person: ``asking("an").get("/api/v1/items")``."""
    opened: list[httpx.Client] = []
    keys: dict[tuple[object, ...], str] = {}

    def client(login: str = "", *scopes: Verb, lang: str = "vi") -> httpx.Client:
        if login and (login, scopes) not in keys:
            keys[login, scopes] = key_of(desk.shelf, login, *scopes)
        opened.append(program(desk.base, keys.get((login, scopes), ""), lang=lang))
        return opened[-1]

    yield client
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def published(desk: Desk):
    return desk.new_book("Sổ tay hòa giải", publish=True, first_folio=5)


@pytest.fixture(scope="module")
def described(desk: Desk):
    return desk.new_book("Cẩm nang hộ tịch", first_folio=40)


def refusal(answer: httpx.Response) -> dict[str, object]:
    """The one shape of whatever was not done."""
    error = answer.json()["error"]
    assert sorted(error) == ["code", "fields", "message"]
    return error


# readers


def test_a_reader_finds_a_book_and_reads_a_page_of_it(asking, published):
    reader = asking()
    found = reader.get("/api/v1/search", params={"q": "hoa giai"}).json()
    assert [one["accession"] for one in found["books"]] == [published.accession]
    assert any(piece["marked"] for piece in found["books"][0]["pages"][0]["snippet"])
    listed = reader.get("/api/v1/books").json()
    assert [one["accession"] for one in listed["books"]] == [published.accession]
    told = reader.get(f"/api/v1/books/{published.accession}").json()
    assert told["book"]["title"] == published.title
    assert told["counts"]["scanned"] == published.counts.scanned
    assert {one["name"] for one in told["files"]} >= {"access.pdf", "text.txt"}
    page = reader.get(f"/api/v1/books/{published.accession}/pages/1", params={"q": "hòa giải"}).json()
    marked = [word["text"].lower() for line in page["lines"] for word in line["words"] if word["marked"]]
    assert "giải" in marked
    inside = reader.get(f"/api/v1/books/{published.accession}/search", params={"q": "giải"}).json()
    assert inside["total"] >= 1


def test_what_is_not_published_is_not_there_for_readers(asking, described):
    for path in ("", "/pages/1", "/search?q=a"):
        answer = asking().get(f"/api/v1/books/{described.accession}{path}")
        assert answer.status_code == 404
        assert refusal(answer)["code"] == "portal.status_404"


def test_a_reader_says_what_is_wrong_with_a_page(asking, published):
    path = f"/api/v1/books/{published.accession}/pages/1/reports"
    assert asking().post(path, json={"note": "Thiếu dấu ở dòng đầu"}).status_code == 204
    assert asking().post(path, json={"note": "x" * 5_000}).status_code == 422


# staff


def test_staff_list_their_items_and_not_those_of_others(asking, described, published):
    told = asking("an").get("/api/v1/items", params={"state": "described"}).json()
    assert [one["accession"] for one in told["items"]] == [described.accession]
    assert told["items"][0]["state_in_words"] != "described"
    assert asking("xa").get("/api/v1/items").json() == {"items": [], "after": None}
    assert asking("xa").get(f"/api/v1/items/{described.accession}").status_code == 404
    first = asking("an").get("/api/v1/items", params={"limit": 1}).json()
    rest = asking("an").get("/api/v1/items", params={"limit": 200, "after": first["after"]}).json()
    assert first["items"][0]["accession"] not in [one["accession"] for one in rest["items"]]


def test_a_record_is_changed_by_who_saw_it_as_it_is(asking, described):
    staff, path = asking("an"), f"/api/v1/items/{described.accession}/record"
    seen = staff.get(path).json()
    change = {"version": seen["version"], "fields": {"year": "2021", "title": "Cẩm nang mới"}}
    changed = staff.patch(path, json=change)
    assert changed.status_code == 200
    assert changed.json()["fields"]["year"] == {"value": 2021, "source": "staff", "confidence": 1.0}
    late = staff.patch(path, json=change | {"fields": {"year": "2022"}})
    assert late.status_code == 409
    wrong = staff.patch(path, json={"version": changed.json()["version"], "fields": {"year": "hai nghìn"}})
    assert wrong.status_code == 422
    assert refusal(wrong)["fields"]["field"] == "year"
    event = staff.get(f"/api/v1/items/{described.accession}/history").json()["events"][0]
    assert event["undo"] == "record"
    back = staff.post(f"{path}/undo", params={"event": event["id"]})
    assert back.json()["fields"].get("year") == seen["fields"].get("year")


def test_a_line_is_corrected_once_and_the_correction_taken_back(asking, described):
    staff, path = asking("an"), f"/api/v1/items/{described.accession}/pages/1/lines"
    seen = staff.get(path).json()
    assert any(one["doubtful"] for one in seen["lines"])
    said = {"version": seen["version"], "text": "Một dòng do người đọc lại"}
    kept = staff.put(f"{path}/1", json=said).json()
    assert kept["lines"][0]["text"] == said["text"]
    assert staff.put(f"{path}/1", json=said | {"text": "khác"}).status_code == 409
    told = staff.get(f"/api/v1/items/{described.accession}/history").json()["events"]
    event = next(one for one in told if one["undo"] == "lines")
    back = staff.post(f"{path}/undo", params={"event": event["id"]}).json()
    assert back["lines"][0]["text"] == seen["lines"][0]["text"]


def test_a_line_that_was_missed_is_added(asking, described):
    staff, path = asking("an"), f"/api/v1/items/{described.accession}/pages/2/lines"
    seen = staff.get(path).json()
    said = {"version": seen["version"], "after": 1, "text": "Dòng bị sót"}
    kept = staff.post(path, json=said).json()
    assert kept["lines"][1]["text"] == "Dòng bị sót"
    assert len(kept["lines"]) == len(seen["lines"]) + 1
    assert refusal(staff.post(path, json=said))["code"] == "decision.changed_meanwhile"


def test_pages_are_turned_parted_joined_and_moved_and_brought_back(asking, desk):
    book = desk.new_book("Sắp xếp", pages=3, first_folio=70)
    staff, item = asking("an"), f"/api/v1/items/{book.accession}"
    seen = staff.get(f"{item}/arrangement").json()
    assert seen == {"version": 0, "homes": [1, 2, 3], "waiting": False}
    turned = staff.post(f"{item}/pages/1/turn", json={"version": 0, "turns": 2}).json()
    assert turned == {"version": 1, "homes": [4, 2, 3], "waiting": True}
    assert staff.post(f"{item}/pages/1/turn", json={"version": 0, "turns": 2}).status_code == 409
    parted = staff.post(f"{item}/pages/2/part", json={"version": 1, "cut": "doc", "share": 50}).json()
    assert parted["homes"] == [4, 5, 6, 3]
    joined = staff.post(f"{item}/pages/2/join", json={"version": 2}).json()
    moved = staff.post(f"{item}/pages/1/move", json={"version": 3, "to": 3}).json()
    assert moved["homes"] == [*joined["homes"][1:], 4]
    events = staff.get(f"{item}/history").json()["events"]
    event = next(one["id"] for one in events if one["undo"] == "arrangement")
    back = staff.post(f"{item}/arrangement/undo", params={"event": event}).json()
    assert back["homes"] == joined["homes"]
    assert asking("chi").post(f"{item}/pages/1/join", json={"version": 5}).status_code == 403
    assert asking("xa").get(f"{item}/arrangement").status_code == 404


def test_a_page_is_scanned_again_by_a_program(asking, desk, tmp_path):
    book, new = desk.new_book("Quét lại", pages=2, first_folio=90), tmp_path / "new.jpg"
    draw_page(page_lines(5), folio="5").save(new, dpi=(DPI, DPI))
    staff, path = asking("an"), f"/api/v1/items/{book.accession}/pages/2"
    said = {"version": 0, "name": "../mới.jpg"}
    bare = {"content-type": "image/jpeg"}
    told = staff.put(f"{path}/scan", params=said, content=new.read_bytes(), headers=bare).json()
    assert told["homes"] == [1, 3]
    again = staff.put(f"{path}/scan", params=said, content=new.read_bytes(), headers=bare)
    assert refusal(again)["code"] == "decision.changed_meanwhile"
    wrong = staff.put(f"{path}/scan", params=said | {"version": 1}, content=b"no picture", headers=bare)
    assert (wrong.status_code, refusal(wrong)["code"]) == (422, "intake.not_what_its_name_says")
    unsaid = staff.put(f"{path}/scan", params=said, content=iter([b"x"]), headers=bare)
    assert unsaid.status_code == 411
    desk.follow(book.id)
    shown = staff.get(f"{path}/picture", params={"size": "nho"})
    assert (shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert "private" in shown.headers["cache-control"]
    assert asking("xa").get(f"{path}/picture").status_code == 404
    with sign_in(desk.base, "an") as person:  # a browser's cookie alone is not enough
        url = f"{path}/scan?version=1&name=a.jpg"
        assert person.request("PUT", url, content=new.read_bytes(), headers=bare).status_code == 403
    place = Place.of(desk.settings)
    assert [*place.scratch.rglob("*.incoming")] == []


def test_what_readers_report_is_settled_once_and_opened_again(asking, published):
    path = f"/api/v1/items/{published.accession}/reports"
    asking().post(f"/api/v1/books/{published.accession}/pages/2/reports", json={"note": "thiếu chữ"})
    staff = asking("an")
    (report,) = [one for one in staff.get(path).json()["reports"] if one["page"] == 2]
    assert (report["note"], report["outcome"]) == ("thiếu chữ", None)
    assert staff.put(f"{path}/{report['id']}", json={"outcome": "mended"}).status_code == 204
    assert staff.put(f"{path}/{report['id']}", json={"outcome": "mended"}).status_code == 409
    (settled,) = [
        one for one in staff.get(path, params={"settled": True}).json()["reports"] if one["page"] == 2
    ]
    assert (settled["outcome"], settled["settled_by"]) == ("mended", "an")
    events = staff.get(f"/api/v1/items/{published.accession}/history").json()["events"]
    event = next(one["id"] for one in events if one["undo"] == "reports")
    assert staff.post(f"{path}/undo", params={"event": event}).status_code == 204
    assert report["id"] in [one["id"] for one in staff.get(path).json()["reports"]]
    assert asking("chi").put(f"{path}/{report['id']}", json={"outcome": "mended"}).status_code == 403


def test_a_page_is_called_what_staff_say_and_keeps_what_they_leave_out(asking, described):
    staff, path = asking("an"), f"/api/v1/items/{described.accession}/pages/2"
    said = staff.patch(path, json={"label": "xii"}).json()
    assert (said["label"], said["label_source"]) == ("xii", "typed")
    said = staff.patch(path, json={"kind": "plate"}).json()
    assert (said["label"], said["kind"], said["kind_by_hand"]) == ("xii", "plate", True)
    assert staff.patch(path, json={"kind": "unreadable"}).status_code == 404
    listed = staff.get(f"/api/v1/items/{described.accession}/pages").json()
    assert [one["number"] for one in listed["pages"]] == [1, 2]
    assert listed["total"] == 2


def test_a_citation_is_confirmed_as_it_was_seen(asking, published):
    staff, path = asking("an"), f"/api/v1/items/{published.accession}/citations"
    first = staff.get(path).json()["cites"][0]
    assert staff.put(f"{path}/1", json={"number": "1/1", "confirmed": True}).status_code == 409
    assert staff.put(f"{path}/1", json={"number": first["number"], "confirmed": True}).status_code == 204
    assert staff.get(path).json()["cites"][0]["confirmed_by"] == "an"
    assert first["ordinal"] not in [
        one["ordinal"] for one in staff.get(path, params={"open": True}).json()["cites"]
    ]


def test_an_item_goes_to_readers_by_decisions_and_comes_back(asking, desk):
    item = desk.new_book("Quyết định", first_folio=60)
    staff, path = asking("an"), f"/api/v1/items/{item.accession}/decisions"
    early = staff.post(path, json={"decision": "approve"})
    assert early.status_code == 409
    assert staff.post(path, json={"decision": "assess"}).status_code == 422
    judged = staff.post(path, json={"decision": "assess", "verdict": "usable", "reason": "Còn phù hợp"})
    assert judged.json()["item"]["verdict"] == "usable"
    assert "approve" in judged.json()["decisions"]
    assert staff.post(path, json={"decision": "approve"}).json()["item"]["state"] == "approved"
    assert staff.post(path, json={"decision": "publish"}).json()["item"]["state"] == "published"
    assert staff.post(path, json={"decision": "withdraw"}).status_code == 422  # for no reason
    told = staff.post(path, json={"decision": "withdraw", "reason": "In lỗi"}).json()
    assert told["item"]["state"] == "withdrawn"
    gone = asking().get(f"/api/v1/books/{item.accession}")
    assert gone.status_code == 410
    assert "In lỗi" in str(refusal(gone)["message"])


@pytest.mark.parametrize(
    ("login", "scopes", "status"),
    [("chi", (), 403), ("em", (), 403), ("an", (Verb.UPDATE,), 403), ("xa", (), 404), ("", (), 401)],
)
def test_nobody_decides_without_the_role_the_unit_and_the_key_for_it(
    asking, desk, published, login, scopes, status
):
    path = f"/api/v1/items/{published.accession}/decisions"
    answer = asking(login, *scopes).post(path, json={"decision": "withdraw", "reason": "Thử"})
    assert answer.status_code == status
    assert refusal(answer)["message"]
    assert desk.item(published.accession).state is State.PUBLISHED


def test_a_program_sends_a_batch_from_beginning_to_end(asking, desk):
    staff = asking("an")
    draft = staff.post("/api/v1/drafts", json={"unit": "stp"}).json()
    data = b"%PDF-1.4 and nothing behind"
    name = base64.b64encode("sách.pdf".encode()).decode()
    tus = {"tus-resumable": "1.0.0"}
    room = staff.post(
        draft["upload_to"],
        headers=tus | {"upload-length": str(len(data)), "upload-metadata": f"filename {name}"},
    )
    assert room.status_code == 201, room.text
    early = staff.post(f"/api/v1/drafts/{draft['id']}/hand-in")
    assert (early.status_code, refusal(early)["fields"]) == (409, {"missing": 1})
    piece = tus | {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
    assert staff.patch(room.headers["location"], headers=piece, content=data).status_code == 204
    (file,) = staff.get(f"/api/v1/drafts/{draft['id']}/files").json()["files"]
    assert (file["path"], file["offset"], file["address"]) == (
        "sách.pdf",
        len(data),
        room.headers["location"],
    )
    assert asking("em").get(f"/api/v1/drafts/{draft['id']}").status_code == 404  # another's
    handed = staff.post(f"/api/v1/drafts/{draft['id']}/hand-in")
    assert (handed.status_code, handed.json()) == (202, {"batch": draft["id"]})


def test_a_batch_is_begun_only_where_one_may_and_published_by_who_may(asking):
    assert asking("an").post("/api/v1/drafts", json={"unit": "xa"}).status_code == 403
    assert asking("em").post("/api/v1/drafts", json={"unit": "stp", "publish": True}).status_code == 403
    wrong = asking("an").post("/api/v1/drafts", json={"unit": "stp", "languages": ["klingon"]})
    assert (wrong.status_code, refusal(wrong)["fields"]["field"]) == (422, "languages")
    begun = asking("an").post("/api/v1/drafts", json={"unit": "stp"}).json()
    assert begun["id"] in [one["id"] for one in asking("an").get("/api/v1/drafts").json()["drafts"]]
    assert asking("an").delete(f"/api/v1/drafts/{begun['id']}").status_code == 204
    assert asking("an").get(f"/api/v1/drafts/{begun['id']}").status_code == 404


def test_each_line_of_a_batch_says_what_to_do_next(asking, desk):
    broken = desk.folder / "hỏng.pdf"
    broken.write_bytes(b"%PDF-1.4 and nothing behind")
    batch = take_in(desk.shelf, desk.settings, [broken], publish=False).batch
    staff = asking("an")
    assert batch.id in [one["id"] for one in staff.get("/api/v1/batches").json()["batches"]]
    assert staff.get(f"/api/v1/batches/{batch.id}").json()["figures"]["troubled"] == 1
    (line,) = staff.get(f"/api/v1/batches/{batch.id}/lines", params={"show": "troubled"}).json()["lines"]
    assert (line["state"], line["may_retry"], line["may_replace"]) == ("quarantined", False, True)
    assert line["why"]
    again = staff.post(f"/api/v1/batches/{batch.id}/lines/1/replacement")
    assert (again.status_code, again.json()["replaces"]) == (201, batch.id)
    assert asking("xa").get(f"/api/v1/batches/{batch.id}").status_code == 403
    assert asking("em").post(f"/api/v1/batches/{batch.id}/retry", json={"cleared": True}).status_code == 403


# operators


def test_an_operator_sees_the_people_and_units_that_they_administer(asking):
    told = asking("binh").get("/api/v1/people", params={"limit": 2}).json()
    rest = asking("binh").get("/api/v1/people", params={"after": told["after"]}).json()
    logins = [one["login"] for one in told["people"] + rest["people"]]
    assert logins == ["an", "binh", "chi", "em", "xa"]
    assert asking("binh").get("/api/v1/people/an").json()["roles"] == [
        {"verb": "update", "unit": "stp"},
        {"verb": "manage", "unit": "stp"},
    ]
    assert {"default", "stp", "xa"} <= {
        one["code"] for one in asking("binh").get("/api/v1/units").json()["units"]
    }
    assert asking("binh").get("/api/v1/people/khong-co").status_code == 404
    assert asking("an").get("/api/v1/people").status_code == 403


# all of it


def test_refusals_are_told_in_the_language_that_is_asked_for(asking):
    path = "/api/v1/books/khong-co"
    assert "Không" in str(refusal(asking().get(path))["message"])
    assert "address" in str(refusal(asking(lang="en-GB,vi;q=0.5").get(path))["message"])
    assert "Không" in str(refusal(asking(lang="fr, en;q=0.3, vi;q=0.4").get(path))["message"])


def test_the_guard_refuses_in_the_same_shape(asking):
    assert refusal(asking().get("/api/v1/books/" + "x" * 9_000))["code"] == "portal.status_414"
    large = asking("an").post("/api/v1/drafts", content=b"x" * 2_100_000)
    assert (large.status_code, refusal(large)["code"]) == (413, "portal.status_413")
    strange = asking().post("/api/v1/books/x/pages/1/reports", headers={"sec-fetch-site": "cross-site"})
    assert (strange.status_code, refusal(strange)["code"]) == (403, "portal.status_403")


def test_a_cookie_alone_changes_nothing(desk, described):
    with sign_in(desk.base, "an") as client:
        path = f"/api/v1/items/{described.accession}/pages/2"
        assert client.get(f"/api/v1/items/{described.accession}").status_code == 200
        alone = client.patch(path, json={"label": "x"})
        assert (alone.status_code, refusal(alone)["code"]) == (403, "portal.form_not_ours")
        said = client.patch(path, json={"label": "x"}, headers={"x-form-token": client.form_token()})
        assert said.status_code == 200


def test_nothing_odd_in_a_question_or_a_body_breaks_anything(asking, described):
    staff, item = asking("binh"), f"/api/v1/items/{described.accession}"
    known = staff.get("/api/openapi.json").json()["paths"]
    asked = [
        (re.sub(r"\{\w+\}", "1", path.replace("{accession}", described.accession)), one["name"])
        for path, told in known.items()
        for one in told.get("get", {}).get("parameters", ())
        if one["in"] == "query"
    ]
    answers = [(path, name, odd, staff.get(path, params={name: odd})) for path, name in asked for odd in ODD]
    writer = asking("an")
    bodies = [b"", b"\xff\xfe", b"[" * 100_000, b'{"label": "\\ud800"}', b'{"label": ' + b"9" * 6_000 + b"}"]
    answers += [("", "body", body, writer.patch(f"{item}/pages/1", content=body)) for body in bodies]
    answers += [("", "text", odd, writer.patch(f"{item}/pages/1", json={"label": odd})) for odd in ODD]
    assert [one[:3] for one in answers if one[3].status_code >= 500] == []


def test_the_guide_tells_of_every_operation_in_both_languages(asking, desk):
    told = create_app(desk.settings, desk.shelf, handed_in=lambda: None).openapi()
    names = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert len(set(names)) == len(names)
    for lang in ("vi", "en"):
        assert {f"api.does.{name}" for name in names} == {
            code for code in sentences(lang) if code.startswith("api.does.")
        }
    page = asking().get("/api")
    assert page.status_code == 200
    assert all(
        f"{method.upper()} {path}<" in page.text for path, ways in told["paths"].items() for method in ways
    )


READERS_ASK = ("q", "trang", "loai", "nam", "sap", "sau", "tu", "doi", "xem", "rong")


def test_nothing_odd_in_the_address_of_a_page_breaks_it(desk, published, described):
    pages = [
        one
        for router in every_router()
        for one in router.routes
        if "GET" in one.methods and not one.include_in_schema and not one.path.startswith("/dang-nhap/oidc")
    ]
    broken = []
    with sign_in(desk.base, "binh") as operator, sign_in(desk.base, "an") as staff:
        for page in pages:
            item = described if page.path.startswith("/can-bo") else published
            path = page.path.replace("{accession}", item.accession).replace("{number}", "1")
            path = re.sub(r"\{\w+(:path)?\}", "1", path)
            client = staff if path.startswith("/can-bo") else operator
            names = {one.alias for one in page.dependant.query_params}
            for name in sorted(names or READERS_ASK):
                for odd in ODD:
                    answer = client.get(path, params={name: odd})
                    if answer.status_code >= 500:
                        broken.append((path, name, odd[:20]))
            for odd in ODD:
                place = re.sub(r"\{\w+(:path)?\}", lambda _, odd=odd: quote(odd[:200], safe=""), page.path)
                if client.get(place).status_code >= 500:
                    broken.append((page.path, "", odd[:20]))
    assert broken == []


def test_who_did_what_is_told_to_those_who_operate_there(asking):
    asked = asking("binh")
    told = asked.get("/api/v1/acts", params={"limit": 1}).json()
    (act,) = told["acts"]
    assert act["what"] != act["action"]
    rest = asked.get("/api/v1/acts", params={"before": told["before"]}).json()["acts"]
    assert all(one["id"] < act["id"] for one in rest)
    named = asked.get("/api/v1/acts", params={"actor": "an"}).json()["acts"]
    assert {one["by"] for one in named} <= {"an"}
    assert asking("an").get("/api/v1/acts").status_code == 403
