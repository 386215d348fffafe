"""The door by an identity provider, against one that really runs; a portal of its own that knows it."""

from __future__ import annotations

import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from config.settings import load_settings
from config.wiring import open_shelf
from domain.errors import ProviderUnavailable
from domain.people import ActCriteria
from flows.steps import people
from portal import oidc
from portal.oidc import Errand, unpacked
from samples.serving import answers
from tests.flows.serving import free_port
from tests.flows.steps.people import ROOT_SHELL, add
from tests.portal.provider import CLIENT, SECRET
from tests.portal.serving import PATIENCE, ROOT, served


@pytest.fixture(scope="module")
def issuer():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.portal.provider", str(port)], cwd=ROOT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(address):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


@pytest.fixture(scope="module")
def knowing(issuer, tmp_path_factory):
    """The settings of a portal with that provider, and three people."""
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("oidc"),
        portal_port=free_port(),
        oidc_issuer=issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
    )
    with open_shelf(settings) as shelf:
        for login in ("an", "binh"):
            add(shelf, login, "manage", password=None)
        people.disable(shelf, ROOT_SHELL, "binh")
    return settings


@pytest.fixture(scope="module")
def portal(knowing):
    with served(knowing) as address:
        yield address


@pytest.fixture
def browser_(portal):
    with httpx.Client(base_url=portal, trust_env=False, timeout=30) as client:
        yield client


def _sent(client, *, back="/tai-khoan", **asked):
    """Through the provider and to the address that it leads back to."""
    to = client.get("/dang-nhap/oidc", params={"ve": back}).headers["location"]
    there = httpx.get(httpx.URL(to).copy_merge_params({"as": "an"} | asked), trust_env=False)
    return there.headers["location"]


def test_somebody_known_here_comes_in_without_a_password(browser_, knowing):
    assert "Đăng nhập bằng tài khoản của tỉnh" in browser_.get("/dang-nhap").text
    entered = browser_.get(_sent(browser_, back="/tai-khoan?x=1"))
    assert (entered.status_code, entered.headers["location"]) == (303, "/tai-khoan?x=1")
    assert "Người dùng an" in browser_.get("/tai-khoan").text
    assert "tusach_oidc" not in browser_.cookies
    with open_shelf(knowing) as shelf, shelf.catalog.view() as seen:
        act = seen.people.acts(ActCriteria(actor="an"), before=None, limit=1)[0]
    assert (act.action, act.details) == ("signed_in", {"how": "oidc"})


def test_nobody_is_made_by_it(browser_, knowing):
    assert browser_.get(_sent(browser_, **{"as": "stranger"})).status_code == 403
    with open_shelf(knowing) as shelf, shelf.catalog.view() as seen:
        assert seen.people.person_of_login("stranger") is None


def test_somebody_shut_out_here_does_not_come_in(browser_):
    assert browser_.get(_sent(browser_, **{"as": "binh"})).status_code == 403


@pytest.mark.parametrize(
    "fault",
    [
        "nonce", "issuer", "audience", "expired", "key", "unsigned", "symmetric",
        "iss", "aud", "exp", "sub", "preferred_username",
    ],
)  # fmt: skip
def test_a_token_that_is_not_as_it_should_be_lets_nobody_in(browser_, fault):
    answer = browser_.get(_sent(browser_, fault=fault))
    assert answer.status_code == 403
    assert "tài khoản chung" in answer.text
    assert browser_.get("/tai-khoan").status_code == 303


def test_another_browser_cannot_come_back_in_its_place(browser_, portal):
    """Else somebody could be signed in as another by a link."""
    back = _sent(browser_)
    with httpx.Client(base_url=portal, trust_env=False) as other:
        assert other.get(back).status_code == 403
        other.get("/dang-nhap/oidc")
        assert other.get(back).status_code == 403


def test_a_code_is_good_once(browser_):
    back = _sent(browser_)
    cookies = dict(browser_.cookies)
    assert browser_.get(back).status_code == 303
    browser_.cookies.clear()
    browser_.cookies.update(cookies)
    assert browser_.get(back).status_code == 403


@pytest.mark.parametrize(
    "asked", ["", "state=x&code=y", "error=access_denied&state=x", "state=%C3%A9&code=y"]
)
def test_whoever_was_not_sent_or_is_refused_there_is_told_so(browser_, asked):
    assert browser_.get(f"/dang-nhap/oidc/ve?{asked}").status_code == 403


@pytest.mark.parametrize("cookie", ["x", "e30=", "bnVsbA==", "W10=", "eyJzdGF0ZSI6MX0=", "é", "////"])
def test_a_cookie_that_is_no_errand_of_ours_is_none(browser_, cookie):
    headers = {"cookie": f"tusach_oidc={cookie}".encode()}
    assert browser_.get("/dang-nhap/oidc/ve?state=x&code=y", headers=headers).status_code == 403


def test_an_errand_comes_back_as_it_went():
    sent = oidc.errand("/tai-khoan")
    assert unpacked(sent.packed()) == sent
    assert unpacked('{"state": "", "nonce": "a", "verifier": "b", "back": "/"}') is None
    assert unpacked("[" * 40_000) is None


def test_the_browser_is_asked_for_nothing_but_a_code_with_a_challenge(browser_, issuer):
    to = browser_.get("/dang-nhap/oidc").headers["location"]
    assert to.startswith(f"{issuer}/authorize?")
    asked = parse_qs(urlsplit(to).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert SECRET not in to


def test_the_door_leads_to_no_other_site(browser_):
    assert browser_.get(_sent(browser_, back="//example.com")).headers["location"] == "/"


def test_without_a_provider_there_is_no_such_door(client):
    assert client.get("/dang-nhap/oidc").status_code == 404
    assert client.get("/dang-nhap/oidc/ve?state=x&code=y").status_code == 404
    assert "tài khoản của tỉnh" not in client.get("/dang-nhap").text


def _provider(issuer, **changes):
    return oidc.Provider(
        **{"issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "claim": "sub"} | changes
    )


def test_a_provider_that_is_away_or_another_is_said_to_be(issuer):
    sent = Errand("s", "n", "v" * 43, "/")
    for wrong in (f"http://127.0.0.1:{free_port()}", f"{issuer}/", f"{issuer}/nowhere"):
        with pytest.raises(ProviderUnavailable):
            oidc.address(_provider(wrong), sent, come_back="http://x/ve")
