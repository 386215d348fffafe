"""What recognition costs search: articles drawn, worn, read by our own pipeline, indexed among the rest.

Articles that questions are judged on are drawn by lot until 60 pages are full, on handbook pages
(A5, 12.5 points) worse worn than a good scanner's: twice askew, noisier, darker, the other side
shining through. ``tusach digitise`` reads them in one PDF. Then the questions about these articles
are asked of two embedded indexes, as typed and without diacritics: one holds every article's clean
text, the other the readings in place of the drawn ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

from bench.measure import Check, character_errors, run, show, stop, tusach, verdict, workplace
from bench.retrieval import DEFAULT, Article, Judged, ask, document, item_id, load, ndcg, shelve, strip
from config.wiring import INDEXES, adapter
from domain.ports import SearchIndex
from domain.queries import PageDocument
from indexing.headings import headings_on
from samples.bind import bind
from samples.books import QUALITY, Format
from samples.degrade import Wear, jpeg, scan
from samples.draw import Block, Sheet
from samples.fonts import face
from samples.parts import BODY, SECTION

PAGES = 60
LOSS = 0.02  # of nDCG@10
BOOK = Format(wear=Wear(skew=1.2, noise=6.0, shade=40.0, bleed=16.0, blur=0.7, specks=120))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search_ocr")
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--seed", default="1")
    chosen = parser.parse_args()
    with workplace("search-ocr") as folder:
        checks = measure(load(chosen.data), folder, chosen.seed)
    verdict(checks)


def measure(judged: Judged, folder: Path, seed: str = "1") -> list[Check]:
    """Read the drawn articles and compare; prints a table."""
    drawn = draw(judged, folder / "drawn.pdf", Random(f"drawn/{seed}"))
    readings = read(drawn, folder)
    truth = " ".join(judged.article(name).printed for name in drawn)
    errors = character_errors(" ".join(readings.values()), truth)
    asked = {name: text for name, text in judged.questions.items() if judged.answers[name] & drawn.keys()}
    rows, checks = [], []
    clean = scores(judged, asked, {}, folder / "clean")
    ours = scores(judged, asked, readings, folder / "ours")
    for kind in ("as typed", "without diacritics"):
        rows.append((kind, f"{clean[kind]:.4f}", f"{ours[kind]:.4f}", f"{clean[kind] - ours[kind]:+.4f}"))
        checks.append(Check(f"nDCG lost to recognition, {kind}", clean[kind] - ours[kind], LOSS))
    show(
        f"{len(drawn)} articles on {sum(drawn.values())} pages read with {errors:.2f} % of characters wrong, "
        f"{len(asked)} questions about them",
        ("nDCG@10", "clean text", "our reading", "lost"),
        rows,
    )
    return checks


def scores(
    judged: Judged, asked: Mapping[str, str], readings: Mapping[str, str], folder: Path
) -> dict[str, float]:
    """Mean nDCG@10 of the questions, the readings standing in place of their articles' text."""
    with adapter("TUSACH_INDEX_URL", INDEXES, f"tantivy://{folder}", {}) as index:
        shelve(index, _shelved(judged.articles, readings))
        return {
            "as typed": _mean(index, judged, asked),
            "without diacritics": _mean(
                index, judged, {name: strip(question) for name, question in asked.items()}
            ),
        }


def _shelved(articles: Sequence[Article], readings: Mapping[str, str]) -> Iterator[PageDocument]:
    """An article as read has the heading that our pipeline finds in it."""
    for place, article in enumerate(articles, 1):
        text = readings.get(article.id, article.printed)
        heading = "\n".join(headings_on(text)) if article.id in readings else article.heading
        yield document(article.id, place, article.law, text, heading=heading)


def _mean(index: SearchIndex, judged: Judged, asked: Mapping[str, str]) -> float:
    total = 0.0
    for name, question in asked.items():
        relevant = frozenset(item_id(article) for article in judged.answers[name])
        total += ndcg(ask(index, question), relevant)
    return total / len(asked)


def draw(judged: Judged, path: Path, random: Random) -> dict[str, int]:
    """Draw judged articles until the pages are full; the number of pages of each, in their order."""
    noise = np.random.default_rng(random.getrandbits(64))
    wanted = sorted({article for answers in judged.answers.values() for article in answers})
    random.shuffle(wanted)
    drawn: dict[str, int] = {}
    pictures: list[bytes] = []
    for name in wanted:
        sheets = [sheet.image for sheet in set_article(judged.article(name), PAGES - len(pictures))]
        if not sheets:
            continue
        drawn[name] = len(sheets)
        for place, sheet in enumerate(sheets):
            seen = scan(sheet, noise, BOOK.wear, behind=sheets[place - 1])
            pictures.append(jpeg(seen, QUALITY, BOOK.dpi))
        if len(pictures) == PAGES:
            break
    bind(pictures, path)
    return drawn


def set_article(article: Article, most: int) -> list[Sheet]:
    """The heading and text on as many pages as they take; none where that is more than ``most``."""
    style = replace(BODY, size=BOOK.body)
    rest = [Block(article.heading, SECTION)] if article.heading else []
    rest += [Block(paragraph, style) for paragraph in article.text.splitlines() if paragraph.strip()]
    sheets: list[Sheet] = []
    while rest:
        if len(sheets) == most:
            return []
        sheet = Sheet(*BOOK.size, BOOK.dpi, face("serif"))
        ahead = iter(rest)
        rest = [*sheet.flow(ahead, BOOK.column), *ahead]
        sheets.append(sheet)
    return sheets


def read(drawn: Mapping[str, int], folder: Path) -> dict[str, str]:
    """The text of each drawn article as our own pipeline reads it."""
    cost = run(tusach("digitise", folder / "drawn.pdf", "--out", folder / "read", "--json"))
    (told,) = json.loads(cost.out)
    pages = iter([page["text"] or "" for page in told["pages"]])
    if len(told["pages"]) != sum(drawn.values()):
        stop(f"{len(told['pages'])} pages came back of {sum(drawn.values())}")
    return {article: "\n".join(next(pages) for _ in range(count)) for article, count in drawn.items()}


if __name__ == "__main__":
    main()
