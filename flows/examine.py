"""What this machine has and lacks, each lack with its remedy. Changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from config.in_force import hidden
from config.messages import Lang, explain, sentence
from config.settings import Settings
from config.wiring import CATALOGS, ENGINES, INDEXES, STORES, adapter
from domain.addresses import path_of
from domain.errors import ObjectNotFound, ShelfError
from domain.values import Json, Reason
from flows.api import api_url, is_elsewhere, open_api
from flows.place import Place

_PATIENCE = 20.0  # seconds for a program to say its version
_FREE = 500_000_000  # bytes; ``up`` refuses to start with less
_LOCK = Path(__file__).resolve().parent.parent / "locks" / "runtime.txt"
_PROGRAMS = (("tesseract", "tesseract-ocr"), ("pdftoppm", "poppler-utils"), ("pdfinfo", "poppler-utils"))
_EMBEDDED = frozenset({"file", "memory", "sqlite", "tantivy"})  # not there before the first add


@dataclass(frozen=True, slots=True)
class Finding:
    level: str  # ok · warn · bad
    code: str
    fields: dict[str, Json]
    part: str | None = None  # store · catalog · index · ocr, where it is about one of them
    why: Reason | None = None

    def said(self, lang: Lang) -> str:
        fields = dict(self.fields)
        if self.part is not None:
            fields["what"] = sentence(f"doctor.{self.part}", lang)
        if self.why is not None:
            fields["why"] = explain(self.why, lang)
        return sentence(f"doctor.{self.code}", lang, fields)


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding after the other, as they come about; some ask servers, which may take seconds."""
    python: dict[str, Json] = {"version": platform.python_version()}
    if sys.version_info[:2] in ((3, 11), (3, 12)):
        yield Finding("ok", "python", python)
    else:
        yield Finding("bad", "python_old", python)
    yield _packages()
    for program, package in _PROGRAMS:
        yield _program(program, package)
    yield from _languages(settings)
    yield from _data_dir(settings)
    yield from _addresses(settings)
    yield from _server(settings)


def _packages() -> Finding:
    if not _LOCK.exists():
        return Finding("warn", "no_lock", {})
    differs: list[Json] = []
    for line in re.findall(r"^[\w.-]+==[^\\\n]+", _LOCK.read_text("utf-8"), re.MULTILINE):
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            installed = _installed(wanted.name)
            if not wanted.specifier.contains(installed or "0", prereleases=True):
                differs.append(f"{wanted.name} {installed or '–'} ≠ {str(wanted.specifier).lstrip('=')}")
    if differs:
        return Finding("bad", "package_differs", {"what": differs[:8]})
    return Finding("ok", "package", {})


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _program(program: str, package: str) -> Finding:
    if shutil.which(program) is None:
        return Finding("bad", "program_missing", {"program": program, "package": package})
    try:
        flag = "--version" if program == "tesseract" else "-v"
        done = subprocess.run([program, flag], capture_output=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("bad", "program_fails", {"program": program, "package": package, "detail": str(error)})
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    found = re.search(r"\d+(\.\d+)+", said)
    if done.returncode != 0 or found is None:
        detail = said.strip().partition("\n")[0] or str(done.returncode)
        return Finding("bad", "program_fails", {"program": program, "package": package, "detail": detail})
    return Finding("ok", "program", {"program": program, "version": found[0]})


def _languages(settings: Settings) -> Iterator[Finding]:
    try:
        with adapter("TUSACH_OCR_URL", ENGINES, settings.ocr_url, settings.secrets) as engine:
            installed = engine.languages()
    except ShelfError as error:
        yield _address_bad("ocr", settings.ocr_url, error)
        return
    for language in settings.ocr.languages:
        if language in installed:
            yield Finding("ok", "language", {"language": language})
        else:
            yield Finding("bad", "language_missing", {"language": language, "installed": sorted(installed)})


def _data_dir(settings: Settings) -> Iterator[Finding]:
    wanted = settings.data_dir
    place = next(folder for folder in (wanted, *wanted.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
        yield Finding("ok", "data_dir", {"path": str(wanted)})
    except OSError as error:
        yield Finding("bad", "data_dir_bad", {"path": str(wanted), "detail": os.strerror(error.errno or 0)})
    free = shutil.disk_usage(place).free
    if free < _FREE:
        yield Finding("bad", "disk_low", {"path": str(wanted), "free": free, "needed": _FREE})
    else:
        yield Finding("ok", "disk", {"path": str(wanted), "free": free})


def _addresses(settings: Settings) -> Iterator[Finding]:
    for what, table, url in (
        ("store", STORES, settings.store_url),
        ("catalog", CATALOGS, settings.catalog_url),
        ("index", INDEXES, settings.index_url),
    ):
        try:
            if url.partition(":")[0] not in _EMBEDDED or _is_made(what, url):
                with adapter(f"TUSACH_{what.upper()}_URL", table, url, settings.secrets) as opened:
                    _touch(what, opened)
                    yield from _versions(what, opened)
            yield Finding("ok", "address", {"url": hidden(url)}, what)
        except ShelfError as error:
            yield _address_bad(what, url, error)


def _is_made(what: str, url: str) -> bool:
    """Whether an embedded catalogue or index is there to be asked; the store is the data folder's."""
    try:
        return what != "store" and path_of(url).exists()
    except ValueError:  # an address that its adapter will refuse, and say why
        return True


def _touch(what: str, opened: object) -> None:
    """One small question, since opening may be lazy."""
    if what == "store":
        next(iter(opened.keys("items/0")), None)  # type: ignore[attr-defined]
    elif what == "index":
        opened.status()  # type: ignore[attr-defined]
    else:
        with opened.view() as seen:  # type: ignore[attr-defined]
            seen.batches(1)


def _versions(what: str, opened: object) -> Iterator[Finding]:
    """Whether a bucket keeps originals that are overwritten or deleted; the first put makes one that does."""
    if what != "store" or not hasattr(opened, "keeps_versions"):
        return
    try:
        kept = opened.keeps_versions()
    except ObjectNotFound:
        return
    yield Finding("ok", "versions", {}) if kept else Finding("warn", "no_versions", {})


def _address_bad(what: str, url: str, error: ShelfError) -> Finding:
    return Finding("bad", "address_bad", {"url": hidden(url)}, what, error.reason)


def _server(settings: Settings) -> Iterator[Finding]:
    if is_elsewhere(settings):
        with open_api(settings) as api:
            level = "ok" if api.healthy() else "bad"
        yield Finding(
            level, "remote_good" if level == "ok" else "remote_bad", {"url": hidden(api_url(settings))}
        )
        return
    serving = Place.of(settings).serving()
    if serving is not None:
        yield Finding("ok", "running", {"pid": serving.pid})
        return
    yield Finding("ok", "not_running", {})
    for port, setting in (
        (settings.prefect_port, "TUSACH_PREFECT_PORT"),
        (settings.health_port, "TUSACH_HEALTH_PORT"),
        (settings.portal_port, "TUSACH_PORTAL_PORT"),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                yield Finding("bad", "port_used", {"port": port, "setting": setting})
            else:
                yield Finding("ok", "port_free", {"port": port, "setting": setting})
