"""The OcrEngine that runs Tesseract: one process per page, through pytesseract.

Every command opens the shelf, few read pages: what costs time to import waits until a page is read.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import threading
import uuid
from collections.abc import ItemsView, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from domain.errors import EngineCrashed, EngineMissing, EngineTimedOut, LanguageMissing
from domain.options import OcrOptions
from domain.text import OcrPage, PageImage

_PROGRAM = "tesseract"
_ANSWER_S = 30.0  # for its version or languages; a healthy one needs a few hundredths
_AGAIN_S = 0.5
_MARK = "TUSACH_READING"
# Tesseract takes and gives back the same few megabytes all the time. Kept, and in huge pages, they cost a
# tenth of the page faults; other C libraries than glibc do not heed it.
_TUNABLES = "GLIBC_TUNABLES"
_MEMORY = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=268435456"
_TOLD_DPI = range(100, 2401)  # below, Tesseract guesses better from the letters; above, it refuses
_LANGUAGE = re.compile(r"[A-Za-z][\w/-]*", re.ASCII)
_VERSION = re.compile(r"tesseract v?(\d[\w.-]*)")


@contextmanager
def open_engine(url: str, *, secrets: Mapping[str, str]) -> Iterator[TesseractEngine]:  # noqa: ARG001
    """``tesseract:``, or ``tesseract:///opt/tessdata`` for language data of one's own.

    Nothing is started before the first question. ``secrets`` are not used.
    """
    # More threads give the same text for 4.7 times the CPU, and pages are read side by side
    # already. Children inherit it, pytesseract's too.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    folder = unquote(urlsplit(url).path)
    yield TesseractEngine(Path(folder) if folder else None)


class TesseractEngine:
    """Tesseract as installed, found on PATH; ``tessdata`` names a folder of language data."""

    def __init__(self, tessdata: Path | None = None) -> None:
        self._tessdata = tessdata
        self._version: str | None = None
        self._languages: frozenset[str] | None = None

    def describe(self) -> str:
        if self._version is None:
            found = _VERSION.search(self._ask("--version", seconds=_ANSWER_S))
            self._version = f"tesseract {found[1]}" if found else "tesseract"
        return self._version

    def languages(self) -> frozenset[str]:
        return self._installed(_ANSWER_S)

    def recognise(self, image: PageImage, options: OcrOptions) -> OcrPage:
        """Read one picture, given as a path: pytesseract would encode an opened one to PNG again."""
        import pytesseract

        from ocr.hocr import page_from_hocr

        installed = self._installed(min(_ANSWER_S, options.timeout_s))
        for language in options.languages:
            if language not in installed:
                raise LanguageMissing(language=language, installed=sorted(installed))
        # Beside ``tesseract_cmd``, the module's other global that says how its children are started.
        pytesseract.pytesseract.environ = _environment
        with _environment.marked() as mark, _Deadline(mark, options.timeout_s) as deadline:
            try:
                hocr = pytesseract.image_to_pdf_or_hocr(
                    str(image.path.absolute()),
                    lang="+".join(options.languages),
                    config=self._config(image, options),
                    extension="hocr",
                )
            except pytesseract.TesseractNotFoundError as error:
                raise EngineMissing(program=_PROGRAM) from error
            except (pytesseract.TesseractError, OSError, UnicodeDecodeError) as error:
                if deadline.passed:
                    raise EngineTimedOut(image=image.image, seconds=options.timeout_s) from error
                status = getattr(error, "status", None)
                detail = str(getattr(error, "message", error))[:300]
                raise EngineCrashed(image=image.image, status=status, detail=detail) from error
        return page_from_hocr(bytes(hocr), image, options, self.describe())

    def _config(self, image: PageImage, options: OcrOptions) -> str:
        parts = ["--psm", str(options.psm)]
        if image.dpi in _TOLD_DPI:
            parts += ["--dpi", str(image.dpi)]
        return shlex.join(parts + self._data_folder())

    def _data_folder(self) -> list[str]:
        return ["--tessdata-dir", str(self._tessdata)] if self._tessdata else []

    def _installed(self, seconds: float) -> frozenset[str]:
        if self._languages is None:
            lines = self._ask("--list-langs", *self._data_folder(), seconds=seconds).splitlines()
            self._languages = frozenset(
                line.strip() for line in lines[1:] if _LANGUAGE.fullmatch(line.strip())
            )
        return self._languages

    def _ask(self, *arguments: str, seconds: float) -> str:
        """What Tesseract answers on either stream; pytesseract's own questions would wait for ever."""
        program = shutil.which(_PROGRAM)
        if program is None:
            raise EngineMissing(program=_PROGRAM)
        try:
            with _environment.marked() as mark, _Deadline(mark, seconds) as deadline:
                process = subprocess.run(
                    [program, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=_environment,
                    check=False,
                )
        except OSError as error:
            raise EngineCrashed(image=None, status=None, detail=str(error)[:300]) from error
        if deadline.passed:
            raise EngineTimedOut(image=None, seconds=seconds)
        if process.returncode not in (0, 1):
            raise EngineCrashed(image=None, status=process.returncode, detail=_short(process.stdout))
        return process.stdout.decode("utf-8", "replace")


def _short(said: bytes) -> str:
    return said[:300].decode("utf-8", "replace").strip()


class _ChildEnvironment(Mapping[str, str]):
    """Our environment with a mark of the calling thread's, by which its child is found again.

    A name on the command line would be lost where ``tesseract`` is a script that starts another
    program; the mark passes to whatever is started.
    """

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def marked(self) -> Iterator[str]:
        """Children started by this thread within the block bear the mark that is yielded."""
        self._local.mark = uuid.uuid4().hex
        try:
            yield self._local.mark
        finally:
            del self._local.mark

    def _now(self) -> dict[str, str]:
        mark = getattr(self._local, "mark", None)
        if mark is None:
            return dict(os.environ)
        said = os.environ.get(_TUNABLES)
        memory = f"{_MEMORY}:{said}" if said else _MEMORY  # the last of two counts: what was said before
        return {**os.environ, _MARK: mark, _TUNABLES: memory}

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def items(self) -> ItemsView[str, str]:
        """One look at the environment for all; a child's start would ask for each name anew."""
        return self._now().items()

    def __len__(self) -> int:
        return len(self._now())


_environment = _ChildEnvironment()


class _Deadline:
    """Kills what bears a mark when its time is up.

    pytesseract's own time-out leaves a zombie where a process ignores the polite signal, and
    leaves alone what that process had started. Killed from here, the process is waited for by
    pytesseract, which then removes its temporary files as after any failure.
    """

    def __init__(self, mark: str, seconds: float) -> None:
        self.passed = False
        self._mark = mark
        self._seconds = seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> _Deadline:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._done.set()
        self._thread.join()
        if kind is not None:  # an interrupt: nobody waits for that page any more
            _kill_marked(self._mark)

    def _watch(self) -> None:
        wait = self._seconds
        while not self._done.wait(wait):
            self.passed = True
            _kill_marked(self._mark)
            wait = _AGAIN_S  # it may have been between fork and exec, unmarked as yet


def _kill_marked(mark: str) -> None:
    """End every process that bears the mark; waiting for them is for those who started them."""
    import psutil

    for process in psutil.process_iter():
        try:
            if process.environ().get(_MARK) == mark:
                process.kill()
        except (psutil.NoSuchProcess, psutil.AccessDenied):  # gone, a zombie, or another user's
            continue
