from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import NothingToAdd, UnreadableInput
from flows.steps.inputs import gather
from flows.steps.originals import measure
from tests.faults.scans import draw_page, jpeg

PICTURE = jpeg(draw_page(["Điều 1."], size=(80, 100)))


def put(path: Path, data: bytes = b"%PDF-1.7") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_folder_of_pictures_is_one_book_in_natural_order(tmp_path: Path) -> None:
    for name in ("trang 10.jpg", "trang 2.jpg", "trang 1.JPG"):
        put(tmp_path / "sổ tay" / name, PICTURE)
    (book,) = gather([tmp_path / "sổ tay"])
    assert book.folder
    assert book.name == "sổ tay"
    assert [path.name for path in book.paths] == ["trang 1.JPG", "trang 2.jpg", "trang 10.jpg"]


def test_a_pile_is_taken_one_by_one_and_its_folders_of_pictures_whole(tmp_path: Path) -> None:
    put(tmp_path / "b.pdf")
    put(tmp_path / "thông báo.jpg", PICTURE)
    put(tmp_path / "quét" / "1.png", PICTURE)
    put(tmp_path / "quét" / "2.png", PICTURE)
    put(tmp_path / ".hidden.pdf")
    put(tmp_path / "Thumbs.db")
    manifest = put(tmp_path / "danh mục.csv")
    assert [(one.name, one.folder) for one in gather([tmp_path], besides=manifest)] == [
        ("b.pdf", False),
        ("quét", True),
        ("thông báo.jpg", False),
    ]


def test_single_page_tiffs_are_pictures_and_a_book_in_one_tiff_is_not(tmp_path: Path) -> None:
    page = draw_page(["Điều 1."], size=(80, 100))
    folder = tmp_path / "tờ rời"
    folder.mkdir()
    page.save(folder / "1.tif")
    page.save(folder / "2.tif")
    assert [one.folder for one in gather([folder])] == [True]
    page.save(folder / "2.tif", save_all=True, append_images=[page])
    assert [one.folder for one in gather([folder])] == [False, False]


def test_a_name_in_parts_is_composed(tmp_path: Path) -> None:
    put(tmp_path / unicodedata.normalize("NFD", "Điều lệ.pdf"))
    (one,) = gather([tmp_path])
    assert one.name == "Điều lệ.pdf"
    assert one.paths[0].exists()


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    put(tmp_path / "a" / "b.pdf")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert [one.name for one in gather([tmp_path])] == ["b.pdf"]


@pytest.mark.parametrize("name", ["không có", "trống"])
def test_nothing_there_is_said_before_anything_is_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / "trống").mkdir()
    with pytest.raises(NothingToAdd):
        gather([tmp_path / name])


def test_a_folder_that_may_not_be_looked_into_does_not_stop_its_neighbours(tmp_path, monkeypatch) -> None:
    put(tmp_path / "lô" / "a.pdf")
    locked = tmp_path / "lô" / "khóa"
    locked.mkdir()
    listed = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:  # the tests may run as root, whom no mode stops
        if folder == locked:
            raise PermissionError(13, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert [one.name for one in gather([tmp_path / "lô"])] == ["a.pdf", "khóa"]
    with pytest.raises(UnreadableInput) as told:
        measure(locked, locked.name, limit=1)
    assert told.value.fields["detail"] == "Permission denied"
