"""Settings: what a person mistypes is named, never a traceback."""

import pytest

from config.settings import load_settings
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
