"""``digitise``: the steps of the way on a throw-away shelf; the results are files, not a holding.

A re-run replaces the outputs of the same source; every other file in the folder is left alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from cli.exits import Exit
from cli.outputs import NO_OUTPUTS, Outputs, Stems, problem, write_pages
from cli.phrases import why
from cli.screen import Progress, Screen
from cli.session import Session
from config.settings import Settings, load_settings
from config.wiring import open_shelf
from domain.holdings import BatchEntry, Item, Outcome, Stage, State
from domain.ids import ItemId
from domain.ports import Shelf
from domain.values import Json, Reason
from flows.steps.derive import write_hocr_book, write_pdf, write_plain
from flows.steps.intake import receive_batch
from flows.steps.pages import load_pages
from flows.steps.way import claimed, fail, is_about_the_item, plan, read_pages, run_stage
from flows.steps.work import Work

_STAGES = (Stage.READ, Stage.LEDGER, Stage.DESCRIBE)  # the description gives the PDF its title
_WRITERS = {"pdf": write_pdf, "text": write_plain, "hocr": write_hocr_book}
_GLANCE = 0.5  # seconds between two looks at how far the reading has come


@dataclass(frozen=True, slots=True)
class _Run:
    """What holds for every source of one run."""

    shelf: Shelf
    work: Work
    screen: Screen
    progress: Progress
    scratch: Path  # on the disk of the outputs, so that moving them is atomic
    stems: Stems


@dataclass(frozen=True, slots=True)
class _Result:
    """One source's answer: in its ``pages.json``, or in ``text`` where nothing was made."""

    outputs: Outputs | None
    text: str
    stuck: bool


def digitise(session: Session, files: Sequence[Path], out: Path, *, cleared: bool, as_json: bool) -> int:
    screen = session.speak(as_json)
    session.interruption = "cli.interrupted_digitise"
    settings = session.settings
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    results: list[_Result] = []
    with (
        TemporaryDirectory(prefix=".tusach-", dir=out) as scratch,
        open_shelf(_throw_away(settings, Path(scratch) / "shelf")) as shelf,
        screen.progress() as progress,
    ):
        work = Work(by=settings.who, options=settings.ocr, jobs=settings.jobs, cleared=cleared)
        run = _Run(shelf, work, screen, progress, Path(scratch), Stems(out))
        results = [*_digitise_all(run, settings, files)]
    if as_json:
        _answer(results, screen)
    else:
        made = dict.fromkeys(result.outputs for result in results if result.outputs)
        for outputs in made:
            for path in outputs.as_json().values():
                screen.line(str(path))
    return Exit.QUARANTINE if any(result.stuck for result in results) else Exit.DONE


def _throw_away(settings: Settings, folder: Path) -> Settings:
    """The same choices on a shelf of its own, whatever addresses the environment names."""
    kept = {
        "ocr_url": settings.ocr_url,
        "ocr": settings.ocr,
        "intake": settings.intake,
        "jobs": settings.jobs,
    }
    return load_settings(data_dir=folder, store_url="", catalog_url="", index_url="", **kept)


def _digitise_all(run: _Run, settings: Settings, files: Sequence[Path]) -> Iterator[_Result]:
    report = receive_batch(
        run.shelf,
        files,
        manifest=None,
        publish=False,
        by=run.work.by,
        options=run.work.options,
        policy=settings.intake,
        province=settings.province,
    )
    made: dict[ItemId, _Result] = {}
    for entry in report.entries:
        if entry.item_id in made:  # the same content named twice: read once, answered twice
            first = next(one.source for one in report.entries if one.item_id == entry.item_id)
            run.progress.note(run.screen.words("cli.same_content", source=entry.source, other=first))
            yield made[entry.item_id]
            continue
        result = _digitise_one(run, entry)
        if entry.item_id is not None:
            made[entry.item_id] = result
        yield result


def _digitise_one(run: _Run, entry: BatchEntry) -> _Result:
    source = str(Path(entry.source).absolute())
    if entry.item_id is None:
        return _nothing(run, source, None, [(None, entry.note or Reason("intake.failed"))])
    item = _read(run, entry.item_id, Path(source).name)
    with run.shelf.catalog.view() as seen:
        sha256 = seen.scan(item.id).content_sha256
    if item.state is State.QUARANTINED or entry.outcome is Outcome.WAITING:
        return _nothing(run, source, sha256, [(None, item.reason or Reason("intake.failed"))])
    stem = Path(source).name if Path(source).is_dir() else Path(source).stem
    outputs = run.stems.choose(stem, source=source)
    try:
        _write(run, item, outputs, source, sha256)
    except Exception as error:  # read, yet no PDF can be bound from it: the other sources go on
        item = fail(run.shelf, item.id, error, run.work.by)
        if not is_about_the_item(error):
            raise
        return _nothing(run, source, sha256, [(None, item.reason or Reason("intake.failed"))])
    pages = item.counts.scanned or 0
    run.progress.note(run.screen.words("cli.finished", title=item.title, pages=pages))
    return _Result(outputs, "", stuck=False)


def _read(run: _Run, item_id: ItemId, name: str) -> Item:
    """Read and count one item; what is wrong with the item itself puts it in quarantine."""
    with claimed(run.shelf, item_id):
        try:
            ahead = plan(run.shelf, item_id, run.work)
            with _watched(run, item_id, run.screen.words("cli.reading", name=name), ahead.images):
                read_pages(run.shelf, item_id, ahead.pages, run.work)
            for stage in _STAGES if ahead.stages else ():
                run_stage(run.shelf, item_id, stage, run.work)
        except Exception as error:
            fail(run.shelf, item_id, error, run.work.by)
            if not is_about_the_item(error):
                raise
    with run.shelf.catalog.view() as seen:
        return seen.item(item_id)


@contextmanager
def _watched(run: _Run, item_id: ItemId, what: str, images: int) -> Iterator[None]:
    """Show how far the reading has come while the block runs; costs nothing where nobody watches."""
    run.progress.show(what, 0, images)
    if not run.screen.lively:
        yield
        return
    finished = threading.Event()

    def look() -> None:
        while not finished.wait(_GLANCE):
            with run.shelf.catalog.view() as seen:
                run.progress.show(what, len(seen.pages(item_id)), images)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


def _write(run: _Run, item: Item, outputs: Outputs, source: str, sha256: str) -> None:
    """Make the four files beside their places, then move them there; ``pages.json`` is the last."""
    made = Outputs(run.scratch, "made")
    for name, write in _WRITERS.items():
        write(run.shelf, item.id, made.path(name))
    with made.path("pages").open("w", encoding="utf-8") as text:
        write_pages(
            text,
            source=source,
            sha256=sha256,
            pages=load_pages(run.shelf, item.id),
            counts=item.counts,
            outputs=outputs.as_json(),
            problems=_problems(run, item),
        )
    for name in (*_WRITERS, "pages"):
        made.path(name).replace(outputs.path(name))


def _problems(run: _Run, item: Item) -> list[Json]:
    """Of single pages, and what the ledger found when it counted."""
    lang = run.screen.lang
    with run.shelf.catalog.view() as seen:
        told = [problem(page.number, page.problem, lang) for page in seen.pages(item.id) if page.problem]
        counted = [event for event in seen.history(item.id) if event.action == "counted"]
    found = counted[-1].options.get("problems") if counted else ()
    for one in found if isinstance(found, list | tuple) else ():
        told.append(problem(one["page"], Reason(one["code"], one["fields"]), lang))
    return told


def _nothing(run: _Run, source: str, sha256: str | None, reasons: Sequence[tuple[None, Reason]]) -> _Result:
    """The answer for a source that gave no outputs; people are told why."""
    lang = run.screen.lang
    for _, reason in reasons:
        run.progress.note(run.screen.words("cli.quarantine", source=Path(source).name, why=why(reason, lang)))
    text = StringIO()
    write_pages(
        text,
        source=source,
        sha256=sha256,
        pages=iter(()),
        counts=None,
        outputs=NO_OUTPUTS,
        problems=[problem(page, reason, lang) for page, reason in reasons],
    )
    return _Result(None, text.getvalue(), stuck=True)


def _answer(results: Sequence[_Result], screen: Screen) -> None:
    """All answers as one array, copied from where they were written."""
    import sys

    glue = "["
    for result in results:
        screen.raw(glue)
        if result.outputs is None:
            screen.raw(result.text)
        else:
            with result.outputs.path("pages").open(encoding="utf-8") as text:
                copyfileobj(text, sys.stdout)
        glue = ","
    screen.raw("]\n" if results else "[]\n")
