"""Files come in whole, or not at all: what is refused leaves no byte, what breaks off goes on."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.serving import PATIENCE
from tests.portal.uploads.sending import (
    DATA,
    LONGEST,
    TUS,
    as_one,
    begin,
    create,
    everything,
    held,
    offset,
    patch,
    patch_when_free,
    said,
    sha256,
)


def test_the_server_says_what_it_can(lan, draft):
    answer = lan.options(f"/can-bo/tai-len/{draft.id}")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,expiration,checksum,termination"
    assert answer.headers["tus-checksum-algorithm"] == "sha256"
    assert answer.headers["tus-max-size"] == str(LONGEST)


def test_a_file_arrives_in_pieces_as_it_was_sent(lan, draft, drafts):
    where = create(lan, draft)
    assert offset(lan, where) == 0
    first = patch(lan, where, DATA[:400_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "400000")
    assert "upload-expires" in first.headers
    last = patch(lan, where, DATA[400_000:], 400_000, **{"upload-checksum": sha256(DATA[400_000:])})
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(DATA)))
    assert "upload-expires" not in last.headers
    assert held(drafts, where) == DATA
    assert drafts.uploads(draft.id)[0].whole


def test_who_cannot_say_patch_or_delete_names_the_method_in_a_header(lan, draft, drafts):
    where = create(lan, draft, 4)
    piece = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
    sent = lan.post(where, content=b"abcd", headers=piece | {"x-http-method-override": "PATCH"})
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "4")
    assert held(drafts, where) == b"abcd"
    asked = lan.post(where, headers={"x-http-method-override": "head"})
    assert (asked.status_code, asked.headers["upload-offset"]) == (200, "4")
    assert lan.patch(where, headers={"x-http-method-override": "DELETE"}).status_code == 204
    assert lan.head(where).status_code == 404


@pytest.mark.parametrize("said", ["TRACE", "CONNECT", "", "đọc", "PATCH, DELETE", "x" * 5_000])
def test_a_method_that_is_none_does_nothing(lan, draft, said):
    where = create(lan, draft, 4)
    answer = lan.request(
        "PATCH", where, content=b"abcd", headers=[(b"x-http-method-override", said.encode())]
    )
    assert answer.status_code == 405
    assert offset(lan, where) == 0


def test_the_method_that_is_meant_is_the_one_that_is_checked(lan, draft):
    where = create(lan, draft, 4)
    meant = {"x-http-method-override": "DELETE"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"x-form-token": "0" * 32}):
        assert lan.get(where, headers=meant | headers).status_code == 403
    assert lan.get("/can-bo/lo", headers=meant).status_code == 200  # elsewhere it means nothing
    assert offset(lan, where) == 0


def test_an_empty_file_is_there_at_once(lan, draft, drafts):
    create(lan, draft, 0)
    assert drafts.uploads(draft.id)[0].whole


REFUSED = [
    ("nobody", {}, 401),
    ("minh", {}, 404),  # a colleague of the same unit
    ("lan", {"tus-resumable": "0.2.2"}, 412),
    ("lan", {"content-type": "application/octet-stream"}, 415),
    ("lan", {"content-type": "multipart/form-data; boundary=x"}, 415),
    ("lan", {"upload-offset": "7"}, 409),
    ("lan", {"upload-offset": "-1"}, 400),
    ("lan", {"upload-offset": "1e3"}, 400),
    ("lan", {"upload-offset": "9" * 40}, 400),
    ("lan", {"upload-offset": ""}, 400),
    ("lan", {"upload-checksum": sha256(b"another")}, 460),
    ("lan", {"upload-checksum": "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00="}, 400),
    ("lan", {"upload-checksum": "sha256 !!!"}, 400),
    ("lan", {"upload-checksum": "sha256"}, 400),
    ("lan", {"sec-fetch-site": "cross-site"}, 403),
    ("lan", {"x-form-token": ""}, 403),  # a page of nobody's
    ("lan", {"x-form-token": "0" * 32}, 403),
]


@pytest.mark.parametrize(("who", "headers", "status"), REFUSED)
def test_what_is_refused_leaves_no_byte(server, staff, settings, lan, draft, who, headers, status):
    where = create(lan, draft)
    before = everything(settings)
    with as_one(server, staff.get(who)) as client:
        assert patch(client, where, DATA, **(TUS | headers)).status_code == status
    assert everything(settings) == before
    assert offset(lan, where) == 0
    assert patch(lan, where, DATA).status_code == 204  # and is in nobody's way


def test_more_than_was_declared_leaves_no_byte(lan, draft, settings):
    where = create(lan, draft, 1_000)
    before = everything(settings)
    assert patch(lan, where, DATA).status_code == 413
    assert everything(settings) == before

    def without_length() -> Iterator[bytes]:
        for start in range(0, len(DATA), 100):
            yield DATA[start : start + 100]

    headers = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
    assert lan.patch(where, content=without_length(), headers=headers).status_code == 413
    assert everything(settings) == before


def test_a_body_of_unknown_length_is_taken_when_it_fits(lan, draft, drafts):
    where = create(lan, draft)
    headers = {"content-type": "application/offset+octet-stream", "upload-offset": "0"}
    answer = lan.patch(where, content=iter([DATA[:7], DATA[7:]]), headers=headers)
    assert answer.status_code == 204
    assert held(drafts, where) == DATA


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"upload-length": str(LONGEST + 1)}, 413),
        ({"upload-length": "-1"}, 400),
        ({"upload-length": "a"}, 400),
        ({"upload-length": ""}, 400),
        ({"upload-defer-length": "1", "upload-length": ""}, 400),
        ({"upload-metadata": ""}, 422),
        ({"upload-metadata": "filename"}, 422),
        ({"upload-metadata": "filename %%%"}, 400),
        ({"upload-metadata": "filename YQ==,filename Yg=="}, 400),
        ({"upload-metadata": said(filename="a" * 256)}, 422),
        ({"upload-metadata": said(filename="..")}, 422),
        ({"upload-metadata": said(filename="/")}, 422),
        ({"upload-metadata": said(filename="a.pdf", folder="x/" * 13)}, 422),
        ({"upload-metadata": said(filename="a.pdf", folder="x" * 1_001)}, 422),
        ({"upload-metadata": "filename " + "a" * 7_000}, 400),
        ({"upload-metadata": said(filename="a.pdf", changed="gestern")}, 400),
        ({"tus-resumable": "2.0.0"}, 412),
    ],
)
def test_a_file_that_cannot_come_makes_nothing(lan, draft, settings, headers, status):
    before = everything(settings)
    usual = {"upload-length": "10", "upload-metadata": said(filename="sách.pdf")}
    sent = {name: value for name, value in (usual | headers).items() if value}
    answer = lan.post(f"/can-bo/tai-len/{draft.id}", headers=sent)
    assert answer.status_code == status
    assert everything(settings) == before


@pytest.mark.parametrize("who", ["nobody", "minh", "xem"])
def test_nobody_else_puts_a_file_into_a_batch(server, staff, settings, drafts, draft, who):
    if who == "xem":
        draft = begin(drafts, staff["xem"])  # who may only see has a draft from before
    before = everything(settings)
    with as_one(server, staff.get(who)) as client:
        headers = TUS | {"upload-length": "10", "upload-metadata": said(filename="a.pdf")}
        status = client.post(f"/can-bo/tai-len/{draft.id}", headers=headers).status_code
    assert status == {"nobody": 401, "minh": 404, "xem": 403}[who]
    assert everything(settings) == before


@pytest.mark.parametrize("form", ["multipart/form-data; boundary=b", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize(("who", "status"), [(None, b"401"), ("lan", b"403")])
def test_a_form_is_refused_before_a_byte_of_it_is_read(server, staff, draft, who, status, method, form):
    """Nobody fills the disk or the memory with a form that no page asked for."""
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.settimeout(PATIENCE)
        head = {"host": "127.0.0.1", "content-type": form, "content-length": str(10**12), **TUS}
        if who:
            head["cookie"] = "; ".join(f"{name}={value}" for name, value in staff[who].cookie.items())
        where = f"/can-bo/tai-len/{draft.id}" + ("" if method == "POST" else f"/{'0' * 32}")
        told = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        line.sendall(f"{method} {where} HTTP/1.1\r\n{told}\r\n".encode())
        assert line.recv(100).split()[1] == status


@pytest.mark.parametrize("draft_id", ["..", "0" * 32, "%2e%2e%2f%2e%2e", "a" * 5_000, "x\x00y", "DRAFT.JSON"])
def test_an_address_that_was_never_given_leads_nowhere(lan, draft_id):
    where = f"/can-bo/tai-len/{draft_id}/{'0' * 32}".replace("\x00", "%00")
    for answer in (lan.head(where), patch(lan, where, b"x"), lan.delete(where)):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("name", "folder", "kept"),
    [
        ("../../etc/passwd", "", "etc/passwd"),
        ("C:\\scan\\sách.pdf", "", "C:/scan/sách.pdf"),
        ("a\x00b\r\nSet-Cookie: x=1.pdf", "", "a b  Set-Cookie: x=1.pdf"),
        ("‮fdp.exe", "", "fdp.exe"),
        ("so\u0302\u0309.pdf", "tha\u0301ng 1/../../", "tháng 1/sổ.pdf"),
        ("<b>1<b>.pdf", "'; DROP TABLE item; --", "'; DROP TABLE item; --/<b>1<b>.pdf"),
        (".draft.json", "", ".draft.json"),
    ],
)  # fmt: skip
def test_a_name_is_a_text_and_never_a_path(lan, draft, drafts, settings, name, folder, kept):
    create(lan, draft, 5, filename=name, folder=folder)
    (one,) = drafts.uploads(draft.id)
    assert one.upload.path.replace("  ", " ") == kept.replace("  ", " ")
    names = {Path(path).name.partition(".")[0] for path in everything(settings) if path.startswith(draft.id)}
    assert names == {one.upload.id, "draft"}


def test_a_second_writer_is_told_at_once_and_changes_nothing(settings, server, lan, draft, drafts):
    where = create(lan, draft)
    with Stalled(settings, server, lan, where, DATA[:200_000], of=len(DATA)):
        began = time.monotonic()
        assert patch(lan, where, DATA).status_code == 423
        assert lan.delete(where).status_code == 423
        assert time.monotonic() - began < 2
    await_offset(lan, where, 200_000)
    assert patch_when_free(lan, where, DATA[200_000:], 200_000).status_code == 204
    assert held(drafts, where) == DATA


def test_a_line_that_breaks_keeps_what_came(settings, server, lan, draft, drafts):
    where = create(lan, draft)
    with Stalled(settings, server, lan, where, DATA[:700_000], of=len(DATA)):
        pass
    await_offset(lan, where, 700_000)
    assert patch_when_free(lan, where, DATA[700_000:], 700_000).status_code == 204
    assert held(drafts, where) == DATA


def test_a_broken_piece_whose_digest_was_promised_is_not_kept(settings, server, lan, draft):
    where = create(lan, draft)
    assert patch(lan, where, DATA[:1_000]).status_code == 204
    promise = {"upload-checksum": sha256(DATA[1_000:])}
    with Stalled(
        settings, server, lan, where, DATA[1_000:700_000], of=len(DATA) - 1_000, offset=1_000, **promise
    ):
        await_size(settings, where, 500_000)
        assert offset(lan, where) == 1_000  # nobody knows yet whether the rest is right
    await_size(settings, where, 1_000, at_most=True)
    assert patch_when_free(lan, where, DATA[1_000:], 1_000, **promise).status_code == 204


def test_a_killed_server_goes_on_where_it_can_be_relied_on(settings, server, lan, draft, drafts):
    plain, promised = create(lan, draft), create(lan, draft, filename="khác.pdf")
    promise = {"upload-checksum": sha256(DATA)}
    with (
        Stalled(settings, server, lan, plain, DATA[:700_000], of=len(DATA)),
        Stalled(settings, server, lan, promised, DATA[:700_000], of=len(DATA), **promise),
    ):
        await_size(settings, plain, 500_000)
        await_size(settings, promised, 500_000)
        server.kill()
        server.start()
    there = offset(lan, plain)
    assert there >= 500_000
    assert patch(lan, plain, DATA[there:], there).status_code == 204
    assert offset(lan, promised) == 0
    assert (
        patch(lan, promised, DATA[:600_000], **{"upload-checksum": sha256(DATA[:600_000])}).status_code == 204
    )
    assert patch(lan, promised, DATA[600_000:], 600_000).status_code == 204
    assert held(drafts, plain) == held(drafts, promised) == DATA


def test_a_file_of_the_same_path_gives_way_to_the_new_one(lan, draft, drafts):
    former = create(lan, draft, folder="sách")
    patch(lan, former, DATA[:10])
    other, new = create(lan, draft), create(lan, draft, folder="sách")
    assert {one.upload.id for one in drafts.uploads(draft.id)} == {other[-32:], new[-32:]}
    assert lan.head(former).status_code == 404


def test_a_removed_file_is_gone(lan, draft, drafts, settings):
    where = create(lan, draft)
    patch(lan, where, DATA)
    assert lan.delete(where).status_code == 204
    assert lan.delete(where).status_code == 404
    assert drafts.uploads(draft.id) == ()
    assert {Path(path).name for path in everything(settings) if path.startswith(draft.id)} == {
        "draft.json",
        "draft.lock",
    }


def test_a_batch_that_was_handed_in_takes_no_more(lan, draft, drafts):
    where = create(lan, draft, 3)
    patch(lan, where, b"abc")
    drafts.hand_in(draft.id)
    assert lan.delete(where).status_code == 409
    headers = {"upload-length": "10", "upload-metadata": said(filename="a.pdf")}
    assert lan.post(f"/can-bo/tai-len/{draft.id}", headers=headers).status_code == 409


class Stalled:
    """A PATCH that promises ``of`` bytes, sends ``data``, and holds the line until the block ends."""

    def __init__(self, settings, server, client, where, data, *, of, offset=0, **headers):
        lines = {
            "host": "127.0.0.1",
            "cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items()),
            "x-form-token": client.headers["x-form-token"],
            "content-type": "application/offset+octet-stream",
            "content-length": str(of),
            "upload-offset": str(offset),
            **TUS,
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._request = f"PATCH {where} HTTP/1.1\r\n{head}\r\n".encode() + data
        self._server, self._path = server, file_of(settings, where)

    def __enter__(self):
        self._line = socket.create_connection(("127.0.0.1", self._server.port))
        self._line.sendall(self._request)
        deadline = time.monotonic() + PATIENCE
        while not self._server.locks(self._path):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def __exit__(self, *_):
        self._line.close()


def file_of(settings, where):
    draft_id, upload_id = where.rsplit("/", 2)[1:]
    return settings.data_dir / "uploads" / draft_id / f"{upload_id}.data"


def await_offset(client, where, wanted):
    deadline = time.monotonic() + PATIENCE
    while offset(client, where) != wanted:
        assert time.monotonic() < deadline, offset(client, where)
        time.sleep(0.05)


def await_size(settings, where, wanted, *, at_most=False):
    path = file_of(settings, where)
    deadline = time.monotonic() + PATIENCE
    while (path.stat().st_size > wanted) if at_most else (path.stat().st_size < wanted):
        assert time.monotonic() < deadline, path.stat().st_size
        time.sleep(0.02)
