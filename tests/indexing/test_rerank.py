"""A second look: small, the same for both engines, and blind to how the query was typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.retrieval import strip
from indexing.queries import parse
from indexing.rerank import FEATURES, WEIGHTS, Candidate, features, reranked

FILLER = " ".join(f"chữ{n}" for n in range(150))
QUERY = "thời hạn hòa giải ở cơ sở là bao nhiêu ngày"


def candidate(text: str, score: float = 10.0, title: str = "Sổ tay", heading: str = "") -> Candidate:
    return Candidate(score, title, heading, text, None)


def best_of(query: str, *candidates: Candidate) -> int:
    scores = reranked(parse(query), candidates)
    return scores.index(max(scores))


def test_words_in_their_order_come_before_the_same_words_scattered():
    ordered = candidate(f"Thời hạn hòa giải ở cơ sở là mười ngày. {FILLER}")
    scattered = candidate(f"Ngày giải cơ là sở hạn hòa thời ở mười. {FILLER}", 10.4)
    assert best_of(QUERY, scattered, ordered) == 1


def test_a_title_that_the_query_names_counts():
    named = candidate(FILLER, title="Luật Hòa giải ở cơ sở")
    assert best_of("Theo Luật Hòa giải ở cơ sở thì thế nào?", candidate(FILLER, 11.0), named) == 1


def test_what_the_engine_sees_far_ahead_stays_ahead():
    assert best_of(QUERY, candidate(FILLER, 40.0), candidate(f"thời hạn {FILLER}", 10.0)) == 0


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4), st.text('hoàgiải ơsở"-:', max_size=30))
def test_features_are_shares(texts, typed):
    found = features(parse(f"x {typed}"), [candidate(text, title=text) for text in texts])
    assert all(len(values) == len(FEATURES) == len(WEIGHTS) for values in found)
    assert all(0.0 <= value <= 1.0 for values in found for value in values)


def test_diacritics_change_nothing():
    texts = ["Thời hạn hòa giải", "Cơ sở hoà giải là", FILLER]
    assert features(parse(QUERY), [candidate(text) for text in texts]) == features(
        parse(strip(QUERY)), [candidate(strip(text)) for text in texts]
    )


def test_last_bits_of_the_engines_scores_decide_nothing():
    one, other = candidate(FILLER, 10.000001), candidate(FILLER, 10.000002)
    scores = reranked(parse(QUERY), [one, other, candidate(FILLER, 20.0)])
    assert scores[0] == scores[1]


def test_nothing_is_reranked_to_nothing():
    assert reranked(parse(QUERY), []) == []
