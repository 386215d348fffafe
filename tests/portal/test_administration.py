"""Operators at work: people, units, the log of acts."""

from __future__ import annotations

import re
import secrets

import pytest

from domain.values import Actor
from flows.steps.acting import Acting
from flows.steps.units import add_unit, end_unit
from tests.flows.steps.people import NOW, ROOT_SHELL, add
from tests.portal.signing import sign_in

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def name():
    """A word for this test alone: the library outlives it."""
    return f"t{secrets.token_hex(5)}"


def _one_time(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return re.search(r'<code class="secret">([a-z0-9-]{19})</code>', answer.text)[1]


def test_an_operator_adds_somebody_who_chooses_a_password_at_the_door(base, signed_in, name):
    binh = signed_in("binh")
    fields = {"login": name, "name": HOSTILE, "unit": "stp", "verbs": ["update", "access"]}
    password = _one_time(binh.send_form("/quan-tri/nguoi-dung", fields))
    page = binh.get(f"/quan-tri/nguoi-dung/{name}")
    assert "chưa đổi mật khẩu được cấp" in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>alert" not in page.text + binh.get("/quan-tri/nguoi-dung?sau=t").text
    with sign_in(base, name, password) as newcomer:
        assert newcomer.get("/tai-khoan").headers["location"] == "/tai-khoan/mat-khau"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"login": "binh"}, 422),
        ({"login": HOSTILE}, 422),
        ({"name": "\u202e"}, 422),
        ({"unit": "nowhere"}, 404),
        ({"verbs": "everything"}, 422),
        ({"unit": "x" * 81}, 422),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_and_nobody_is_added(signed_in, name, changed, status):
    binh = signed_in("binh")
    answer = binh.send_form("/quan-tri/nguoi-dung", {"login": name, "name": "X", "unit": "stp"} | changed)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert binh.get(f"/quan-tri/nguoi-dung/{name}").status_code == 404


def test_roles_name_and_doors_of_a_person_are_changed(base, shelf, signed_in, name):
    add(shelf, name, unit="stp")
    binh, path = signed_in("binh"), f"/quan-tri/nguoi-dung/{name}"

    def send(action, **fields):
        answer = binh.send_form(f"{path}/{action}", fields)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        return binh.get(path).text

    with sign_in(base, name) as client:
        assert "quản lý – stp" in send("quyen", verb="manage", unit="stp")
        assert "quản lý – stp" not in send("quyen/thu-hoi", verb="manage", unit="stp").partition("<form")[0]
        assert "<h1>Lê Văn Tám</h1>" in send("sua", name="Lê  Văn Tám", unit="default")
        assert client.get("/tai-khoan").status_code == 200
        send("phien")
        assert client.get("/tai-khoan").status_code == 303
    assert "đã khóa" in send("khoa")
    assert "đã khóa" not in send("mo-khoa")
    password = _one_time(binh.send_form(f"{path}/mat-khau", {}))
    with sign_in(base, name, password):
        pass


def test_an_operator_of_one_unit_sees_and_changes_nobody_of_another(base, shelf, name):
    add_unit(shelf, ROOT_SHELL, code=name, name=HOSTILE)
    add(shelf, name, "operate", unit=name)
    with sign_in(base, name) as client:
        listed = client.get("/quan-tri/nguoi-dung").text
        assert f"/quan-tri/nguoi-dung/{name}" in listed
        assert "/quan-tri/nguoi-dung/an" not in listed
        assert '<option value="stp"' not in listed
        for action in ("sua", "quyen", "quyen/thu-hoi", "mat-khau", "phien", "khoa", "mo-khoa"):
            fields = {"name": "X", "unit": name, "verb": "access"}
            assert client.send_form(f"/quan-tri/nguoi-dung/an/{action}", fields).status_code == 403
        assert client.get("/quan-tri/nguoi-dung/an").status_code == 403
        assert client.get("/quan-tri/don-vi/sua?ma=stp").status_code == 403
        fields = {"ma": "stp", "name": "X", "parent": name}
        assert client.send_form("/quan-tri/don-vi/sua", fields).status_code == 403
        assert client.get("/quan-tri/nhat-ky?don_vi=stp").status_code == 403
        acts = client.get("/quan-tri/nhat-ky").text
        assert f"<td>{name}</td>" in acts
        assert "<td>an</td>" not in acts


def test_nobody_locks_themselves_out(signed_in):
    answer = signed_in("binh").send_form("/quan-tri/nguoi-dung/binh/khoa", {})
    assert answer.status_code == 422
    assert "Không tự khóa tài khoản" in answer.text


def test_units_are_added_renamed_moved_and_ended(signed_in, name):
    binh = signed_in("binh")
    fields = {"ma": name, "name": HOSTILE, "parent": "stp", "valid_from": "2020-01-01"}
    assert binh.send_form("/quan-tri/don-vi", fields).status_code == 303
    listed = binh.get("/quan-tri/don-vi").text
    assert "&lt;script&gt;alert(1)" in listed
    assert "<script>alert" not in listed
    page = f"/quan-tri/don-vi/sua?ma={name}"
    moved = {"ma": name, "name": "Phòng mới", "parent": "default", "valid_from": "2025-07-01"}
    answer = binh.send_form("/quan-tri/don-vi/sua", moved)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert re.findall(r"<td>(\d+/\d+/\d+)</td>", binh.get(page).text) == [
        "01/7/2025",
        "01/01/2020",
        "30/6/2025",
    ]
    ended = {"ma": name, "valid_to": "2025-12-31"}
    assert binh.send_form("/quan-tri/don-vi/ket-thuc", ended).status_code == 303
    assert "đã kết thúc" in binh.get("/quan-tri/don-vi").text
    assert binh.send_form("/quan-tri/don-vi/ket-thuc", {"ma": name, "valid_to": ""}).status_code == 303


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("", {"ma": "stp"}, 422),
        ("", {"ma": "a@b"}, 422),
        ("", {"parent": "nowhere"}, 404),
        ("", {"valid_from": "yesterday"}, 422),
        ("/sua", {"ma": "nowhere"}, 404),
        ("/sua", {"ma": "default", "parent": "stp"}, 422),
        ("/sua", {"ma": "stp", "parent": "stp"}, 422),
        ("/ket-thuc", {"ma": "default", "valid_to": "2030-01-01"}, 422),
    ],
    ids=str,
)
def test_what_would_break_the_tree_is_said(signed_in, name, path, fields, status):
    sent = {"ma": name, "name": "X", "parent": "default"} | fields
    assert signed_in("binh").send_form(f"/quan-tri/don-vi{path}", sent).status_code == status


def test_the_log_is_filtered_and_goes_on_page_by_page(shelf, signed_in, name):
    somebody = Acting(Actor(name), NOW)
    for place in range(51):
        add_unit(shelf, somebody, code=f"{name}-{place}", name=name)
    end_unit(shelf, somebody, f"{name}-0", valid_to=NOW.date())
    binh = signed_in("binh")
    first = binh.get("/quan-tri/nhat-ky", params={"ai": name.upper(), "viec": "unit_added"}).text
    assert first.partition("<tbody>")[2].count("<tr>") == 50
    assert "trực thuộc: default" in first
    more = re.search(r'href="(/quan-tri/nhat-ky\?[^"]*truoc=\d+)"', first)[1].replace("&amp;", "&")
    assert binh.get(more).text.partition("<tbody>")[2].count("<tr>") == 1
    of_unit = binh.get("/quan-tri/nhat-ky", params={"ai": name, "don_vi": "stp"})
    assert "Không có việc nào khớp" in of_unit.text


@pytest.mark.parametrize("asked", ["truoc=0", "truoc=x", "truoc=99999999999999999999", "ai=" + "x" * 201])
def test_a_question_that_makes_no_sense_is_refused(signed_in, asked):
    assert signed_in("binh").get(f"/quan-tri/nhat-ky?{asked}").status_code == 422


@pytest.mark.parametrize("asked", ["ai=%00", "viec=' OR 1=1", "ai=%F0%9F%92%A9", "viec=<b>"])
def test_a_question_for_what_nobody_did_finds_nothing(signed_in, asked):
    answer = signed_in("binh").get(f"/quan-tri/nhat-ky?{asked}")
    assert answer.status_code == 200
    assert "Không có việc nào khớp" in answer.text


def test_every_act_has_a_word():
    from pathlib import Path

    from config.messages import sentences

    steps = Path(__file__).parents[2] / "flows" / "steps"
    source = "".join((steps / f"{name}.py").read_text("utf-8") for name in ("people", "units", "sign_in"))
    actions = set(re.findall(r'(?:note\(changes|_act\([a-z.]+), "([a-z_]+)"', source))
    assert len(actions) > 15
    assert {f"account.act.{action}" for action in actions} <= sentences("vi").keys()
