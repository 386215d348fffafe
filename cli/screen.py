"""What reaches the terminal. Nothing from outside is printed before it is made harmless.

Answers go to stdout, everything else to stderr, so that ``--json`` can be piped. Text from titles,
file names and snippets passes ``printable``, and is never read as markup.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from config.messages import Lang, printable, sentence
from domain.values import Json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_PLAIN_WIDTH = 160  # columns where nobody is looking: logs and pipes
# JSON escapes C0 controls by itself; these could still steer a terminal, or cannot be encoded at all.
_UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def json_text(value: Json, *, indent: int | None = 2) -> str:
    """JSON that is readable and harmless on a terminal; parsing it gives ``value`` back."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class Screen:
    """Where one command speaks: in one language, to people or (``as_json``) to programs."""

    def __init__(self, lang: Lang, *, as_json: bool = False) -> None:
        self.lang: Lang = lang
        self.as_json = as_json
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal that is not UTF-8 gets "?", not a crash
                stream.reconfigure(errors="replace")

    @cached_property
    def out(self) -> Console:
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        return _console(sys.stderr)

    @property
    def lively(self) -> bool:
        """Whether a person watches, so that something may move."""
        return sys.stderr.isatty()

    def words(self, code: str, /, **fields: Json) -> str:
        return sentence(code, self.lang, fields)

    def tell(self, code: str, /, **fields: Json) -> None:
        """A sentence on the side: progress, hints, what went wrong."""
        self.note(self.words(code, **fields))

    def note(self, text: str) -> None:
        _write(sys.stderr, printable(text) + "\n")

    def line(self, text: str = "") -> None:
        """One line of an answer to people."""
        _write(sys.stdout, printable(text) + "\n")

    def answer(self, value: Json) -> None:
        _write(sys.stdout, json_text(value) + "\n")

    def stream(self, values: Iterable[Json]) -> None:
        """A JSON array, written as it comes: a library's list need not fit into memory."""
        glue = "[\n"
        for value in values:
            self.raw(glue + json_text(value, indent=None))
            glue = ",\n"
        self.raw("[]\n" if glue == "[\n" else "\n]\n")

    def raw(self, text: str) -> None:
        """A piece of an answer that is harmless already: JSON, or help."""
        _write(sys.stdout, text)

    def styled(self, text: Text) -> None:
        self.out.print(text, soft_wrap=True)

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> None:
        """A table; ``heads`` are codes under ``head``, ``right`` the columns (from 0) set to the right."""
        from rich import box
        from rich.table import Table
        from rich.text import Text

        made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column, head in enumerate(heads):
            made.add_column(
                Text(self.words(f"head.{head}")),
                justify="right" if column in right else "left",
                overflow="fold",
                no_wrap=head in ("accession", "state", "pages", "confidence"),
            )
        for row in rows:
            made.add_row(*(Text(printable(cell)) for cell in row))
        self.out.print(made)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A bar for people; where nobody watches, now and then a line."""
        bar = _Bar(self) if self.lively else Progress(self)
        with bar.shown():
            yield bar


class Progress:
    """Says how far a count has come, at most once for each tenth of it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._told = ""

    @contextmanager
    def shown(self) -> Iterator[None]:
        yield

    def show(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` (both counts of the same thing, ``total`` 0 while unknown)."""
        tenth = 10 * done // total if total else 0
        said = f"{what} {tenth}"
        if said != self._told:
            self._told = said
            self._screen.note(f"{what}: {done}/{total}" if total else what)

    def note(self, text: str) -> None:
        self._screen.note(text)


class _Bar(Progress):
    @contextmanager
    def shown(self) -> Iterator[None]:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._screen.err,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,  # an answer goes to stdout, though the bar is on stderr
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=None)
        with self._bar:
            yield

    def show(self, what: str, done: int, total: int) -> None:
        self._bar.update(self._task, description=printable(what), completed=done, total=total or None)

    def note(self, text: str) -> None:
        from rich.text import Text

        self._bar.console.print(Text(printable(text)), soft_wrap=True)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        width=None if stream.isatty() else _PLAIN_WIDTH,
    )
