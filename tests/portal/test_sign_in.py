"""The door, the cookie, and one's own account."""

from __future__ import annotations

import re
import secrets

import httpx
import pytest
from starlette.responses import Response

from domain.people import ActCriteria
from flows.steps import people
from portal.signing import keep_cookie
from tests.flows.steps.people import PASSWORD, ROOT_SHELL, add
from tests.portal.signing import sign_in

NEW = "một câu khác hẳn"


@pytest.fixture
def newcomer(shelf):
    """The login of somebody for this test alone, since it changes what they are."""
    login = f"moi.{secrets.token_hex(4)}"
    add(shelf, login, "access@stp", unit="stp")
    return login


def test_somebody_comes_in_and_is_led_to_where_they_wanted(client):
    first = client.get("/tai-khoan?x=1")
    assert (first.status_code, first.headers["location"]) == (303, "/dang-nhap?ve=%2Ftai-khoan%3Fx%3D1")
    door = client.get(first.headers["location"])
    assert 'name="ve" value="/tai-khoan?x=1"' in door.text
    entered = client.post("/dang-nhap", data={"login": "an", "password": PASSWORD, "ve": "/tai-khoan?x=1"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/tai-khoan?x=1")
    assert "Người dùng an" in client.get("/tai-khoan").text
    assert client.get("/dang-nhap").headers["location"] == "/tai-khoan"


def test_the_cookie_is_for_us_alone_and_no_script_reads_it(client):
    entered = client.post("/dang-nhap", data={"login": "an", "password": PASSWORD})
    told = entered.headers["set-cookie"]
    assert re.fullmatch(
        r"tusach_session=[A-Za-z0-9_-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax", told
    )


def test_behind_encryption_the_cookie_never_travels_without():
    answer = Response()
    keep_cookie(answer, "x", secure=True)
    assert answer.headers["set-cookie"] == (
        "__Host-tusach=x; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure"
    )


def test_nobody_is_believed_about_encryption_or_address_who_is_no_proxy_of_ours(client, shelf, newcomer):
    entered = client.post(
        "/dang-nhap",
        data={"login": newcomer, "password": PASSWORD},
        headers={"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.1"},
    )
    assert entered.headers["set-cookie"].startswith("tusach_session=")
    with shelf.catalog.view() as seen:
        assert seen.people.acts(ActCriteria(actor=newcomer), before=None, limit=1)[0].address == "127.0.0.1"


@pytest.mark.parametrize("to", ["https://example.com/", "//example.com", "/\\example.com"])
def test_the_door_leads_to_no_other_site(client, to):
    assert 'name="ve" value="/"' in client.get("/dang-nhap", params={"ve": to}).text
    entered = client.post("/dang-nhap", data={"login": "an", "password": PASSWORD, "ve": to})
    assert entered.headers["location"] == "/"


def test_whoever_does_not_know_the_password_is_told_so_and_keeps_the_login(client):
    said = client.post("/dang-nhap", data={"login": '"><script>x', "password": "wrong password"})
    assert said.status_code == 403
    assert "set-cookie" not in said.headers
    assert 'role="alert"' in said.text
    assert 'value="&#34;&gt;&lt;script&gt;x"' in said.text


def test_after_many_failures_the_page_says_how_long_to_wait(client):
    login = secrets.token_hex(8)
    answers = [
        client.post("/dang-nhap", data={"login": login, "password": "wrong password"}) for _ in range(6)
    ]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) in range(1, 6)
    assert "giây rồi thử lại" in answers[-1].text


@pytest.mark.parametrize(
    "fields",
    [{}, {"login": "an"}, {"login": "a" * 501, "password": "x"}, {"login": "an", "password": "x" * 2001}],
    ids=["nothing", "no password", "a long login", "a long password"],
)
def test_a_form_that_is_not_ours_is_refused(client, fields):
    assert client.post("/dang-nhap", data=fields).status_code == 422


def test_leaving_ends_the_session_and_empties_the_cache(base, signed_in):
    an = signed_in("an")
    kept = dict(an.cookies)
    left = an.send_form("/dang-xuat", {})
    assert left.status_code == 303
    assert left.headers["clear-site-data"] == '"cache"'
    assert not dict(an.cookies)
    assert httpx.get(f"{base}/tai-khoan", cookies=kept, trust_env=False).status_code == 303


def test_a_session_seen_elsewhere_ends_where_its_owner_says(base, newcomer, signed_in):
    with sign_in(base, newcomer) as here, sign_in(base, newcomer) as there:
        other = re.search(r'name="session" value="([0-9a-f]{32})"', here.get("/tai-khoan").text)[1]
        assert here.send_form("/tai-khoan/phien", {"session": other}).status_code == 303
        assert there.get("/tai-khoan").status_code == 303
        assert here.get("/tai-khoan").status_code == 200
        with sign_in(base, newcomer) as third:
            here.send_form("/tai-khoan/phien-khac", {})
            assert third.get("/tai-khoan").status_code == 303


# what is not ours


def test_a_form_without_the_word_of_this_session_changes_nothing(signed_in):
    an, binh = signed_in("an"), signed_in("binh")
    for word in ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": binh.form_token()}):
        answer = an.post("/tai-khoan/phien-khac", data=word)
        assert answer.status_code == 403
        assert "Biểu mẫu này đã cũ" in answer.text
    assert an.post("/tai-khoan/phien-khac", headers={"x-form-token": "0" * 32}).status_code == 403
    assert an.post("/tai-khoan/phien-khac", headers={"x-form-token": an.form_token()}).status_code == 303


@pytest.mark.parametrize("cookie", ["", "x", "x" * 4_000, "%00", "../../etc/passwd", "é"])
def test_a_cookie_of_nobody_s_is_nobody(base, cookie):
    with httpx.Client(base_url=base, trust_env=False) as client:
        answer = client.get("/tai-khoan", headers={"cookie": f"tusach_session={cookie}".encode()})
        assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/tai-khoan", "/tai-khoan/mat-khau"])
def test_what_somebody_signed_in_sees_is_kept_by_no_cache(signed_in, path):
    assert "private" in signed_in("an").get(path).headers["cache-control"]


def test_a_post_without_a_session_is_not_led_around(client):
    assert client.post("/tai-khoan/phien-khac").status_code == 401


# passwords


def test_a_given_password_has_to_be_changed_before_anything_else(base, shelf, newcomer):
    people.reset_password(shelf, ROOT_SHELL, newcomer, NEW)
    with sign_in(base, newcomer, NEW) as client:
        assert client.get("/tai-khoan").headers["location"] == "/tai-khoan/mat-khau"
        assert client.get("/api/v1/account").status_code == 403
        assert (
            client.send_form("/tai-khoan/khoa", {"name": "x", "days": 1, "scopes": "access"}).headers[
                "location"
            ]
            == "/tai-khoan/mat-khau"
        )
        page = client.get("/tai-khoan/mat-khau")
        assert "do người quản trị cấp" in page.text

        def change(present=NEW, new=PASSWORD, again=PASSWORD):
            fields = {"present": present, "new": new, "again": again}
            return client.send_form("/tai-khoan/mat-khau", fields)

        for wrong in ({"again": "another one"}, {"present": "wrong"}, {"new": "ngắn", "again": "ngắn"}):
            answer = change(**wrong)
            assert answer.status_code == 422
            assert 'role="alert"' in answer.text
            assert PASSWORD not in answer.text
        assert change().status_code == 303
        assert client.get("/tai-khoan").status_code == 200


# keys for programs


def _key(client, **fields):
    answer = client.send_form("/tai-khoan/khoa", {"name": "máy <b>quét</b>", "days": 30} | fields)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return re.search(r"tst_[A-Za-z0-9_-]{43}", answer.text)[0]


def test_a_key_is_shown_once_and_opens_the_api_alone(base, newcomer):
    with sign_in(base, newcomer) as client:
        key = _key(client, scopes=["access"])
        page = client.get("/tai-khoan")
        assert key not in page.text
        assert "máy &lt;b&gt;quét&lt;/b&gt;" in page.text
    bearer = {"authorization": f"Bearer {key}"}
    with httpx.Client(base_url=base, trust_env=False, headers=bearer) as program:
        assert program.get("/api/v1/account").json() == {
            "login": newcomer,
            "name": f"Người dùng {newcomer}",
            "unit": "stp",
            "roles": [{"verb": "access", "unit": "stp"}],
            "scopes": ["access"],
        }
        assert program.get("/tai-khoan").status_code == 303
        assert program.post("/tai-khoan/phien-khac").status_code == 401


def test_a_revoked_key_opens_nothing(base, newcomer):
    with sign_in(base, newcomer) as client:
        key = _key(client, scopes=["access"])
        token = re.search(r'name="token" value="([0-9a-f]{32})"', client.get("/tai-khoan").text)[1]
        client.send_form("/tai-khoan/khoa/thu-hoi", {"token": token})
    answer = httpx.get(f"{base}/api/v1/account", headers={"authorization": f"Bearer {key}"}, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "portal.status_401"


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer x", "Basic YW46YW4=", "bearer tst_" + "x" * 5_000, "Bearer é"]
)
def test_a_key_of_nobody_s_opens_nothing(base, said):
    headers = {"authorization": said.encode()}
    assert httpx.get(f"{base}/api/v1/account", headers=headers, trust_env=False).status_code == 401


@pytest.mark.parametrize(
    "fields",
    [{}, {"scopes": "everything"}, {"scopes": "access", "days": 0}, {"scopes": "access", "days": "x"}],
    ids=str,
)
def test_a_key_needs_scopes_and_an_end(base, newcomer, fields):
    with sign_in(base, newcomer) as client:
        answer = client.send_form("/tai-khoan/khoa", {"name": "x", "days": 30} | fields)
        assert answer.status_code == 422


def test_every_act_is_kept_with_its_address(base, shelf, newcomer):
    with sign_in(base, newcomer) as client:
        _key(client, scopes=["access"])
        client.send_form("/dang-xuat", {})
    with shelf.catalog.view() as seen:
        acts = seen.people.acts(ActCriteria(actor=newcomer), before=None, limit=10)
    assert [act.action for act in acts] == ["signed_out", "token_added", "signed_in"]
    assert {act.address for act in acts} == {"127.0.0.1"}
