from config.environment import child_environment
from config.settings import Settings, load_settings


def test_a_child_reads_the_very_settings_of_its_parent(tmp_path, monkeypatch):
    monkeypatch.setenv("TUSACH_OCR__DPI", "200")
    monkeypatch.setenv("PREFECT_API_URL", "http://somebody.else/api")
    settings = load_settings(
        data_dir=tmp_path / "kệ sách",
        ocr={"dpi": 400, "languages": ["vie", "eng"]},
        store_secret_key="bí mật",
        jobs=3,
        lang="vi",
    )
    told = child_environment(settings)
    for name in ("TUSACH_OCR__DPI", "PREFECT_API_URL"):
        monkeypatch.delenv(name)
        assert name not in told
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings
