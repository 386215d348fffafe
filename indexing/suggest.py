"""What a reader may have meant: the diacritics that the hits show, and a query that finds more.

Pure. Nothing is suggested but what visible pages hold: the hits that are shown, and counts of visible pages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from domain.queries import Snippet
from indexing.queries import MAX_LENGTH, Parsed
from indexing.spelling import variants
from indexing.text import bigrams, exact_tokens, fold, lower, nfc, words

AGREEING = 2 / 3  # of the places where a word stands, that write it alike
FEW = 2  # items: next to nothing
MOST_WORDS = 8  # of a query whose spelling is looked into
LIKELIEST = 12  # spellings of a word that are tried beside its neighbours
CLEARLY = 10  # times as many pages, before a word that is found is taken for a slip

# How many visible pages hold each of some folded words, or bigrams ("hoa_giai").
Count = Callable[[Sequence[str]], Mapping[str, int]]


def with_diacritics(text: str, parsed: Parsed, hits: Iterable[Snippet]) -> str | None:
    """The query as the hits write it; None where it has diacritics, or the hits do not agree.

    A word is read beside its neighbours of the query where it stands so: "đất đai", though "đạt"
    may be more frequent. What no hit shows stays as typed.
    """
    typed = nfc(text[:MAX_LENGTH])
    if lower(typed) != fold(typed):
        return None
    asked = {*parsed.words, *(token for phrase in parsed.phrases for token in phrase)}
    spans = [span for span in words(typed) if fold(typed[slice(*span)]) in asked]
    tokens = [fold(typed[slice(*span)]) for span in spans]
    alone, beside = _seen(hits)
    forms: list[str] = []
    for at, token in enumerate(tokens):
        around = tokens[max(0, at - 1) : at], tokens[at + 1 : at + 2]
        votes = sum((beside[token, -1, one] for one in around[0]), Counter[str]())
        votes += sum((beside[token, 1, one] for one in around[1]), Counter[str]())
        form = _agreed(votes or alone[token])
        if form is None:
            return None
        forms.append(form or token)
    said = _replaced(typed, spans, forms)
    return said if fold(said) == fold(typed) and said.casefold() != typed.casefold() else None


def did_you_mean(text: str, parsed: Parsed, total: int, count: Count) -> str | None:
    """A query that finds more, where this one found ``total`` items; None where that is enough.

    Each word is one slip away at most from what was typed, and stands on pages beside its neighbour.
    """
    asked = tuple(dict.fromkeys(parsed.words))
    if total > FEW or not asked or len(asked) > MOST_WORDS:
        return None
    tried = {word: variants(word) for word in asked}
    counts = dict(count(list(dict.fromkeys([*asked, *(one for ones in tried.values() for one in ones)]))))
    pairs = _pairs(parsed.words, {word: _likely(word, counts) for word in asked})
    if pairs:
        counts |= count(pairs)
    return choose(text, counts)


def choose(text: str, counts: Mapping[str, int]) -> str | None:
    """The query with its slips mended, by how many pages hold the words and, as bigrams, their pairs.

    A word is a slip where another spelling of it is on clearly more pages, or stands beside its
    neighbours where the word as typed does not.
    """
    typed = nfc(text[:MAX_LENGTH])
    spans = words(typed)
    tokens = [fold(typed[slice(*span)]) for span in spans]
    mended = list(tokens)
    for at, token in enumerate(tokens):
        before, after = mended[max(0, at - 1) : at], tokens[at + 1 : at + 2]

        def evidence(word: str, before: list[str] = before, after: list[str] = after) -> tuple[int, int]:
            return sum(counts.get(pair, 0) for pair in bigrams([*before, word, *after])), counts.get(word, 0)

        best = max([token, *_likely(token, counts)], key=evidence)
        if _better(evidence(best), evidence(token)):
            mended[at] = best
    if mended == tokens:
        return None
    kept = [
        typed[slice(*span)] if new == old else new
        for span, new, old in zip(spans, mended, tokens, strict=True)
    ]
    return _replaced(typed, spans, kept)


def _better(found: tuple[int, int], typed: tuple[int, int]) -> bool:
    beside, alone = found
    if beside > typed[0]:
        return beside >= CLEARLY * typed[0]
    return alone > 0 and alone >= CLEARLY * typed[1] and typed[0] == 0


def _likely(word: str, counts: Mapping[str, int]) -> list[str]:
    """The spellings that pages hold, the most frequent; of equals the likelier slip."""
    found = [one for one in variants(word) if counts.get(one, 0) > 0]
    return sorted(found, key=lambda one: -counts[one])[:LIKELIEST]


def _pairs(typed: Sequence[str], likely: Mapping[str, list[str]]) -> list[str]:
    """The neighbours of the query in every likely spelling of one of them."""
    found: dict[str, None] = {}
    for first, second in pairwise(typed):
        firsts, seconds = likely.get(first, []), likely.get(second, [])
        found |= dict.fromkeys(f"{one}_{second}" for one in (first, *firsts))
        found |= dict.fromkeys(f"{one}_{other}" for one in (first, *firsts[:3]) for other in seconds)
    return list(found)


def _seen(
    hits: Iterable[Snippet],
) -> tuple[Mapping[str, Counter[str]], Mapping[tuple[str, int, str], Counter[str]]]:
    """How marked words are written: by word, and by word, side and the marked word on that side."""
    alone: defaultdict[str, Counter[str]] = defaultdict(Counter)
    beside: defaultdict[tuple[str, int, str], Counter[str]] = defaultdict(Counter)
    for hit in hits:
        forms = [_form(hit.text[start:end]) for start, end in hit.marks]
        for form, plain in forms:
            alone[plain][form] += 1
        for here, there, (_, end), (start, _) in zip(
            forms, forms[1:], hit.marks, hit.marks[1:], strict=False
        ):
            if hit.text[end:start].isspace():
                (first, plain), (second, other) = here, there
                beside[plain, 1, other][first] += 1
                beside[other, -1, plain][second] += 1
    return alone, beside


@lru_cache(20_000)
def _form(word: str) -> tuple[str, str]:
    """A marked word as an exact token, and that folded."""
    form = "".join(exact_tokens(word)[:1])
    return form, fold(form)


def _agreed(votes: Mapping[str, int]) -> str | None:
    """The form that most places show; "" where there are none, None where they do not agree."""
    if not votes:
        return ""
    form, number = max(votes.items(), key=lambda one: (one[1], one[0]))
    return form if number >= AGREEING * sum(votes.values()) else None


def _replaced(text: str, spans: Sequence[tuple[int, int]], forms: Sequence[str]) -> str:
    parts: list[str] = []
    end = 0
    for (start, stop), form in zip(spans, forms, strict=True):
        parts += [text[end:start], form]
        end = stop
    return "".join([*parts, text[end:]])
