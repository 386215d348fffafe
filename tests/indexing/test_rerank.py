"""A second look: small, the same for both engines, and blind to how the query was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bench.retrieval import strip
from indexing.asking import CITED_NUMBER, OWN_NUMBER
from indexing.letters import Words
from indexing.queries import parse
from indexing.rerank import FEATURES, WEIGHTS, Look, Seen, features, reranked, tokens_of
from indexing.text import folded_tokens

FILLER = " ".join(f"chữ{n}" for n in range(150))
QUERY = "thời hạn hòa giải ở cơ sở là bao nhiêu ngày"


def candidate(
    text: str,
    score: float = 10.0,
    title: str = "Sổ tay",
    heading: str = "",
    before: str = "",
    after: str = "",
) -> Page:
    return Page(score, title, Words.of(text, before, after, heading))


@dataclass(frozen=True)
class Page:
    score: float
    title: str
    words: Words

    def seen_by(self, look: Look) -> Seen:
        return look.see(self.score, self.title, self.words)


def own(text: str) -> str:
    return Words.of(text, "", "", "").own


def held(tokens: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Of a thousand pages ten hold each word, and a pair is on two."""
    return 1_000, {token: 2 if "_" in token else 10 for token in tokens}


def seen(query: str, *candidates: Page) -> list[Seen]:
    look = Look(parse(query), held)
    return [one.seen_by(look) for one in candidates]


def best_of(query: str, *candidates: Page) -> int:
    scores = reranked(seen(query, *candidates))
    return scores.index(max(scores))


def test_words_in_their_order_come_before_the_same_words_scattered():
    ordered = candidate(f"Thời hạn hòa giải ở cơ sở là mười ngày. {FILLER}")
    scattered = candidate(f"Ngày giải cơ là sở hạn hòa thời ở mười. {FILLER}")
    assert best_of(QUERY, scattered, ordered) == 1


def test_a_title_that_the_query_names_counts():
    named = candidate(FILLER, title="Luật Hòa giải ở cơ sở")
    assert best_of("Theo Luật Hòa giải ở cơ sở thì thế nào?", candidate(FILLER), named) == 1


def test_a_rare_word_counts_more_than_a_frequent_one():
    def known(_: Sequence[str]) -> tuple[int, dict[str, int]]:
        return 1_000, {"hiem": 2, "thuong": 700, "hiem_thuong": 1}

    look = Look(parse("hiếm thường"), known)
    frequent, rare = (candidate(f"{word} {FILLER}").seen_by(look) for word in ("thường", "hiếm"))
    assert rare.score > frequent.score > 0.0


def test_a_legal_number_outweighs_all_words():
    named, said = candidate(FILLER, OWN_NUMBER + 3.0), candidate(f"{QUERY} {FILLER}", CITED_NUMBER + 300.0)
    assert best_of(f"{QUERY} 14/2019/QĐ-TTg", said, named) == 1


def test_words_that_the_neighbours_lend_count_towards_the_score_and_for_no_order():
    lent, none = seen(QUERY, candidate(FILLER, after=QUERY), candidate(FILLER))
    assert lent.score > none.score  # the title has one word, "sở"
    assert lent.features[:2] == (0.0, 0.0)


def test_an_abbreviation_says_its_words_and_an_amount_in_groups_is_one_word():
    short, nothing = seen("ủy ban nhân dân xã", candidate(f"UBND {FILLER}"), candidate(FILLER))
    assert short.score > nothing.score == 0.0
    grouped, other = seen("phạt 5.000.000 đồng", candidate("5.000.000"), candidate("5.000"))
    assert grouped.score > other.score == 0.0


def test_a_page_says_what_is_asked_for_itself_or_does_not():
    look = Look(parse("hòa giải ở cơ sở"), held)
    assert look.says(own(f"{FILLER} Hoà giải ở cơ sở")) == (True, 4)
    assert look.says(own("hòa giải")) == (False, 1)


def test_what_is_one_word_of_the_query_is_read_as_one_however_it_stands():
    amount, decree = Look(parse("phạt 5.000.000 đồng"), held), Look(parse("nghị định chính phủ"), held)
    assert amount.says(own("Phạt 5.000.000 đồng")) == (True, 2)
    assert decree.see(1.0, "", Words.of("NĐ-CP NĐ-CP", "", "", "")).score > 0.0


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.text('hoàgiải ơsở"-:', max_size=30))
def test_features_are_shares(texts, typed):
    found = features(seen(f"x {typed}", *(candidate(text, title=text) for text in texts)))
    assert all(len(values) == len(FEATURES) == len(WEIGHTS) for values in found)
    assert all(0.0 <= value <= 1.0 for values in found for value in values)


def test_diacritics_change_nothing():
    texts = ["Thời hạn hòa giải", "Cơ sở hoà giải là", FILLER]
    assert features(seen(QUERY, *map(candidate, texts))) == features(
        seen(strip(QUERY), *(candidate(strip(text)) for text in texts))
    )


def test_an_engines_scores_of_words_decide_nothing():
    assert len({*reranked(seen(QUERY, *(candidate(FILLER, score) for score in (1.0, 10.0, 300.0))))}) == 1


def test_what_is_counted_are_the_words_and_their_neighbours():
    assert tokens_of(parse("hòa giải")) == ["hoa", "giai", "hoa_giai"]
    assert [*map(folded_tokens, tokens_of(parse('"hòa giải"')))] == [["hoa"], ["giai"], ["hoa", "giai"]]


def test_nothing_is_reranked_to_nothing():
    assert reranked([]) == []
