"""``python -m samples.demo --seed N [--stay]``: make the batch, put it on a shelf, and check what comes out.

Everything goes through the command ``tusach``, as a person would type it. Exits 1 where a good sample
is not published, the broken one is not in quarantine, or a search does not name the right page.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from config.messages import Lang, choose_lang, sentence
from samples.batch import make_batch
from samples.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
WORDS = 18  # of a sentence that is searched for
_KEPT_SETTINGS = (
    "TUSACH_OCR__",
    "TUSACH_JOBS",
    "TUSACH_LANG",
    "TUSACH_PREFECT_PORT",
    "TUSACH_HEALTH_PORT",
    "TUSACH_PORTAL_PORT",
)
_QUARANTINE = 3  # exit code of ``add`` with something in quarantine: here it has to be


@dataclass(frozen=True, slots=True)
class Asked:
    """One search, and where its answer has to be."""

    query: str
    file: str
    page: int  # from 1


class Demo:
    def __init__(self, seed: str, folder: Path, lang: Lang) -> None:
        self.seed, self.folder, self.lang = seed, folder, lang
        self.wrong = 0
        self._environment = _environment(folder)

    def run(self) -> int:
        truth = self._samples()
        self._step("demo.adding")
        manifest = self.folder / "phu-luc-ii.xlsx"
        code = self._tusach("add", str(self.folder / "batch"), "--manifest", str(manifest), "--publish")
        self._expect(code == _QUARANTINE, "demo.wrong_exit", code=code)
        entries = self._entries()
        self._states(truth, entries)
        items = {_name(entry["source"]): entry["item"] for entry in entries if entry["item"]}
        for asked in questions(truth, self.seed):
            self._search(asked, items)
        return 1 if self.wrong else 0

    def _samples(self) -> dict[str, Any]:
        told = self.folder / "truth.json"
        if not told.exists():  # written last
            self._step("demo.making", seed=self.seed)
            make_batch(self.folder, self.seed)
        found: dict[str, Any] = json.loads(told.read_text("utf-8"))
        self._step("demo.made", count=len(found["files"]), folder=str(self.folder / "batch"))
        return found

    def _entries(self) -> list[dict[str, Any]]:
        """The lines of the newest batch, with the items as they stand."""
        newest = self._answer("status", "--json")["batches"][0]["id"]
        entries: list[dict[str, Any]] = self._answer("status", newest, "--json")["entries"]
        return entries

    def _states(self, truth: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
        found = {_name(entry["source"]): entry["item"] for entry in entries if entry["item"]}
        for sample in truth["files"]:
            item = found.get(_name(sample["file"]))
            state = item["state"] if item else None
            self._expect(
                state == sample["state"],
                "demo.wrong_state",
                file=sample["file"],
                found=state,
                expected=sample["state"],
            )
        absent = {entry["source"] for entry in entries if entry["outcome"] == "absent"}
        for title in truth["absent"]:
            self._expect(title in absent, "demo.absent_not_told", title=title)

    def _search(self, asked: Asked, items: Mapping[str, Mapping[str, Any]]) -> None:
        self._step("demo.searching")
        self._tusach("search", asked.query, "--limit", "1")
        found = self._answer("search", asked.query, "--json")["items"]
        item = items.get(_name(asked.file), {})
        good = bool(found) and (found[0]["id"], found[0]["pages"][0]["number"]) == (
            item.get("id"),
            asked.page,
        )
        self._expect(good, "demo.wrong_hit", query=asked.query, file=asked.file, page=asked.page)

    def _expect(self, good: bool, code: str, /, **fields: Any) -> None:
        if not good:
            self.wrong += 1
            print("  ✗", sentence(code, self.lang, fields), flush=True)

    def _step(self, code: str, /, **fields: Any) -> None:
        print(f"\n== {sentence(code, self.lang, fields)}", flush=True)

    def _tusach(self, *arguments: str) -> int:
        """Run a command in sight of whoever watches; returns its exit code."""
        print(f"$ tusach {shlex.join(arguments)}", flush=True)
        return subprocess.run([*_command(), *arguments], env=self._environment, check=False).returncode

    def _answer(self, *arguments: str) -> Any:
        done = subprocess.run(
            [*_command(), *arguments], env=self._environment, check=True, stdout=subprocess.PIPE
        )
        return json.loads(done.stdout)

    def tell_next(self) -> None:
        shown = os.path.relpath(self.folder, Path.cwd())
        self._step("demo.next")
        for what in ("list", "show TSPL-VN-…", "search …", "export TSPL-VN-… --to DIR", "up"):
            print(f"  .venv/bin/tusach --data-dir {shlex.quote(shown)} {what}")
        port = self._environment["TUSACH_PORTAL_PORT"]
        print(f"  {sentence('demo.portal', self.lang, {'url': f'http://127.0.0.1:{port}/'})}")
        print(f"  {sentence('demo.read_on', self.lang)}", flush=True)

    def stay(self) -> None:
        """Become ``tusach up``: Ctrl-C ends it."""
        os.execve(sys.executable, [*_command(), "up"], self._environment)  # noqa: S606 - no shell is wanted


def questions(truth: Mapping[str, Any], seed: str) -> list[Asked]:
    """A sentence as printed, one typed without diacritics, and a legal number, each from another file."""
    random = Random(f"demo/{seed}")
    flat = {
        (file["file"], page["number"]): " ".join(page["text"].split())
        for file in truth["files"]
        for page in file["pages"]
    }

    def once(words: str) -> bool:
        return sum(words in text for text in flat.values()) == 1

    sentences = [
        Asked(" ".join(said.split()[:WORDS]), file["file"], page["number"])
        for file in truth["files"]
        for page in file["pages"]
        for said in page["sentences"]
    ]
    sentences = [asked for asked in sentences if once(asked.query)]
    mentioned = Counter(number for file in truth["files"] for number in file["numbers"])
    numbers = [
        Asked(number, file["file"], pages[0])
        for file in truth["files"]
        for number, pages in file["numbers"].items()
        if len(pages) == 1 and mentioned[number] == 1
    ]
    first = random.choice(sentences)
    second = random.choice([asked for asked in sentences if asked.file != first.file])
    third = random.choice([asked for asked in numbers if asked.file not in (first.file, second.file)])
    return [first, Asked(without_diacritics(second.query), second.file, second.page), third]


def without_diacritics(text: str) -> str:
    """As somebody types who has no Vietnamese keyboard."""
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in parts if not unicodedata.combining(char))


def _name(source: str) -> str:
    return unicodedata.normalize("NFC", Path(source).name)


def _command() -> list[str]:
    return [sys.executable, "-m", "cli"]


def _environment(folder: Path) -> dict[str, str]:
    """The shelf of the demo, whatever shelf the environment names otherwise; on ports that are free."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TUSACH_") or name.startswith(_KEPT_SETTINGS)
    }
    kept["TUSACH_DATA_DIR"] = str(folder)
    for name, port in (
        ("TUSACH_PREFECT_PORT", 4270),
        ("TUSACH_HEALTH_PORT", 4271),
        ("TUSACH_PORTAL_PORT", 4280),
    ):
        kept.setdefault(name, str(free_port(port)))
    return kept


def _folder(seed: str) -> Path:
    """Each seed has its own shelf, so that one demo's samples are not found in another's."""
    if seed == "1":
        return ROOT / "data" / "demo"
    safe = seed if re.fullmatch(r"[A-Za-z0-9]{1,32}", seed) else sha256(seed.encode()).hexdigest()[:12]
    return ROOT / "data" / f"demo-{safe}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--seed", default="1", help="any text; another seed makes another batch")
    parser.add_argument("--stay", action="store_true", help="keep the shelf running afterwards")
    chosen = parser.parse_args()
    demo = Demo(chosen.seed, _folder(chosen.seed), choose_lang(os.environ.get("TUSACH_LANG")))
    code = demo.run()
    demo.tell_next()
    if code:
        print(f"\n{sentence('demo.bad', demo.lang, {'count': demo.wrong})}", flush=True)
        return code
    print(f"\n{sentence('demo.good', demo.lang)}", flush=True)
    if chosen.stay:
        demo.stay()
    return 0


if __name__ == "__main__":
    sys.exit(main())
