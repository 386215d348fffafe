"""From what a person typed to what an engine is asked: pure, and the same for every engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from domain.errors import QueryNotUnderstood
from domain.queries import Facet
from indexing import asking, citations
from indexing.abbreviations import abbreviations
from indexing.clauses import AllOf, AnyOf, Clause, Has, Like, Run
from indexing.figures import amounts_and_dates, legal_numbers, without_amounts, without_legal_numbers
from indexing.mapping import COMPLETE, FOLD, facet_key
from indexing.text import exact_tokens, fold, folded_tokens, nfc
from indexing.typed import MAX_LENGTH, NUMBER_FIELD, Typed, take_apart

__all__ = [
    "MAX_LENGTH",
    "AllOf",
    "AnyOf",
    "Clause",
    "Has",
    "Like",
    "Parsed",
    "Run",
    "apart",
    "completing",
    "parse",
]

MAX_TERMS = 64
MAX_NUMBERS = 8
WORDS_ALONE = 4  # "Quyết định số 14/2019/QĐ-TTg" has three beside its number
_NOT_IN_NUMBERS = re.compile("[^0-9a-z/-]")  # of legal documents, folded; lone surrogates above all
ASIDE = 6  # words beside a phrase make it a term within a question, which may be misspelled
AS_FIGURE = 0.5  # for a page with the date or the amount that was typed, as one


@dataclass(frozen=True, slots=True)
class Parsed:
    clause: Clause
    words: tuple[str, ...]  # folded, in their order; abbreviations spelled out; legal numbers at the end
    phrases: tuple[tuple[str, ...], ...]  # those that were quoted, folded
    filters: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)  # typed as field:value
    written: tuple[tuple[str, ...], ...] = ()  # of ``phrases`` those with diacritics, as written


def parse(text: str) -> Parsed:
    """What is asked for. Raises QueryNotUnderstood where nothing is, or only what is not to be found."""
    return _parsed(text, asking.side_by_side)


def apart(text: str) -> Parsed | None:
    """The same with its few words wherever they stand on a page; None where that asks for nothing else."""
    wherever: list[Clause] = []

    def enough(words: Sequence[str]) -> Clause:
        found = asking.apart(words)
        if found is None:
            return asking.side_by_side(words)
        wherever.append(found)
        return found

    parsed = _parsed(text, enough)
    return parsed if wherever else None


def _parsed(text: str, enough: Callable[[Sequence[str]], Clause]) -> Parsed:
    typed = take_apart(text)
    phrases = _bounded(typed.phrases)
    asked = map(asking.phrase, phrases)
    aside = len(folded_tokens(typed.plain)) > ASIDE
    plain = typed.whole if aside else typed.plain
    words = _words(without_legal_numbers(plain))
    numbers = legal_numbers(plain)[:MAX_NUMBERS]
    parts: list[Clause] = [*([] if aside else asked), *_fields(typed)]
    better: list[Clause] = [*asked]
    if words or numbers:
        parts.append(_plain(plain, words, numbers, enough))
        better += _beside(plain, numbered=bool(numbers or _told(words, plain)))
    if not parts and not typed.filters:
        raise QueryNotUnderstood(query=text[:MAX_LENGTH], detail="no words")
    never: list[Clause] = [*map(asking.phrase, _bounded(typed.excluded))]
    never += [Has(facet.value, facet_key(value), flat=True) for facet, value in typed.without]
    runs = tuple(tuple(folded_tokens(phrase)) for phrase in phrases)
    told = (*words, *chain.from_iterable(map(folded_tokens, numbers)))
    written = tuple(tuple(exact_tokens(phrase)) for phrase in phrases if asking.has_diacritics(phrase))
    return Parsed(AllOf(tuple(parts), tuple(better), tuple(never)), told, runs, typed.filters, written)


def completing(text: str) -> Clause | None:
    """Titles with words that begin so, and legal numbers that do; None where nothing is typed."""
    typed = nfc(text[:MAX_LENGTH])
    words = folded_tokens(typed)[:MAX_TERMS]
    if not words:
        return None
    begun = AllOf(tuple(Has(COMPLETE, word, flat=True) for word in dict.fromkeys(words)))
    number = _NOT_IN_NUMBERS.sub("", fold(typed)).lstrip("0")
    if not number[:1].isdigit() or [number] == words:
        return begun
    return AnyOf((begun, Has(COMPLETE, number, flat=True)))


def _bounded(phrases: Sequence[str]) -> list[str]:
    """As many as have MAX_TERMS words together, the last one cut."""
    left, kept = MAX_TERMS, []
    for phrase in phrases:
        tokens = exact_tokens(phrase)[:left]
        if tokens:
            kept.append(" ".join(tokens))
        left -= len(tokens)
    return kept


def _fields(typed: Typed) -> list[Clause]:
    """What is asked of the title and of the item's own number."""
    clauses: list[Clause] = []
    for name, value in typed.fields:
        if name == NUMBER_FIELD:
            numbers = (
                legal_numbers(value) or citations.bare(fold(value)) or [_NOT_IN_NUMBERS.sub("", fold(value))]
            )
            clauses += [asking.of_item(number) for number in numbers[:MAX_NUMBERS]]
        else:
            clauses += [asking.in_title(phrase) for phrase in _bounded([value])]
    return clauses


def _words(plain: str) -> list[str]:
    """The folded words of a query in their order, abbreviations spelled out and amounts as one.

    Not in a legal number, whose letters are known by themselves.
    """
    known = abbreviations()
    tokens = folded_tokens(without_amounts(plain))
    words: list[str] = []
    at = 0
    while at < len(tokens) and len(words) < MAX_TERMS:
        pair = "_".join(tokens[at : at + 2])
        words += known.get(pair) or known.get(tokens[at]) or tokens[at : at + 1]
        at += 2 if pair in known else 1
    return words[:MAX_TERMS]


def _plain(
    plain: str, words: Sequence[str], numbers: Sequence[str], enough: Callable[[Sequence[str]], Clause]
) -> Clause:
    """Legal numbers, or else enough of the words; beside a number few words are no question of their own."""
    rest = list(dict.fromkeys(words))
    if not numbers:
        told = _told(words, plain)
        return AnyOf((*map(asking.remembered, told), enough(words))) if told else enough(words)
    found = map(asking.number, dict.fromkeys(numbers))
    if len(rest) >= WORDS_ALONE:
        return AnyOf((*found, enough(words)))
    return AllOf((AnyOf(tuple(found)),), tuple(Has(FOLD, word) for word in rest))


def _told(words: Sequence[str], plain: str) -> list[str]:
    """Legal numbers as people say them."""
    return [*citations.named(words), *citations.bare(fold(plain))][:MAX_NUMBERS]


def _beside(plain: str, *, numbered: bool) -> list[Clause]:
    """What betters a page beside its words: the article that is named, a date."""
    tokens = folded_tokens(plain)
    same = amounts_and_dates(plain, " ".join(tokens))
    better: list[Clause] = [Has(FOLD, token, AS_FIGURE) for token in same[:MAX_NUMBERS]]
    return better + [
        asking.article(token, numbered=numbered) for token in citations.articles(tokens)[:MAX_NUMBERS]
    ]
