"""Who may ask for what: the table of every route."""

import re

import httpx
import pytest
from fastapi.routing import APIRoute

from domain.people import Verb
from portal.access import ACCESS
from portal.app import every_router
from tests.portal.pages import EVERY, NO_PAGES
from tests.portal.signing import STAFF

ANYHOW = "signed in, password to change or not"
OF_ALL_AND_OF_PEOPLE = {
    ("GET", "/"): "everyone",
    ("GET", "/song"): "everyone",
    ("POST", "/tuy-chon"): "everyone",
    ("GET", "/static/{address:path}"): "everyone",
    ("GET", "/danh-muc"): "everyone",
    ("GET", "/tim"): "everyone",
    ("GET", "/api/v1/goi-y"): "everyone",
    ("GET", "/to-gap"): "everyone",
    ("GET", "/to-gap/{accession}"): "everyone",
    ("GET", "/sach/{accession}"): "everyone",
    ("GET", "/sach/{accession}/tep/{name}"): "everyone",
    ("GET", "/sach/{accession}/trich-dan/{form}"): "everyone",
    ("GET", "/sach/{accession}/trang/{number}"): "everyone",
    ("POST", "/sach/{accession}/trang/{number}/bao-loi"): "everyone",
    ("GET", "/sach/{accession}/toi"): "everyone",
    ("GET", "/sach/{accession}/anh/{number}"): "everyone",
    ("GET", "/robots.txt"): "everyone",
    ("GET", "/sitemap.xml"): "everyone",
    ("GET", "/sitemap/{after}.xml"): "everyone",
    ("GET", "/moi.atom"): "everyone",
    ("GET", "/opensearch.xml"): "everyone",
    ("GET", "/nhung"): "everyone",
    ("GET", "/dang-nhap"): "everyone",
    ("POST", "/dang-nhap"): "everyone",
    ("GET", "/dang-nhap/oidc"): "everyone",
    ("GET", "/dang-nhap/oidc/ve"): "everyone",
    ("POST", "/dang-xuat"): ANYHOW,
    ("GET", "/tai-khoan"): "signed in",
    ("GET", "/tai-khoan/mat-khau"): ANYHOW,
    ("POST", "/tai-khoan/mat-khau"): ANYHOW,
    ("POST", "/tai-khoan/phien"): "signed in",
    ("POST", "/tai-khoan/phien-khac"): "signed in",
    ("POST", "/tai-khoan/khoa"): "signed in",
    ("POST", "/tai-khoan/khoa/thu-hoi"): "signed in",
    ("GET", "/api/v1/account"): "signed in",
    ("GET", "/quan-tri/nguoi-dung"): "operate",
    ("POST", "/quan-tri/nguoi-dung"): "operate",
    ("GET", "/quan-tri/nguoi-dung/{login}"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/sua"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/quyen"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/quyen/thu-hoi"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/mat-khau"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/phien"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/khoa"): "operate",
    ("POST", "/quan-tri/nguoi-dung/{login}/mo-khoa"): "operate",
    ("GET", "/quan-tri/don-vi"): "operate",
    ("POST", "/quan-tri/don-vi"): "operate",
    ("GET", "/quan-tri/don-vi/sua"): "operate",
    ("POST", "/quan-tri/don-vi/sua"): "operate",
    ("POST", "/quan-tri/don-vi/ket-thuc"): "operate",
    ("GET", "/quan-tri/nhat-ky"): "operate",
    ("OPTIONS", "/can-bo/tai-len/{draft}"): "update",
    ("POST", "/can-bo/tai-len/{draft}"): "update",
    ("GET", "/can-bo/tai-len/{draft}/{upload}"): "update",
    ("PATCH", "/can-bo/tai-len/{draft}/{upload}"): "update",
    ("DELETE", "/can-bo/tai-len/{draft}/{upload}"): "update",
    ("GET", "/can-bo/lo"): "access",
    ("GET", "/can-bo/lo/moi"): "update",
    ("POST", "/can-bo/lo/moi"): "update",
    ("GET", "/can-bo/lo/{draft}/tep"): "update",
    ("GET", "/can-bo/lo/{draft}/tep.json"): "update",
    ("POST", "/can-bo/lo/{draft}/tep"): "update",
    ("POST", "/can-bo/lo/{draft}/bo-tep"): "update",
    ("POST", "/can-bo/lo/{draft}/chon-danh-muc"): "update",
    ("GET", "/can-bo/lo/{draft}/danh-muc"): "update",
    ("POST", "/can-bo/lo/{draft}/nop"): "update",
    ("POST", "/can-bo/lo/{draft}/bo"): "update",
    ("GET", "/can-bo/lo/{batch}"): "access",
    ("GET", "/can-bo/lo/{batch}/tien-do"): "access",
    ("POST", "/can-bo/lo/{batch}/lam-lai"): "update",
    ("POST", "/can-bo/lo/{batch}/thay/{ordinal}"): "update",
    ("GET", "/can-bo/lo/{batch}/bao-cao.csv"): "access",
    ("GET", "/can-bo/sach"): "access",
    ("POST", "/can-bo/sach/nhieu"): "manage",
    ("GET", "/can-bo/sach/{accession}"): "access",
    ("GET", "/can-bo/sach/{accession}/lich-su"): "access",
    ("GET", "/can-bo/sach/{accession}/quyet-dinh/{decision}"): "access",
    ("POST", "/can-bo/sach/{accession}/quyet-dinh/{decision}"): "access",
    ("GET", "/can-bo/sach/{accession}/mo-ta"): "access",
    ("POST", "/can-bo/sach/{accession}/mo-ta"): "update",
    ("POST", "/can-bo/sach/{accession}/mo-ta/hoan-tac"): "update",
    ("GET", "/can-bo/sach/{accession}/trich-dan"): "access",
    ("POST", "/can-bo/sach/{accession}/trich-dan"): "update",
    ("GET", "/can-bo/sach/{accession}/anh/{number}/{size}"): "access",
    ("GET", "/can-bo/sach/{accession}/trang"): "access",
    ("POST", "/can-bo/sach/{accession}/trang/{number}"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/hoan-tac"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/xoay"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/tach"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/ghep"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/chuyen"): "update",
    ("GET", "/can-bo/sach/{accession}/trang/{number}/quet-lai"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/quet-lai"): "update",
    ("POST", "/can-bo/sach/{accession}/sap-xep/hoan-tac"): "update",
    ("GET", "/can-bo/sach/{accession}/sua-tiep"): "access",
    ("GET", "/can-bo/sach/{accession}/trang/{number}/sua"): "access",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/sua"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/sua/them"): "update",
    ("POST", "/can-bo/sach/{accession}/trang/{number}/sua/hoan-tac"): "update",
    ("GET", "/can-bo/sach/{accession}/bao-loi"): "access",
    ("POST", "/can-bo/sach/{accession}/bao-loi"): "update",
    ("POST", "/can-bo/sach/{accession}/bao-loi/hoan-tac"): "update",
    ("GET", "/quan-tri/hai-nguoi"): "operate",
    ("POST", "/quan-tri/hai-nguoi"): "operate",
}
OF_READERS = {
    ("GET", "/danh-muc"): "everyone",
    ("GET", "/to-gap"): "everyone",
    ("GET", "/to-gap/{accession}"): "everyone",
    ("GET", "/tim"): "everyone",
    ("GET", "/api/v1/goi-y"): "everyone",
    ("GET", "/sach/{accession}"): "everyone",
    ("GET", "/sach/{accession}/tep/{name}"): "everyone",
    ("GET", "/sach/{accession}/trich-dan/{form}"): "everyone",
    ("GET", "/sach/{accession}/trang/{number}"): "everyone",
    ("GET", "/sach/{accession}/toi"): "everyone",
    ("GET", "/sach/{accession}/anh/{number}"): "everyone",
    ("POST", "/sach/{accession}/trang/{number}/bao-loi"): "everyone",
    ("GET", "/robots.txt"): "everyone",
    ("GET", "/sitemap.xml"): "everyone",
    ("GET", "/sitemap/{after}.xml"): "everyone",
    ("GET", "/moi.atom"): "everyone",
    ("GET", "/opensearch.xml"): "everyone",
    ("GET", "/nhung"): "everyone",
}
OF_OPERATORS = {
    ("GET", "/van-hanh"): "operate",
    ("GET", "/van-hanh/luc-nay"): "operate",
    ("GET", "/van-hanh/cach-ly"): "operate",
    ("POST", "/van-hanh/cach-ly/lam-lai"): "operate",
    ("POST", "/van-hanh/cach-ly/lam-lai-het"): "operate",
    ("GET", "/van-hanh/cach-ly/{accession}/tep/{ordinal}"): "signed in",
    ("POST", "/van-hanh/cach-ly/tra-lai"): "operate",
    ("GET", "/van-hanh/cach-ly/cong-van"): "operate",
    ("GET", "/van-hanh/luot-chay"): "operate",
    ("GET", "/van-hanh/luot-chay/{run_id}"): "operate",
    ("POST", "/van-hanh/luot-chay/{run_id}/lam-lai"): "operate",
    ("POST", "/van-hanh/luot-chay/{run_id}/rut"): "operate",
    ("GET", "/van-hanh/kiem-tra"): "operate",
    ("GET", "/van-hanh/kiem-tra/luc-nay"): "operate",
    ("POST", "/van-hanh/kiem-tra"): "operate",
    ("GET", "/van-hanh/cai-dat"): "operate",
    ("GET", "/van-hanh/so-lieu"): "operate",
    ("GET", "/van-hanh/so-lieu.csv"): "operate",
    ("GET", "/api/v1/operate/now"): "operate",
    ("GET", "/api/v1/operate/quarantine"): "operate",
    ("GET", "/api/v1/operate/numbers"): "operate",
}
OF_THE_API = {
    ("GET", "/api"): "everyone",
    ("GET", "/api/v1/search"): "everyone",
    ("GET", "/api/v1/books"): "everyone",
    ("GET", "/api/v1/books/{accession}"): "everyone",
    ("GET", "/api/v1/books/{accession}/pages/{number}"): "everyone",
    ("GET", "/api/v1/books/{accession}/search"): "everyone",
    ("POST", "/api/v1/books/{accession}/pages/{number}/reports"): "everyone",
    ("GET", "/api/v1/batches"): "access",
    ("GET", "/api/v1/batches/{batch}"): "access",
    ("GET", "/api/v1/batches/{batch}/lines"): "access",
    ("POST", "/api/v1/batches/{batch}/retry"): "update",
    ("POST", "/api/v1/batches/{batch}/lines/{ordinal}/replacement"): "update",
    ("GET", "/api/v1/drafts"): "update",
    ("POST", "/api/v1/drafts"): "update",
    ("GET", "/api/v1/drafts/{draft}"): "update",
    ("DELETE", "/api/v1/drafts/{draft}"): "update",
    ("GET", "/api/v1/drafts/{draft}/files"): "update",
    ("DELETE", "/api/v1/drafts/{draft}/files"): "update",
    ("PUT", "/api/v1/drafts/{draft}/manifest"): "update",
    ("GET", "/api/v1/drafts/{draft}/manifest"): "update",
    ("POST", "/api/v1/drafts/{draft}/hand-in"): "update",
    ("GET", "/api/v1/items"): "access",
    ("GET", "/api/v1/items/{accession}"): "access",
    ("GET", "/api/v1/items/{accession}/history"): "access",
    ("POST", "/api/v1/items/{accession}/decisions"): "access",
    ("GET", "/api/v1/items/{accession}/record"): "access",
    ("PATCH", "/api/v1/items/{accession}/record"): "update",
    ("POST", "/api/v1/items/{accession}/record/undo"): "update",
    ("GET", "/api/v1/items/{accession}/citations"): "access",
    ("PUT", "/api/v1/items/{accession}/citations/{ordinal}"): "update",
    ("GET", "/api/v1/items/{accession}/pages"): "access",
    ("PATCH", "/api/v1/items/{accession}/pages/{number}"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/undo"): "update",
    ("GET", "/api/v1/items/{accession}/pages/{number}/lines"): "access",
    ("PUT", "/api/v1/items/{accession}/pages/{number}/lines/{place}"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/lines/undo"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/lines"): "update",
    ("GET", "/api/v1/items/{accession}/arrangement"): "access",
    ("POST", "/api/v1/items/{accession}/arrangement/undo"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/turn"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/part"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/join"): "update",
    ("POST", "/api/v1/items/{accession}/pages/{number}/move"): "update",
    ("PUT", "/api/v1/items/{accession}/pages/{number}/scan"): "update",
    ("GET", "/api/v1/items/{accession}/pages/{number}/picture"): "access",
    ("GET", "/api/v1/items/{accession}/reports"): "access",
    ("PUT", "/api/v1/items/{accession}/reports/{report}"): "update",
    ("POST", "/api/v1/items/{accession}/reports/undo"): "update",
    ("POST", "/api/v1/operate/quarantine/retry"): "operate",
    ("POST", "/api/v1/operate/quarantine/return"): "operate",
    ("GET", "/api/v1/operate/quarantine/letter"): "operate",
    ("GET", "/api/v1/operate/settings"): "operate",
    ("GET", "/api/v1/operate/runs"): "operate",
    ("GET", "/api/v1/operate/runs/{run_id}"): "operate",
    ("POST", "/api/v1/operate/runs/{run_id}/retry"): "operate",
    ("POST", "/api/v1/operate/runs/{run_id}/cancel"): "operate",
    ("GET", "/api/v1/operate/audit"): "operate",
    ("POST", "/api/v1/operate/audit"): "operate",
    ("GET", "/api/v1/acts"): "operate",
    ("GET", "/api/v1/people"): "operate",
    ("GET", "/api/v1/people/{login}"): "operate",
    ("GET", "/api/v1/units"): "operate",
}
TABLE = OF_ALL_AND_OF_PEOPLE | OF_READERS | OF_OPERATORS | OF_THE_API


def test_every_route_has_its_row_in_the_table():
    routes = [one for router in every_router() for one in router.routes]
    assert {type(one) for one in routes} == {APIRoute}
    told = {
        (method, one.path): (one.openapi_extra or {}).get(ACCESS) for one in routes for method in one.methods
    }
    assert told == TABLE


def test_every_page_that_can_be_asked_for_is_looked_at_in_a_browser():
    asked_for = [one for router in every_router() for one in router.routes if "GET" in one.methods]
    routes = [one for one in asked_for if not one.path.startswith("/api/")]  # JSON, and asked elsewhere
    asked = [re.sub(r"\{\w*\}", "an", page.partition("?")[0]) for page in EVERY]
    met = [next((one for one in routes if one.path_regex.match(path)), None) for path in asked]
    looked_at = {one.path for one in met if one}  # a page that is not there is looked at, too
    assert looked_at | NO_PAGES.keys() == {one.path for one in routes}
    assert looked_at & NO_PAGES.keys() == set()


def _asked(client, method, path):
    path = re.sub(r"\{\w+(:path)?\}", "an", path)
    return client.request(method, path, headers={"x-form-token": client.form_token()})


@pytest.mark.parametrize(
    ("method", "path", "who"), [(*route, who) for route, who in TABLE.items() if who != "everyone"]
)
def test_what_a_route_says_is_held_against_strangers_and_those_without_the_role(
    base, signed_in, method, path, who
):
    with httpx.Client(base_url=base, trust_env=False) as stranger:
        answer = stranger.request(method, re.sub(r"\{\w+\}", "an", path))
        assert answer.status_code in (303, 401)
        assert answer.headers.get("location", "/dang-nhap").startswith("/dang-nhap")
    if who in list(Verb):
        for login, roles in STAFF.items():
            held = {role.partition("@")[0] for role in roles} | ({"access"} if roles else set())
            if who not in held:
                assert _asked(signed_in(login), method, path).status_code == 403
