"""The adapter against the installed Tesseract, and against programs that only bear its name."""

import contextlib
import os
import tempfile
import threading
from pathlib import Path

import psutil
import pytest

from domain.errors import EngineCrashed, EngineMissing, EngineTimedOut, LanguageMissing
from domain.options import OcrOptions
from domain.text import PageImage
from domain.values import Box
from ocr.tesseract import open_engine
from tests.faults.engines import picture
from tests.faults.scans import draw_page

LISTS = """#!/bin/sh
case "$1" in
--version) echo "tesseract 5.9.9"; exit 0 ;;
--list-langs) echo "List of available languages in /x/ (2):"; echo vie; echo script/Vietnamese; exit 0 ;;
esac
"""


@pytest.fixture
def engine():
    with open_engine("tesseract:", secrets={}) as opened:
        yield opened


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where temporary files go, to see that none stays."""
    folder = tmp_path / "temporary files"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """Put a program called tesseract before the real one."""

    def install(script: str) -> None:
        program = tmp_path / "bin" / "tesseract"
        program.parent.mkdir()
        program.write_text(script)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")

    return install


def drawn(path: Path, lines: list[str]) -> PageImage:
    page = draw_page(lines)
    page.save(path)
    return PageImage(path, 3, 3, Box(0, 0, *page.size), *page.size, 150, drawn=True)


def living_children() -> set[psutil.Process]:
    """Children that still do something: where this process adopts orphans, their remains stay a while."""
    living = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.status() != psutil.STATUS_ZOMBIE:
                living.add(child)
    return living


def lines_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def test_a_page_is_read_from_a_path_with_spaces_and_marks(engine, tmp_path, temporary):
    folder = tmp_path / "Sở Tư pháp [1]"
    folder.mkdir()
    image = drawn(folder / "trang số 1.pgm", ["Hòa giải ở cơ sở là việc hòa giải viên hướng dẫn", "các bên."])
    page = engine.recognise(image, OcrOptions())
    assert "Hòa giải ở cơ sở" in page.text
    assert (page.number, page.width, page.height) == (3, image.width, image.height)
    assert page.engine == engine.describe()
    assert page.engine.startswith("tesseract ")
    assert all(0 <= word.confidence <= 1 for word in page.words)
    assert list(temporary.iterdir()) == []


def test_a_white_page_has_no_words(engine, tmp_path):
    image = drawn(tmp_path / "white.pgm", [])
    page = engine.recognise(image, OcrOptions())
    assert (page.lines, page.confidence) == ((), None)


def test_its_threads_are_kept_to_one(engine):
    assert os.environ["OMP_THREAD_LIMIT"] == "1"


def test_a_missing_language_is_named_with_those_installed(engine, tmp_path):
    with pytest.raises(LanguageMissing) as told:
        engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions(languages=("vie", "xyz")))
    assert told.value.fields["language"] == "xyz"
    assert "vie" in told.value.fields["installed"]


def test_languages_come_from_the_folder_in_the_address(tmp_path):
    (tmp_path / "dữ liệu").mkdir()
    (tmp_path / "dữ liệu" / "abc.traineddata").write_bytes(b"")
    with open_engine(f"tesseract://{tmp_path}/d%E1%BB%AF%20li%E1%BB%87u", secrets={}) as engine:
        assert engine.languages() == {"abc"}


def test_without_the_program_the_engine_is_missing(monkeypatch, tmp_path, engine):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineMissing):
        engine.describe()
    with pytest.raises(EngineMissing):
        engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions())


def test_a_broken_picture_is_not_a_page(engine, tmp_path, temporary):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    with pytest.raises(EngineCrashed):
        engine.recognise(picture(tmp_path / "broken.jpg"), OcrOptions())
    assert list(temporary.iterdir()) == []


def test_a_crash_is_told_with_its_signal(engine, pretend, tmp_path, temporary):
    pretend(LISTS + "printf 'b\\377d' >&2; kill -SEGV $$")
    with pytest.raises(EngineCrashed) as told:
        engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions())
    assert told.value.retryable
    assert told.value.fields["image"] == 1
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "answer", ["", "echo garbage > $2.hocr", "printf '<html>\\377' > $2.hocr", ": > $2.hocr"]
)
def test_an_answer_that_is_no_page_is_a_crash(engine, pretend, tmp_path, temporary, answer):
    pretend(LISTS + answer)
    with pytest.raises(EngineCrashed):
        engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions())
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("hang", ["exec tail -f $0", "trap '' TERM; tail -f $0; echo", "tail -f $0 &"])
def test_a_hang_ends_in_time_and_leaves_no_process_and_no_file(engine, pretend, tmp_path, temporary, hang):
    before = living_children()
    pretend(LISTS + hang)
    image = picture(tmp_path / "hangs.pgm")
    with pytest.raises(EngineTimedOut) as told:
        engine.recognise(image, OcrOptions(timeout_s=0.5))
    assert told.value.fields == {"image": 1, "seconds": 0.5}
    assert living_children() <= before
    assert not [process for process in psutil.process_iter() if str(tmp_path) in lines_of(process)]
    assert list(temporary.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread is not threading.main_thread()]


def test_a_hang_over_the_question_for_languages_ends_in_time(engine, pretend, tmp_path):
    before = living_children()
    pretend("#!/bin/sh\nexec tail -f /dev/null")
    with pytest.raises(EngineTimedOut):
        engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions(timeout_s=0.5))
    assert living_children() <= before


def test_only_the_page_out_of_time_is_ended(pretend, tmp_path, engine):
    pretend(
        LISTS
        + 'case "$1" in *slow*) exec tail -f /dev/null ;; esac\n'
        + "echo '<html><div class=\"ocr_page\"/></html>' > $2.hocr\n"
        + "while [ ! -e ${1%/*}/go ]; do sleep 0.05; done"
    )
    quick, pages = picture(tmp_path / "quick.pgm"), []
    reading = threading.Thread(target=lambda: pages.append(engine.recognise(quick, OcrOptions())))
    reading.start()
    with pytest.raises(EngineTimedOut):
        engine.recognise(picture(tmp_path / "slow.pgm"), OcrOptions(timeout_s=0.5))
    (tmp_path / "go").touch()
    reading.join()
    assert len(pages) == 1


@pytest.mark.parametrize("said", [None, "glibc.malloc.hugetlb=0"])
def test_its_memory_is_kept_at_hand_but_what_the_machine_says_weighs_more(
    pretend, tmp_path, engine, monkeypatch, said
):
    pretend(
        LISTS
        + 'echo "$GLIBC_TUNABLES" > ${1%/*}/told\n'
        + "echo '<html><div class=\"ocr_page\"/></html>' > $2.hocr\n"
    )
    if said:
        monkeypatch.setenv("GLIBC_TUNABLES", said)
    engine.recognise(picture(tmp_path / "x.pgm"), OcrOptions())
    told = (tmp_path / "told").read_text().strip().split(":")
    last = dict(one.split("=") for one in told)
    assert last["glibc.malloc.hugetlb"] == ("0" if said else "1")
    assert last["glibc.malloc.trim_threshold"] == "268435456"


def test_nothing_is_started_before_the_first_question(pretend):
    pretend("#!/bin/sh\nexit 9")
    with open_engine("tesseract:", secrets={}):
        pass
