"""Judged questions: load them, make their hard cases, put articles or pages on a shelf, score the answers.

A folder holds ``corpus.jsonl`` (articles: ``_id``, ``book``, ``law``, ``article``, ``title``,
``text``), ``queries.tsv`` (id, question) and ``qrels.tsv`` (question, 0, article, 1).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from random import Random

from bench.measure import stop
from domain.ids import Accession, ItemId
from domain.ports import SearchIndex
from domain.queries import ItemPages, PageDocument, Query
from indexing.documents import NEIGHBOUR
from indexing.headings import stands_under

DEFAULT = Path(__file__).parents[1] / "../shared/data/retrieval"
PAGE = 300  # syllables of a simulated page
DAMAGED = 0.05  # of the syllables
TEN = 10

_TONES = "\u0300\u0301\u0303\u0309\u0323"
# What OCR takes a letter for.
_PAIRS = "i:l l:i o:c c:e e:c n:u u:n h:b m:rn t:l g:q a:o d:cl v:y y:v r:t s:5 p:n k:h q:g x:v b:h"
_LOOKALIKES = {letter: other for letter, _, other in (pair.partition(":") for pair in _PAIRS.split())}


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    book: str
    law: str
    number: str
    title: str
    text: str

    @property
    def heading(self) -> str:
        return f"Điều {self.number}. {self.title}" if self.title else ""

    @property
    def printed(self) -> str:
        """What stands in the book."""
        return f"{self.heading}\n{self.text}" if self.title else self.text


@dataclass(frozen=True)
class Judged:
    articles: Sequence[Article]
    questions: Mapping[str, str]  # by id
    answers: Mapping[str, frozenset[str]]  # ids of articles by that of the question

    @cached_property
    def by_id(self) -> Mapping[str, Article]:
        return {article.id: article for article in self.articles}

    def article(self, name: str) -> Article:
        return self.by_id[name]


def load(folder: Path) -> Judged:
    """The judged questions in a folder. Stops the program, loudly, where there are none."""
    if missing := [name for name in _FILES if not (folder / name).is_file()]:
        stop(f"no judged questions: {folder.resolve()} lacks {', '.join(missing)}; give --data DIR")
    corpus, queries, qrels = ((folder / name).read_text("utf-8").splitlines() for name in _FILES)
    questions = dict(line.split("\t", 1) for line in queries if line)
    answers: dict[str, set[str]] = defaultdict(set)
    for line in filter(None, qrels):
        question, _, article, grade = line.split("\t")
        if int(grade) > 0:
            answers[question].add(article)
    judged = Judged(
        [_article(json.loads(line)) for line in corpus if line],
        {name: text for name, text in questions.items() if name in answers},
        {name: frozenset(found) for name, found in answers.items() if name in questions},
    )
    if not judged.questions:
        stop(f"no judged questions in {folder.resolve()}")
    return judged


_FILES = ("corpus.jsonl", "queries.tsv", "qrels.tsv")


def _article(told: Mapping[str, str]) -> Article:
    return Article(*(str(told[name]) for name in ("_id", "book", "law", "article", "title", "text")))


def strip(text: str) -> str:
    """As someone types who has no Vietnamese keyboard."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


def damage(text: str, random: Random, share: float = DAMAGED) -> str:
    """Spoil a share of the syllables as OCR does.

    Of these 45 % lose every mark, 35 % get another tone or one too many, 20 % a letter that looks alike.
    """
    parts = re.split(r"(\s+)", text)
    for at, part in enumerate(parts):
        if any(map(str.isalpha, part)) and random.random() < share:
            parts[at] = _spoiled(part, random)
    return "".join(parts)


def _spoiled(word: str, random: Random) -> str:
    kind = random.random()
    if kind < 0.45 and strip(word) != word:
        return strip(word)
    if kind < 0.8 and (toned := _another_tone(word, random)) is not None:
        return toned
    places = [at for at, letter in enumerate(word) if strip(letter).lower() in _LOOKALIKES]
    if not places:
        return word
    at = random.choice(places)
    return word[:at] + _LOOKALIKES[strip(word[at]).lower()] + word[at + 1 :]


def _another_tone(word: str, random: Random) -> str | None:
    marks = list(unicodedata.normalize("NFD", word))
    toned = [at for at, mark in enumerate(marks) if mark in _TONES]
    vowels = [at for at, mark in enumerate(marks) if mark.lower() in "aeiouy"]
    if toned:
        at = random.choice(toned)
        marks[at] = random.choice([tone for tone in _TONES if tone != marks[at]])
    elif vowels:
        at = random.choice(vowels) + 1
        while at < len(marks) and unicodedata.combining(marks[at]):
            at += 1
        marks.insert(at, random.choice(_TONES))
    else:
        return None
    return unicodedata.normalize("NFC", "".join(marks))


def damaged(article: Article, seed: str) -> Article:
    """The article as a bad reading has it; heading and text are damaged once, the law's name is known."""
    random = Random(f"damage/{seed}/{article.id}")
    title = damage(article.title, random)
    return replace(article, title=title, text=damage(article.text, random))


def shelved(articles: Iterable[Article]) -> Iterator[PageDocument]:
    """Each article as an item of one page."""
    for place, article in enumerate(articles, 1):
        yield document(article.id, place, article.law, article.printed, heading=article.heading)


def document(
    name: str, place: int, title: str, text: str, *, heading: str = "", before: str = "", after: str = ""
) -> PageDocument:
    """A page that is an item of its own; items stand on the shelf in order of ``place``."""
    return PageDocument(
        item_id=item_id(name),
        accession=Accession(f"TSPL-VN-2026-{place:06d}"),
        revision=1,
        published=True,
        title=title,
        resource_type="document",
        agency=None,
        year=None,
        so_ky_hieu=None,
        number=1,
        label=None,
        text=unicodedata.normalize("NFC", text),
        heading=heading,
        before=before,
        after=after,
    )


def item_id(name: str) -> ItemId:
    return ItemId(hashlib.sha256(name.encode()).hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Paged:
    """Books cut into pages, and on which pages each article stands."""

    pages: Sequence[PageDocument]
    names: Sequence[str]
    holds: Mapping[str, Sequence[str]]  # names of pages by article


def paged(articles: Sequence[Article], syllables: int = PAGE) -> Paged:
    """Each book's articles joined, cut every so many syllables; each page an item of its own.

    A page has the ends of its neighbours and the headings it stands under, as real pages have them.
    A page holds an article where any syllable of it stands on the page, its heading included.
    """
    pages: list[PageDocument] = []
    names: list[str] = []
    holds: dict[str, list[str]] = defaultdict(list)
    for book, found in groupby(sorted(articles, key=lambda one: one.book), key=lambda one: one.book):
        held = list(found)
        under = ""
        owners = [article.id for article in held for _ in article.printed.split()]
        words = [word for article in held for word in _lined(article.printed)]
        for start in range(0, len(words), syllables):
            name, stop_at = f"{book}/{start // syllables + 1}", start + syllables
            before = " ".join(words[max(0, start - NEIGHBOUR) : start])
            after = " ".join(words[stop_at : stop_at + NEIGHBOUR])
            text = " ".join(words[start:stop_at])
            names.append(name)
            heading, under = stands_under(text, under)
            given = {"heading": heading, "before": before, "after": after}
            pages.append(document(name, len(names), held[0].law, text, **given))
            for article in dict.fromkeys(owners[start:stop_at]):
                holds[article].append(name)
    return Paged(pages, names, holds)


def _lined(text: str) -> list[str]:
    """The words of a text; a line break stays with the word before it."""
    lines = [line.split() for line in text.splitlines()]
    return [word for words in lines if words for word in (*words[:-1], words[-1] + "\n")]


def shelve(index: SearchIndex, pages: Iterable[PageDocument]) -> None:
    """Replace everything in the index by these pages, each an item of its own."""
    index.rebuild(ItemPages(page.item_id, page.revision, [page]) for page in pages)


def ask(index: SearchIndex, text: str, limit: int = TEN) -> list[ItemId]:
    """The best items."""
    return [item.item_id for item in index.search(Query(text, limit=limit, pages_per_item=1)).items]


def ndcg(ranked: Sequence[str], relevant: frozenset[str]) -> float:
    """Of the first ten, each answer worth the same, 0.0 to 1.0."""
    gained = sum(1 / math.log2(at + 2) for at, name in enumerate(ranked[:TEN]) if name in relevant)
    return gained / sum(1 / math.log2(at + 2) for at in range(min(TEN, len(relevant))))


def recall(ranked: Sequence[str], relevant: frozenset[str]) -> float:
    return len(set(ranked[:TEN]) & relevant) / len(relevant)
