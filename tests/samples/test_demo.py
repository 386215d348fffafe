"""The demo asks what only one page can answer."""

import pytest

from samples.demo import questions, without_diacritics


def page(number, *sentences):
    return {"number": number, "text": "\n".join(sentences), "sentences": list(sentences)}


TRUTH = {
    "files": [
        {
            "file": f"{name}.pdf",
            "pages": [
                page(1, "Câu chung của cả ba tệp về hòa giải ở cơ sở."),
                page(2, f"Câu riêng của tệp {name} về đất đai."),
            ],
            "numbers": {f"{n}/2015/QH13": [2], "14/2019/QĐ-TTg": [1]},
        }
        for n, name in enumerate("abcd", start=1)
    ]
}


@pytest.mark.parametrize("seed", ["1", "2", "3", "4"])
def test_each_question_has_one_answer_in_a_file_of_its_own(seed):
    asked = questions(TRUTH, seed)
    assert [one.page for one in asked] == [2, 2, 2]
    assert len({one.file for one in asked}) == 3
    printed, typed, number = (one.query for one in asked)
    assert "riêng" in printed
    assert "rieng" in typed
    assert typed.isascii()
    assert number.endswith("/2015/QH13")
    assert questions(TRUTH, seed) == asked


def test_typing_without_diacritics():
    assert without_diacritics("Nghị định Đắk Lắk ưỡn ỷ") == "Nghi dinh Dak Lak uon y"
