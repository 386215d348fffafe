"""Settings: what a person mistypes is named, never a traceback."""

import pytest
from pydantic import SecretStr

from config.settings import LONGEST_SECRET, Settings, load_settings
from domain.errors import SettingNotValid


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TUSACH_OCR__LANGUAGES", "vie"),
        ("TUSACH_OCR", "{"),
        ("TUSACH_INTAKE", "lots"),
        ("TUSACH_OCR__DPI", "abc"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(name, value, tmp_path, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingNotValid) as raised:
        load_settings(data_dir=tmp_path)
    assert raised.value.fields["setting"] == name


@pytest.mark.parametrize(
    ("held", "secret"),
    [
        (b"khoa bi mat", "khoa bi mat"),
        (b"khoa bi mat\n", "khoa bi mat"),
        (b"khoa bi mat\r\n", "khoa bi mat"),
        (b"khoa bi mat \n\n", "khoa bi mat \n"),
        ("khóa".encode(), "khóa"),
    ],
)
def test_a_secret_may_rest_in_a_file(held, secret, tmp_path, monkeypatch):
    (tmp_path / "secret").write_bytes(held)
    monkeypatch.setenv("TUSACH_STORE_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert load_settings(data_dir=tmp_path).store_secret_key.get_secret_value() == secret


def test_every_secret_has_a_file_and_nothing_else_has(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("s3cret")
    for name in Settings.model_fields:
        monkeypatch.setenv(f"TUSACH_{name.upper()}_FILE", str(tmp_path / "secret"))
    settings = load_settings(data_dir=tmp_path)
    told = {name for name in Settings.model_fields if "s3cret" in str(_plain(getattr(settings, name)))}
    assert told == {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


def _plain(value):
    return value.get_secret_value() if isinstance(value, SecretStr) else value


@pytest.mark.parametrize(
    ("make", "detail"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"\n"), "empty"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "UTF-8"),
        (lambda path: path.write_bytes(b"s3cret" * LONGEST_SECRET), "longer than"),
    ],
    ids=["missing", "folder", "empty", "no-text", "too-long"],
)
def test_a_file_without_a_secret_is_named(make, detail, tmp_path, monkeypatch):
    path = tmp_path / "secret"
    make(path)
    monkeypatch.setenv("TUSACH_CATALOG_PASSWORD_FILE", str(path))
    with pytest.raises(SettingNotValid) as raised:
        load_settings(data_dir=tmp_path)
    assert raised.value.fields["setting"] == "TUSACH_CATALOG_PASSWORD_FILE"
    assert str(path) in raised.value.fields["detail"]
    assert detail in raised.value.fields["detail"]
    assert "s3cret" not in str(raised.value)


def test_a_secret_is_given_once(tmp_path, monkeypatch):
    (tmp_path / "secret").write_text("one")
    monkeypatch.setenv("TUSACH_RUNNER_AUTH_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("TUSACH_RUNNER_AUTH", "")
    assert load_settings(data_dir=tmp_path).runner_auth.get_secret_value() == "one"
    monkeypatch.setenv("TUSACH_RUNNER_AUTH", "another")
    with pytest.raises(SettingNotValid) as raised:
        load_settings(data_dir=tmp_path)
    assert raised.value.fields["setting"] == "TUSACH_RUNNER_AUTH_FILE"
    assert "another" not in str(raised.value)
