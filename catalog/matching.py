"""Which file is which title of the form.

A column of file names decides alone. Without one, titles and numbers are compared with the files' names;
only a match that is clearly the best on both sides is taken, and the rest is told rather than guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz import fuzz

from catalog.citations import find_citations
from catalog.manifest import Manifest, ManifestRow
from catalog.notations import plain
from domain.values import Reason

_ENOUGH = 72.0  # of 100: below it two names are not taken for one title
_MARGIN = 6.0  # by how much the best must be better than the next
_ALL_PAIRS = 250_000  # up to so many every name is compared with every title
_ROUNDS = 20
_CANDIDATES = 30  # beyond that, only with titles that share its rarest words
_SCAN_WORDS = frozenset(
    {"scan", "scanned", "img", "image", "copy", "final", "ocr", "file", "pdf", "new", "dsc"}
)
_NUMBER_FIRST = re.compile(r"\s*(?:stt|so|no)?[\s._-]*0*(\d{1,4})(?=[\s._)\-–]|$)")


@dataclass(frozen=True, slots=True)
class Matching:
    matched: Mapping[str, ManifestRow]  # by the name as given
    how: Mapping[str, Reason]  # how a name was matched, or why it was not
    absent: tuple[ManifestRow, ...]  # named in the manifest, not among the names
    unnamed: tuple[str, ...]  # among the names, not in the manifest


def match(manifest: Manifest, names: Sequence[str]) -> Matching:
    """Match the names of input files and folders with the manifest's rows, each at most once.

    Rows that name a file are matched by that alone: without regard to case, normal form, or the kind of
    slash; a suffix or folders may be missing on either side.
    """
    state = _State(list(dict.fromkeys(names)), list(manifest.rows))
    _by_file(state)
    _by_title(state)
    return Matching(
        matched=state.matched,
        how=state.how,
        absent=tuple(row for row in manifest.rows if row.row not in state.taken),
        unnamed=tuple(name for name in dict.fromkeys(names) if name not in state.matched),
    )


@dataclass(slots=True)
class _State:
    names: list[str]
    rows: list[ManifestRow]
    matched: dict[str, ManifestRow] = field(default_factory=dict)
    how: dict[str, Reason] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)  # row numbers

    def take(self, name: str, row: ManifestRow, by: str, score: float = 100.0) -> None:
        self.matched[name] = row
        self.taken.add(row.row)
        said = {"row": row.row, "title": row.title or row.file, "score": round(score)}
        self.how[name] = Reason(f"manifest.matched_by_{by}", said)

    def unsure(self, name: str, rows: Iterable[ManifestRow]) -> None:
        listed = sorted(row.row for row in rows)[:10]
        self.how[name] = Reason("manifest.ambiguous", {"rows": listed})

    def free_rows(self) -> list[ManifestRow]:
        return [row for row in self.rows if row.file is None and row.title and row.row not in self.taken]

    def free_names(self) -> list[str]:
        return [name for name in self.names if name not in self.matched]


def _parts(name: str) -> tuple[str, ...]:
    """The steps of a path, folded for comparison; "." and ".." lead nowhere and are dropped."""
    said = unicodedata.normalize("NFC", name).replace("\\", "/").casefold()
    return tuple(step for step in (part.strip() for part in said.split("/")) if step not in ("", ".", ".."))


def _without_suffix(step: str) -> str:
    return re.sub(r"\.[a-z0-9]{1,5}$", "", step)


def _by_file(state: _State) -> None:
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in state.names:
        parts = _parts(name)
        if parts:
            by_stem[_without_suffix(parts[-1])].append(name)
            if _without_suffix(parts[-1]) != parts[-1]:
                by_stem[parts[-1]].append(name)
    for row in state.rows:
        wanted = _parts(row.file or "")
        if not wanted:
            continue
        near = dict.fromkeys([*by_stem[wanted[-1]], *by_stem[_without_suffix(wanted[-1])]])
        found = [name for name in near if name not in state.matched and _same_path(wanted, _parts(name))]
        exact = [name for name in found if _parts(name)[-1] == wanted[-1]]
        found = exact if exact else found
        if len(found) == 1:
            state.take(found[0], row, "file")
        for name in found if len(found) > 1 else ():
            state.unsure(name, [row])


def _same_path(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter path ends the longer; the last steps may differ by a suffix that one lacks."""
    length = min(len(one), len(other))
    if one[-length:-1] != other[-length:-1]:
        return False
    a, b = one[-1], other[-1]
    return a == b or a == _without_suffix(b) or _without_suffix(a) == b


class _Said:
    """What a name or a title says, ready to be compared."""

    def __init__(self, text: str, number: int | None, legal: str | None) -> None:
        words = re.findall(r"[a-z0-9]+", plain(text))
        self.words = tuple(word for word in words if word not in _SCAN_WORDS)
        self.text = " ".join(self.words)
        self.number = number
        self.legal = legal

    @cached_property
    def glued(self) -> str:
        return "".join(self.words)

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset(word.lstrip("0") for word in self.words if word.isdigit())


def _said_by_name(name: str) -> _Said:
    steps = unicodedata.normalize("NFC", name)[:1000].replace("\\", "/").rstrip("/").split("/")
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", steps[-1])
    first = _NUMBER_FIRST.match(plain(stem))
    rest = stem[first.end() :] if first else stem
    return _Said(rest, int(first[1]) if first else None, None)


def _said_by_row(row: ManifestRow) -> _Said:
    cited = [citation.so_ky_hieu for citation in find_citations(row.title[:300], 1)]
    legal = "".join(re.findall(r"[a-z0-9]+", plain(cited[0]))) if len(cited) == 1 else None
    return _Said(row.title, row.number, legal)


def _score(name: _Said, row: _Said) -> float:
    """0 to 100; the number in front helps or hurts a little, years and figures that differ hurt more."""
    if name.text == row.text:
        score = 100.0
    else:
        ordered, shared = (
            fuzz.token_sort_ratio(name.text, row.text),
            fuzz.token_set_ratio(name.text, row.text),
        )
        parts = (ordered + shared) / 2  # shared alone takes a title for any title that it begins
        score = max(parts, fuzz.ratio(name.glued, row.glued))
        if len(name.words) < 2:  # one word is within many titles
            score = fuzz.ratio(name.glued, row.glued)
    if name.figures and row.figures and not name.figures & row.figures:
        score -= 15
    if name.number is not None and row.number is not None and score >= 50:
        score += 10 if name.number == row.number else -5
    return max(0.0, min(110.0, score))


def _by_title(state: _State) -> None:
    rows = {row.row: (row, _said_by_row(row)) for row in state.free_rows()}
    names = {name: _said_by_name(name) for name in state.free_names()}
    _by_legal_number(state, names, rows)
    scores = _scores(state, names, rows)
    for _ in range(_ROUNDS):  # a title that is taken makes others clear
        if not _take_clear(state, scores, rows):
            break
    _by_number(state, names)
    _tell_unsure(state, scores, rows)


_Rows = Mapping[int, tuple[ManifestRow, _Said]]
_Scores = Mapping[str, Mapping[int, float]]


def _by_legal_number(state: _State, names: Mapping[str, _Said], rows: _Rows) -> None:
    """ "QD 107-QĐ-UBND.tif" is the title with 107/QĐ-UBND in it."""
    wanted: dict[str, list[ManifestRow]] = defaultdict(list)
    for row, said in rows.values():
        if said.legal:
            wanted[said.legal].append(row)
    found: dict[str, list[ManifestRow]] = {}
    for name in names:
        steps = re.split(r"[\\/]", plain(name))
        words = re.findall(r"[a-z0-9]+", re.sub(r"\.[a-z0-9]{1,5}$", "", steps[-1]))[:60]
        spans = {
            "".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, min(a + 8, len(words)) + 1)
        }
        found[name] = [row for legal in spans & wanted.keys() for row in wanted[legal]]
    claims = Counter(row.row for rows_found in found.values() for row in rows_found)
    for name, rows_found in found.items():
        if len(rows_found) == 1 and claims[rows_found[0].row] == 1:
            state.take(name, rows_found[0], "legal_number")


def _scores(state: _State, names: Mapping[str, _Said], rows: _Rows) -> dict[str, dict[int, float]]:
    free = {row.row: rows[row.row][1] for row in state.free_rows()}
    open_names = [name for name in state.free_names() if names[name].words]
    everything = len(free) * len(open_names) <= _ALL_PAIRS
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, said in free.items():
        for word in set(said.words):
            sharing[word].append(number)
    scores: dict[str, dict[int, float]] = {}
    for name in open_names:
        said = names[name]
        near = free.keys() if everything else _near(said, sharing)
        judged = {number: _score(said, free[number]) for number in near}
        scores[name] = {number: score for number, score in judged.items() if score >= _ENOUGH}
    return scores


def _near(said: _Said, sharing: Mapping[str, list[int]]) -> list[int]:
    """Rows that share words with the name, those that share rare ones first."""
    weight: Counter[int] = Counter()
    for word in sorted(set(said.words) & sharing.keys(), key=lambda word: len(sharing[word]))[:6]:
        for number in sharing[word][:2_000]:
            weight[number] += 1_000_000 // len(sharing[word])
    return [number for number, _ in weight.most_common(_CANDIDATES)]


def _take_clear(state: _State, scores: _Scores, rows: _Rows) -> bool:
    """Take every pair that is clearly each other's best; whether there was one."""
    best_name: dict[int, list[tuple[float, str]]] = defaultdict(list)
    open_scores = {
        name: {number: score for number, score in found.items() if number not in state.taken}
        for name, found in scores.items()
        if name not in state.matched
    }
    for name, found in open_scores.items():
        for number, score in found.items():
            best_name[number].append((score, name))
    took = False
    for name, found in open_scores.items():
        ordered = sorted(found.items(), key=lambda pair: -pair[1])
        if not ordered or not _clear([score for _, score in ordered]):
            continue
        number, score = ordered[0]
        rivals = sorted(best_name[number], reverse=True)
        if rivals[0][1] == name and _clear([rival for rival, _ in rivals]):
            state.take(name, rows[number][0], "title", min(100.0, score))
            took = True
    return took


def _clear(descending: Sequence[float]) -> bool:
    return len(descending) < 2 or descending[0] - descending[1] >= _MARGIN


def _by_number(state: _State, names: Mapping[str, _Said]) -> None:
    """A name that is nothing but a number means that STT: "03.pdf"."""
    numbered: dict[int, list[ManifestRow]] = defaultdict(list)
    for row in state.free_rows():
        if row.number is not None:
            numbered[row.number].append(row)
    bare = {name: said.number for name in state.free_names() if not (said := names[name]).words}
    times = Counter(bare.values())
    for name, number in bare.items():
        found = numbered.get(number, []) if number is not None else []
        if len(found) == 1 and times[number] == 1:
            state.take(name, found[0], "number")
        elif found:
            state.unsure(name, found)


def _tell_unsure(state: _State, scores: _Scores, rows: _Rows) -> None:
    for name in state.free_names():
        open_rows = [rows[number][0] for number in scores.get(name, {}) if number not in state.taken]
        if open_rows and name not in state.how:
            state.unsure(name, open_rows)
