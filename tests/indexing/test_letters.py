"""Letters stand for words, one for one, and no engine takes them apart."""

from __future__ import annotations

from itertools import pairwise, product
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.letters import NONE, Words, letter, letters_in, letters_of, pairs_in, pairs_of
from indexing.syllables import CODAS, ONSETS, VOWELS
from indexing.text import folded_tokens, nfc

TEXT = st.text(st.sampled_from("aàcdđeghnouyBQ019_ \n.,/-\u0323漢²"), max_size=60) | st.text(max_size=40)


def test_what_pages_are_mostly_made_of_has_a_letter_of_its_own():
    syllables = {onset + vowels + coda for onset in ONSETS for vowels in VOWELS for coda in CODAS}
    words = {*syllables, *map(str, range(10_000)), *"abcdefghijklmnopqrstuvwxyz"}
    letters = {*map(letter, words)}
    assert len(letters) == len(words)
    assert max(letters) < chr(0x10000)
    assert letter("ubnd") >= chr(0x10000) <= letter("0000")


def test_abbreviations_and_longer_numbers_share_theirs_with_nothing():
    short = {"".join(one) for size in (2, 3) for one in product(ascii_lowercase, repeat=size)}
    words = {*short, "ubnd", "hdnd", "blhs", *map(str, range(100_000)), "qh13", "00", "0001", "abcde", "漢"}
    assert len({*map(letter, words)}) == len(words)
    assert max(map(letter, words)) <= chr(0x10FFFF)


@given(TEXT)
def test_a_text_has_a_letter_for_each_folded_word(text):
    words, letters = folded_tokens(nfc(text)), letters_in(text.split())
    assert letters == letters_of(words)
    assert len(letters) == len(words)
    assert not any(one.isspace() or one == NONE for one in letters)


@given(TEXT)
def test_neighbours_are_tokens_parted_by_spaces(text):
    words = folded_tokens(text)
    assert pairs_of(words) == list(map("".join, pairwise(letters_of(words))))
    assert pairs_in(letters_of(words)).split() == pairs_of(words)


@pytest.mark.parametrize("words", [Words("", "", "", ""), Words(letter("a"), "", letter("ubnd"), "")])
def test_words_are_kept_and_read_again(words):
    assert Words.unpacked(words.packed()) == words
