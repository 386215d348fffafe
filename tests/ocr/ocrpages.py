"""Pages as no engine would write them, for round trips."""

import unicodedata

from hypothesis import strategies as st

from domain.text import Line, OcrPage, Word
from domain.values import Box

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệóòỏõọốồổỗộớờởỡợúùủũụứừửữựíìỉĩịýỳỷỹỵ"


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _fit(text: str) -> bool:
    return bool(text) and not any(
        char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in text
    )


def words_text():
    anything = st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters="\ufffe\uffff"),
        min_size=1,
        max_size=12,
    )
    return (st.text(VIETNAMESE + "<>&\"'.,;", min_size=1, max_size=8) | anything).map(_nfc).filter(_fit)


@st.composite
def boxes(draw, width: int, height: int):
    left = draw(st.integers(0, width - 1))
    top = draw(st.integers(0, height - 1))
    return Box(left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height)))


_reals = st.floats(-1e6, 1e6, allow_nan=False)
_shares = st.floats(0, 1) | st.integers(0, 100).map(lambda percent: percent / 100)


@st.composite
def ocr_pages(draw):
    width, height = draw(st.integers(1, 9000)), draw(st.integers(1, 9000))
    words = st.builds(Word, words_text(), boxes(width, height), _shares)
    lines = st.builds(
        Line,
        words=st.lists(words, min_size=1, max_size=4).map(tuple),
        box=boxes(width, height),
        block=st.integers(1, 9),
        paragraph=st.integers(1, 9),
        baseline=st.tuples(_reals, _reals),
        size=st.floats(0, 1e4),
    )
    return OcrPage(
        number=draw(st.integers(1, 99_999)),
        image=draw(st.integers(1, 99_999)),
        box=draw(boxes(20_000, 20_000)),
        width=width,
        height=height,
        dpi=draw(st.integers(1, 2400)),
        engine=draw(st.sampled_from(["", "tesseract 5.3.0", 'máy "đọc" <1> & 2'])),
        languages=draw(st.sampled_from([("vie",), ("vie", "eng"), ()])),
        lines=tuple(draw(st.lists(lines, max_size=6))),
    )
