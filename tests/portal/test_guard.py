"""What holds for every answer, and for every request that would change something."""

import pytest
from starlette.datastructures import Headers

from portal.routes.preferences import inside
from portal.security import HEADERS, LARGEST_BODY, LONGEST_TARGET, same_site


@pytest.mark.parametrize("path", ["/", "/khong-co", "/static/khong-co.css", "/api/openapi.json"])
def test_every_answer_carries_the_headers(client, path):
    answer = client.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ({}, True),  # a program
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://tusach.vn"}, True),
        ({"origin": "https://tusach.vn"}, False),
        ({"origin": "http://tusach.vn.example.com"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_what_another_site_sends_is_turned_away(said, allowed):
    assert same_site(Headers({"host": "tusach.vn"} | said), "http") is allowed


def test_a_form_of_another_site_changes_nothing(client):
    answer = client.post("/tuy-chon", data={"lang": "en"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_an_address_without_end_is_refused(client):
    assert client.get("/tim?q=" + "a" * LONGEST_TARGET).status_code == 414


@pytest.mark.parametrize(
    "path", ["//example.com", "/\\example.com", "https://example.com", "javascript:alert(1)", "", "/a\nb"]
)
def test_no_form_leads_to_another_site(path):
    assert inside(path) == "/"


def test_a_choice_of_language_stays_and_leads_back(client):
    answer = client.post("/tuy-chon", data={"lang": "en", "back": "/?a=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=1")
    assert 'lang="en"' in client.get("/").text
    client.post("/tuy-chon", data={"lang": "vi"})
    assert 'lang="vi"' in client.get("/").text


def test_a_page_that_is_not_there_says_so_in_the_reader_s_language(client):
    answer = client.get("/khong-co")
    assert answer.status_code == 404
    assert "Không có trang nào ở địa chỉ này" in answer.text


def test_a_path_is_shown_as_text(client):
    assert "<script>alert" not in client.get("/%3Cscript%3Ealert(1)%3C/script%3E").text


def test_a_style_is_kept_for_ever_under_the_name_of_what_it_holds(client):
    address = next(part for part in client.get("/").text.split('"') if part.endswith(".css"))
    answer = client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert ":root" in answer.text
    assert client.get(address, headers={"accept-encoding": "identity"}).text == answer.text


def test_asking_for_the_head_alone_brings_no_body(client):
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/html")


def test_a_body_without_end_is_refused_where_no_file_is_awaited(client):
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert client.post("/tuy-chon", content=b"a" * (LARGEST_BODY + 1), headers=form).status_code == 413


def test_nor_does_one_that_does_not_say_how_long_it_is(client):
    def file():
        yield b'--x\r\nContent-Disposition: form-data; name="back"; filename="a"\r\n\r\n'
        yield from (b"a" * 100_000 for _ in range(LARGEST_BODY // 100_000 + 2))

    form = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/tuy-chon", content=file(), headers=form).status_code == 413
