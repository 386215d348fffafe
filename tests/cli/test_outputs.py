"""Where ``digitise`` writes: never over anything that is not its own."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from cli.outputs import NO_OUTPUTS, Outputs, Stems, write_pages
from domain.holdings import Counts


def written(folder, stem, source):
    """The outputs of an earlier run for ``source``."""
    outputs = Outputs(folder, stem)
    with outputs.path("pages").open("w", encoding="utf-8") as out:
        write_pages(
            out,
            source=source,
            sha256="0" * 64,
            pages=iter(()),
            counts=Counts(),
            outputs=outputs.as_json(),
            problems=[],
        )
    outputs.path("pdf").write_bytes(b"%PDF-")


def test_clashing_stems_of_one_run_are_numbered(tmp_path):
    stems = Stems(tmp_path)
    chosen = [
        stems.choose(stem, source=f"/{n}/{stem}.pdf").stem for n, stem in enumerate(["a", "a", "A", "b"])
    ]
    assert chosen == ["a", "a-2", "A-3", "b"]


def test_a_name_of_any_length_leaves_room_for_suffixes(tmp_path):
    stems = Stems(tmp_path)
    for source in ("/a", "/b"):
        outputs = stems.choose("ề" * 84, source=source)
        outputs.path("pages").touch()


def test_a_rerun_replaces_its_own_outputs(tmp_path):
    written(tmp_path, "luật “mới”", "/scans/luật “mới”.pdf")
    assert Stems(tmp_path).choose("luật “mới”", source="/scans/luật “mới”.pdf").stem == "luật “mới”"


def test_the_scan_itself_is_never_overwritten(tmp_path):
    (tmp_path / "book.pdf").write_bytes(b"the only copy")
    assert Stems(tmp_path).choose("book", source=str(tmp_path / "book.pdf")).stem == "book-2"


def test_outputs_of_another_source_are_left_alone(tmp_path):
    written(tmp_path, "book", "/somewhere/book.pdf")
    assert Stems(tmp_path).choose("book", source="/elsewhere/book.pdf").stem == "book-2"


def test_a_pages_json_that_is_not_ours_is_left_alone(tmp_path):
    for name, content in {"a": b'{"source": "/x"', "b": b"\xff\xfe\x00", "c": b""}.items():
        (tmp_path / f"{name}.pages.json").write_bytes(content)
        assert Stems(tmp_path).choose(name, source="/x").stem == f"{name}-2"


@given(source=st.text(), problem=st.text())
def test_an_answer_is_json_whatever_it_is_called(source, problem):
    out = io.StringIO()
    told = [{"code": "x", "page": None, "message": problem}]
    write_pages(
        out, source=source, sha256=None, pages=iter(()), counts=None, outputs=NO_OUTPUTS, problems=told
    )
    answer = json.loads(out.getvalue())
    assert (answer["source"], answer["sha256"], answer["problems"]) == (source, None, told)
    assert set(answer["counts"].values()) == {None}
