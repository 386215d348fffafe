"""Names that people give to files, in a header that machines read."""

from __future__ import annotations

import unicodedata
from email import policy
from email.parser import HeaderParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.links import LONGEST, content_disposition, safe_name


def filename(header: str) -> str:
    """As a reader of the extended name takes it (RFC 5987)."""
    only = header.partition(" filename=")[0] + header[header.index(" filename*=") :]
    parsed = HeaderParser(policy=policy.default).parsestr(f"Content-Disposition: {only}\n\n")
    return parsed["Content-Disposition"].params["filename"]


@given(st.text(max_size=300), st.sampled_from(["application/pdf", "text/html"]))
@example("Nghị định số 43/2014/NĐ-CP.pdf", "application/pdf")
@example('x"; filename=evil.exe', "text/html")
@example("a\r\nb\x00\x85\u2028", "text/html")
@example("\ud800", "text/html")
@example("%0d%0a; =?utf-8?q?x?=", "text/html")
def test_a_header_is_plain_and_gives_the_name_back(name, media_type):
    header = content_disposition(name, media_type)
    assert all(" " <= sign <= "~" for sign in header)
    assert header.count('"') == 2
    assert header.startswith("inline; " if media_type == "application/pdf" else "attachment; ")
    assert filename(header) == safe_name(name)


@given(st.text(max_size=300))
@example("Luật Đất đai.pdf")
def test_one_name_has_one_spelling(name):
    assert safe_name(unicodedata.normalize("NFD", name)) == safe_name(unicodedata.normalize("NFC", name))
    assert safe_name(safe_name(name)) == safe_name(name)
    assert 0 < len(safe_name(name)) <= LONGEST
    assert not set(safe_name(name)) & set('/\\"\r\n\x00')


def test_a_long_name_keeps_its_ending():
    assert safe_name("ậ" * 400 + ".pdf") == "ậ" * (LONGEST - 4) + ".pdf"


@pytest.mark.parametrize(
    ("media_type", "how"),
    [
        ("application/pdf", "inline"),
        ("image/webp", "inline"),
        ("text/plain", "inline"),
        ("image/svg+xml", "attachment"),
        ("text/html", "attachment"),
        ("text/vnd.hocr+html", "attachment"),
        ("", "attachment"),
    ],
)
def test_only_what_runs_no_script_is_shown(media_type, how):
    assert content_disposition("a", media_type).startswith(how + ";")
