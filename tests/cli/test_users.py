"""``user`` and ``unit``: the first administrator, and whom they bring."""

from __future__ import annotations

import io
import sys

import pytest

from tests.flows.steps.people import PASSWORD


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "mật khẩu.txt"
    file.write_text(PASSWORD + "\n", "utf-8")
    return file


def test_the_first_administrator_gets_a_password_that_is_printed_once(tusach):
    said = tusach(
        "user", "add", "an", "--name", "Nguyễn Thị An", "--role", "operate", "--print-once", "--json"
    )
    assert said.code == 0
    told = said.json
    assert len(told.pop("password")) == 19
    assert told.pop("created_at").endswith("Z")
    assert told == {
        "login": "an",
        "name": "Nguyễn Thị An",
        "unit": "default",
        "disabled": False,
        "must_change_password": True,
        "roles": [{"verb": "operate", "unit": "default"}],
    }
    assert "password" not in tusach("user", "list", "--json").json[0]


def test_without_a_password_nobody_is_added_and_none_is_assumed(tusach, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    said = tusach("user", "add", "an", "--name", "An")
    assert said.code == 2
    assert "--print-once" in said.err
    assert tusach("user", "list", "--json").json == []


def test_a_password_comes_from_a_file_or_from_standard_input(tusach, password, monkeypatch):
    said = tusach("user", "add", "an", "--name", "An", "--password-file", password, "--json")
    assert (said.code, said.json["password"], said.json["must_change_password"]) == (0, None, True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    said = tusach("user", "password", "an", "--password-file", "-", "--keep", "--json")
    assert (said.code, said.json["must_change_password"]) == (0, False)
    assert PASSWORD not in said.out + said.err


def test_roles_are_granted_and_revoked_by_their_names(tusach):
    tusach("unit", "add", "stp", "--name", "Sở Tư pháp")
    tusach("user", "add", "an", "--name", "An", "--unit", "stp", "--print-once")
    granted = tusach("user", "grant", "an", "manage", "access@default", "--json").json
    assert granted["roles"] == [{"verb": "access", "unit": "default"}, {"verb": "manage", "unit": "stp"}]
    revoked = tusach("user", "revoke", "an", "manage@stp", "--json").json
    assert revoked["roles"] == [{"verb": "access", "unit": "default"}]
    assert "access@default" in tusach("user", "list").out


def test_somebody_is_shut_out_and_let_in_again(tusach):
    tusach("user", "add", "an", "--name", "An", "--print-once")
    assert tusach("user", "disable", "an", "--json").json["disabled"]
    assert "disabled" in tusach("user", "list").out
    assert not tusach("user", "enable", "an", "--json").json["disabled"]


def test_whoever_is_not_there_is_said_not_to_be(tusach):
    for command in ("disable", "enable", "grant", "revoke"):
        roles = ["manage"] if command in ("grant", "revoke") else []
        said = tusach("user", command, "nobody", *roles)
        assert (said.code, "[people.person_not_found]" in said.err) == (1, True)
    assert tusach("user", "password", "nobody", "--print-once").code == 1


def test_a_unit_is_renamed_from_a_day_on_and_ends(tusach):
    tusach("unit", "add", "stp", "--name", "Sở Tư pháp tỉnh Yên Bái")
    tusach("unit", "change", "stp", "--name", "Sở Tư pháp tỉnh Lào Cai", "--from", "2025-07-01")
    ended = tusach("unit", "change", "stp", "--until", "2030-12-31", "--json").json
    assert ended["valid_to"] == "2030-12-31"
    spans = [unit for unit in tusach("unit", "list", "--json").json if unit["code"] == "stp"]
    assert [(unit["name"], unit["valid_from"], unit["valid_to"]) for unit in spans] == [
        ("Sở Tư pháp tỉnh Yên Bái", None, "2025-06-30"),
        ("Sở Tư pháp tỉnh Lào Cai", "2025-07-01", "2030-12-31"),
    ]
    assert "Yên Bái" in tusach("unit", "list").out
