"""What a Prefect server that several machines share is told; tests/test_containers_run.py runs one."""

import pytest

from config.settings import load_settings
from domain.errors import SettingNotValid
from flows.server import shared_environment

GIVEN = {
    "runner_auth": "tusach:mật:khẩu",
    "runner_database_url": "postgresql://prefect@db.example:6432/prefect?ssl=require",
    "runner_database_password": "p@ss/word:1%",
}


def told(tmp_path, **given):
    return shared_environment(load_settings(data_dir=tmp_path, **(GIVEN | given)))


def test_the_password_of_its_database_is_in_the_address_that_prefect_reads(tmp_path):
    url = told(tmp_path)["PREFECT_API_DATABASE_CONNECTION_URL"]
    assert url == "postgresql+asyncpg://prefect:p%40ss%2Fword%3A1%25@db.example:6432/prefect?ssl=require"


def test_it_is_told_of_no_secrets_but_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("TUSACH_STORE_SECRET_KEY", "hush-hush")
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "somebody:else")
    environment = told(tmp_path)
    assert "hush-hush" not in str(environment)
    assert not [name for name in environment if name.startswith("TUSACH_")]
    assert environment["PREFECT_SERVER_API_AUTH_STRING"] == "tusach:mật:khẩu"


@pytest.mark.parametrize("auth", ["", "tusach", "tusach:", ":password"])
def test_it_does_not_serve_without_a_password(tmp_path, auth):
    with pytest.raises(SettingNotValid) as raised:
        told(tmp_path, runner_auth=auth)
    assert raised.value.fields["setting"] == "TUSACH_RUNNER_AUTH"


@pytest.mark.parametrize(
    "url", ["", "sqlite:///prefect.db", "postgresql://db/prefect", "postgresql://u:hush-hush@db/prefect"]
)
def test_its_database_is_named_without_its_password(tmp_path, url):
    with pytest.raises(SettingNotValid) as raised:
        told(tmp_path, runner_database_url=url)
    assert raised.value.fields["setting"] == "TUSACH_RUNNER_DATABASE_URL"
    assert "hush-hush" not in str(raised.value)
