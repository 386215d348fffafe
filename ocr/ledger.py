"""The page ledger: what was declared, scanned and printed, and which pages are blank, missing or there twice.

A count is a report that somebody answers for, so nothing is guessed: a page is called missing only
where the folios of most pages agree; where they do not, ``printed`` and ``missing`` stay None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from rapidfuzz import fuzz

from domain.holdings import Counts, PageEntry, PageKind
from domain.text import OcrPage
from domain.values import Reason
from ocr.foliation import Gap, Label, Placed, gaps_of, labels_of, main_sequence, roman_sequence
from ocr.folios import Folio, folio_candidates
from ocr.letters import bare

_TEXT_WORDS = 10  # a page with fewer need not bear a folio
_AGREEING = 0.5  # share of the pages with text whose folio has to be in the sequence
_TEXT_KEPT = 1_500  # characters of a page by which it is compared
_SAME_TEXT = 90.0  # rapidfuzz ratio, 0 to 100
_TOO_SHORT = 40  # characters: too few to call two pages the same
_TYPED_WEIGHT = 4.0  # a label that a person typed
_MOST_DIGITS = 5  # of a folio
_COVER_WORDS = 80
_BARE_COVER_WORDS = 25
_COVER_SIZE = 1.4  # of the book's usual row height
_HEADING_LINES = 8
_CONTENTS = frozenset({"MUCLUC"})
_LONG_RUN = 3  # missing numbers in a row that are told as a range
_FIXED = (PageKind.BLANK, PageKind.UNREADABLE)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the ledger remembers of a page until it is closed."""

    entry: PageEntry
    folios: tuple[Folio, ...] = ()
    words: int = 0
    text: str = ""  # its beginning, bare of marks and spacing
    row: float = 0.0  # median row height, share of the page's height; 0.0 where unknown
    largest_row: float = 0.0
    contents: bool = False  # headed as the table of contents


@dataclass(frozen=True, slots=True)
class Ledger:
    pages: tuple[PageEntry, ...]  # with labels and kinds
    counts: Counts
    problems: tuple[tuple[int | None, Reason], ...]  # with the page, None where the whole item is meant


class LedgerBuilder:
    """Takes the pages in order and keeps a few facts of each; ``close`` makes the ledger."""

    def __init__(self, declared: int | None, images: int) -> None:
        self._declared = declared
        self._images = images
        self._pages: list[PageFacts] = []

    def add(self, entry: PageEntry, page: OcrPage | None) -> None:
        """Take in the next page; ``page`` is None where nothing was read."""
        self._pages.append(_facts(entry, page))

    def close(self) -> Ledger:
        sequence = self._sequence()
        labels = self._labels(sequence)
        repeats = dict(_repeats(self._pages, labels))
        gaps = tuple(gaps_of(sequence))
        pages = self._finished(labels)
        counts = Counts(
            declared=self._declared,
            images=self._images,
            scanned=len(pages),
            printed=max((placed.value for placed in sequence), default=None),
            blank=sum(page.kind is PageKind.BLANK for page in pages),
            missing=sum(gap.count for gap in gaps) if sequence else None,
            duplicate=len(repeats),
        )
        return Ledger(pages, counts, tuple((None, told) for told in _problems(counts, gaps, sorted(repeats))))

    def _sequence(self) -> tuple[Placed, ...]:
        """The printed folios, where enough pages agree on them."""
        sequence = main_sequence({facts.entry.number: facts.folios for facts in self._pages})
        if not sequence:
            return ()
        with_roman = {placed.number for placed in self._roman(sequence)}
        asked = [
            facts
            for facts in self._pages
            if facts.words >= _TEXT_WORDS and facts.entry.number not in with_roman
        ]
        return sequence if len(sequence) >= _AGREEING * len(asked) else ()

    def _roman(self, sequence: Sequence[Placed]) -> tuple[Placed, ...]:
        before = sequence[0].number if sequence else len(self._pages) + 1
        return roman_sequence({facts.entry.number: facts.folios for facts in self._pages}, before)

    def _labels(self, sequence: Sequence[Placed]) -> dict[int, Label]:
        labels = {**labels_of(self._roman(sequence)), **labels_of(sequence)}
        typed = [facts.entry for facts in self._pages if facts.entry.label_source == "typed"]
        if sequence:
            labels |= dict(_labels_of_repeats(self._pages, labels))
        labels |= {entry.number: Label(entry.label, "typed") for entry in typed if entry.label}
        for entry in typed:
            if not entry.label:  # a person said that it bears none
                labels.pop(entry.number, None)
        return labels

    def _finished(self, labels: Mapping[int, Label]) -> tuple[PageEntry, ...]:
        rows = [facts.row for facts in self._pages if facts.row > 0 and facts.words >= _TEXT_WORDS]
        usual = median(rows) if rows else 0.0
        return tuple(_with_label(facts, labels.get(facts.entry.number), usual) for facts in self._pages)


def _facts(entry: PageEntry, page: OcrPage | None) -> PageFacts:
    is_typed, typed = entry.label_source == "typed", entry.label or ""
    counts = is_typed and typed.isdecimal() and typed.isascii() and len(typed) <= _MOST_DIGITS
    folios = (Folio(int(typed), False, _TYPED_WEIGHT, 0.5),) if counts else ()
    if page is None or not page.lines:
        return PageFacts(entry, folios)
    rows = [(line.size or line.box.height) / max(1, page.height) for line in page.lines]
    return PageFacts(
        entry=entry,
        folios=folios if is_typed else folio_candidates(page),
        words=sum(len(line.words) for line in page.lines),
        text=bare(page.text[: 2 * _TEXT_KEPT])[:_TEXT_KEPT],
        row=median(rows),
        largest_row=max(rows),
        contents=any(bare(line.text).replace(" ", "") in _CONTENTS for line in page.lines[:_HEADING_LINES]),
    )


def _with_label(facts: PageFacts, label: Label | None, usual_row: float) -> PageEntry:
    kind = _kind(facts, label, usual_row)
    if facts.entry.label_source == "typed":
        return replace(facts.entry, kind=kind)
    return replace(
        facts.entry,
        kind=kind,
        label=label.text if label else None,
        label_source=label.source if label else None,
    )


def _kind(facts: PageFacts, label: Label | None, usual_row: float) -> PageKind:
    if facts.entry.kind in _FIXED or facts.entry.locked or facts.entry.kind_source == "typed":
        return facts.entry.kind
    if facts.contents:
        return PageKind.CONTENTS
    if facts.entry.number == 1 and label is None and 0 < facts.words <= _COVER_WORDS:
        large = usual_row > 0 and facts.largest_row >= _COVER_SIZE * usual_row
        if large or facts.words <= _BARE_COVER_WORDS:
            return PageKind.COVER
    return PageKind.BODY


def _repeats(pages: Sequence[PageFacts], labels: Mapping[int, Label]) -> Iterator[tuple[int, int]]:
    """Pages that repeat an earlier one, with that one: the same picture, or the same folio and text."""
    pictures: dict[str, int] = {}
    labelled: dict[str, PageFacts] = {}
    for facts in pages:
        number, sha256 = facts.entry.number, facts.entry.image_sha256
        if facts.entry.kind in _FIXED:
            continue
        earlier = pictures.setdefault(sha256, number) if sha256 else number
        label = labels.get(number)
        twin = labelled.setdefault(label.text, facts) if label and label.source != "inferred" else facts
        if earlier != number:
            yield number, earlier
        elif twin is not facts and _same_text(twin, facts):
            yield number, twin.entry.number


def _labels_of_repeats(
    pages: Sequence[PageFacts], labels: Mapping[int, Label]
) -> Iterator[tuple[int, Label]]:
    """A page outside the sequence bears the folio that it shows, if the page of that folio has its text."""
    by_label = {labels[facts.entry.number].text: facts for facts in pages if facts.entry.number in labels}
    for facts in pages:
        if facts.entry.number in labels or facts.entry.kind in _FIXED:
            continue
        for folio in facts.folios:
            twin = by_label.get(str(folio.value))
            if not folio.roman and twin is not None and _same_text(twin, facts):
                yield facts.entry.number, Label(str(folio.value), "read")
                break


def _same_text(one: PageFacts, other: PageFacts) -> bool:
    if min(len(one.text), len(other.text)) < _TOO_SHORT:
        return False
    return fuzz.ratio(one.text, other.text, score_cutoff=_SAME_TEXT) >= _SAME_TEXT


def _problems(counts: Counts, gaps: Sequence[Gap], repeats: Sequence[int]) -> Iterator[Reason]:
    if counts.declared is not None and counts.declared != counts.scanned:
        yield Reason("ledger.declared_differs", {"declared": counts.declared, "scanned": counts.scanned})
    if gaps:
        yield Reason("ledger.missing_pages", {"labels": [told for gap in gaps for told in _told(gap)]})
    if repeats:
        yield Reason("ledger.duplicate_pages", {"pages": [str(number) for number in repeats]})


def _told(gap: Gap) -> list[str]:
    """The missing numbers as people say them: "12", "12–19"; "2/11–14" for two of those four."""
    if gap.count < len(gap.numbers):
        return [f"{gap.count}/{gap.numbers[0]}–{gap.numbers[-1]}"]
    runs: list[list[int]] = []
    for number in gap.numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        told
        for run in runs
        for told in ([f"{run[0]}–{run[-1]}"] if len(run) >= _LONG_RUN else [str(number) for number in run])
    ]
