"""``doctor`` says what is there, and for what is not, what to do."""

import os
import socket

from tests.cli.shell import program


def test_a_good_machine_is_told_so(tusach):
    said = tusach("doctor", "--json")
    told = said.json
    assert list(told) == ["ok", "checks", "settings"]
    levels = {check["code"]: check["level"] for check in told["checks"]}
    assert levels["language"] == levels["data_dir"] == levels["python"] == "ok"
    assert [check["code"] for check in told["checks"]].count("program") == 3
    assert told["ok"] is (said.code == 0)
    assert not tusach.data_dir.exists()


def test_a_machine_without_the_programs_is_told_what_to_install(tmp_path):
    said = program("--lang", "vi", "--data-dir", str(tmp_path), "doctor", PATH=str(tmp_path))
    assert said.returncode == 1
    missing = [line for line in said.stdout.splitlines() if line.startswith("[phải sửa]")]
    assert len(missing) >= 3
    assert all("Hãy" in line for line in missing)
    assert "Traceback" not in said.stderr


def test_a_missing_language_is_named_with_its_package(tmp_path):
    said = program(
        "--lang", "en", "--data-dir", str(tmp_path), "doctor", TUSACH_OCR__LANGUAGES='["vie","xyz"]'
    )
    assert said.returncode == 1
    assert "tesseract-ocr-xyz" in said.stdout


def test_a_program_that_does_not_run_is_told(tmp_path):
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "pdfinfo").write_text("#!/bin/sh\necho 'cannot load libpoppler' >&2; exit 127\n")
    (broken / "pdfinfo").chmod(0o755)
    path = f"{broken}{os.pathsep}{os.environ['PATH']}"
    said = program("--lang", "en", "--data-dir", str(tmp_path / "data"), "doctor", PATH=path)
    assert said.returncode == 1
    assert "cannot load libpoppler" in said.stdout


def test_a_port_in_use_is_told_with_its_setting(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        said = program("--lang", "en", "--data-dir", str(tmp_path), "doctor", TUSACH_PREFECT_PORT=str(port))
    assert said.returncode == 1
    assert f"port {port}. Set TUSACH_PREFECT_PORT" in said.stdout


def test_secrets_and_passwords_are_not_shown(tmp_path):
    said = program(
        *("--data-dir", str(tmp_path), "doctor"),
        TUSACH_INDEX_API_KEY="hush-hush",
        TUSACH_CATALOG_URL="postgresql://u:hush-hush@127.0.0.1:1/x",
    )
    assert "hush-hush" not in said.stdout + said.stderr
    assert said.returncode == 1


def test_a_broken_catalogue_and_a_broken_index_are_found(tusach):
    tusach.data_dir.mkdir(parents=True, exist_ok=True)
    (tusach.data_dir / "catalog.sqlite3").write_bytes(b"x" * 9_000)
    (tusach.data_dir / "index").write_bytes(b"x")
    said = tusach("doctor", "--json")
    told = [check["message"] for check in said.json["checks"] if check["code"] == "address_bad"]
    assert (said.code, said.json["ok"], len(told)) == (1, False, 2)


def test_an_address_that_cannot_be_meant_is_found(tusach, monkeypatch):
    monkeypatch.setenv("TUSACH_CATALOG_URL", "sqlite:relative")
    said = tusach("doctor", "--json")
    assert said.code == 1
    assert "address_bad" in [check["code"] for check in said.json["checks"]]
