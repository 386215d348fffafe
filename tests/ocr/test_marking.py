import pytest

from domain.text import Line, OcrPage, Word
from domain.values import Box
from ocr.marking import confidential_marking

WIDTH, HEIGHT = 1748, 2480


def line(text, *, top=300, left=200, block=1, gaps=()):
    """A line of 40 pixels; ``gaps`` are the places of words that stand far from the word before."""
    words, at = [], left
    for place, word in enumerate(text.split()):
        at += 300 if place in gaps else 0
        words.append(Word(word, Box(at, top, at + 22 * len(word), top + 40), 0.9))
        at += 22 * len(word) + 14
    return Line(tuple(words), Box(left, top, at, top + 40), block, 1, size=48.0)


def page(*lines):
    return OcrPage(1, 1, Box(0, 0, WIDTH, HEIGHT), WIDTH, HEIGHT, 300, "drawn", ("vie",), lines)


@pytest.mark.parametrize(
    ("text", "marking"),
    [
        ("MẬT", "MẬT"),
        ("TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT", "TUYỆT MẬT"),
        ("[MẬT]", "MẬT"),
        ("* TỐI MẬT *", "TỐI MẬT"),
        ("M Ậ T", "MẬT"),
        ("T U Y Ệ T   M Ậ T", "TUYỆT MẬT"),
        ("MÂT", "MẬT"),
        ("MAT", "MẬT"),
        ("TUYÊT MÂT", "TUYỆT MẬT"),
        ("TUYET MAT", "TUYỆT MẬT"),
        ("TÔI MÂT", "TỐI MẬT"),
        ("T0I MAT", "TỐI MẬT"),
        ("Độ mật: Mật", "MẬT"),
        ("Độ mật: Tối mật", "TỐI MẬT"),
        ("Mức độ mật: TUYỆT MẬT", "TUYỆT MẬT"),
        ("LƯU HÀNH NỘI BỘ", "LƯU HÀNH NỘI BỘ"),
        ("Lưu hành nội bộ", "LƯU HÀNH NỘI BỘ"),
        ("(Lưu hành nội bộ)", "LƯU HÀNH NỘI BỘ"),
        ("(lưu hành nội bộ)", "LƯU HÀNH NỘI BỘ"),
        ("LUU HANH NOI BO", "LƯU HÀNH NỘI BỘ"),
        ("LƯU HÀNH NÔI BÔ", "LƯU HÀNH NỘI BỘ"),
        ("L Ư U  H À N H  N Ộ I  B Ộ", "LƯU HÀNH NỘI BỘ"),
        ("Tài liệu lưu hành nội bộ", "LƯU HÀNH NỘI BỘ"),
        ("TÀI LIỆU LƯU HÀNH NỘI BỘ", "LƯU HÀNH NỘI BỘ"),
        ("Tài liệu tham khảo – Lưu hành nội bộ", "LƯU HÀNH NỘI BỘ"),
        ("Tài liệu tập huấn (Lưu hành nội bộ)", "LƯU HÀNH NỘI BỘ"),
        ("Sách lưu hành nội bộ.", "LƯU HÀNH NỘI BỘ"),
        ("Chỉ lưu hành nội bộ", "LƯU HÀNH NỘI BỘ"),
        ("HỎI ĐÁP VỀ LUẬT ĐẤT ĐAI (LƯU HÀNH NỘI BỘ)", "LƯU HÀNH NỘI BỘ"),
        ("UBND TỈNH ĐẮK LẮK MẬT", "MẬT"),
        ("SỞ TƯ PHÁP TỐI MẬT", "TỐI MẬT"),
    ],
)
def test_a_marking_of_its_own_is_seen(text, marking):
    assert confidential_marking(page(line(text))) == marking


@pytest.mark.parametrize(
    "text",
    [
        "bảo vệ bí mật nhà nước",
        "tài liệu có đóng dấu MẬT phải được cất giữ riêng",
        "Cán bộ phải giữ bí mật",
        "QUY ĐỊNH VỀ BẢO MẬT",
        "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TỐI MẬT",
        "BỘ QUY TẮC BẢO MẬT",
        "SỐ LƯỢNG TÀI LIỆU MẬT",
        "BỘ CÔNG AN BAN HÀNH DANH MỤC BÍ MẬT",
        "mật",
        "Mật",
        "MẮT",
        "MẤT",
        "MÁT",
        "MẶT TRẬN TỔ QUỐC",
        "Mật ong",
        "a) Tuyệt mật;",
        "Độ mật",
        "1. Độ mật của tài liệu gồm: Tuyệt mật, Tối mật, Mật.",
        "lưu hành nội bộ.",
        "được phép lưu hành nội bộ",
        "Tài liệu không lưu hành nội bộ",
        "Tài liệu được cấp phép để lưu hành nội bộ",
        "QUY ĐỊNH VỀ TÀI LIỆU LƯU HÀNH NỘI BỘ",
        "Xuất bản phẩm lưu hành nội bộ phải nộp lưu chiểu",
        "Việc lưu hành nội bộ các tài liệu này do thủ trưởng quyết định",
        "LƯU HÀNH TOÀN BỘ",
        "",
    ],
)
def test_words_about_secrecy_mark_nothing(text):
    assert confidential_marking(page(line(text))) is None


def test_a_stamp_read_together_with_the_head_is_parted_by_its_gap():
    head = line("CƠ QUAN THƯỜNG TRỰC TUYỆT MẬT", gaps=(4,))
    assert confidential_marking(page(head)) == "TUYỆT MẬT"


def test_a_stamp_left_of_the_nations_name_is_parted_by_its_gap():
    head = line("MẬT CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", gaps=(1,))
    assert confidential_marking(page(head)) == "MẬT"


def test_a_stamp_below_the_agencys_name_is_seen_though_it_is_the_same_paragraph():
    lines = line("UBND TỈNH ĐẮK LẮK"), line("MẬT", top=360), line("Số: 12/BC-UBND", top=420)
    assert confidential_marking(page(*lines)) == "MẬT"


@pytest.mark.parametrize("before", ["DANH MỤC BÍ", "QUY ĐỊNH VỀ BẢO", "BÍ MẬT NHÀ NƯỚC ĐỘ", "CÁC TÀI LIỆU"])
def test_the_last_line_of_a_heading_about_secrecy_marks_nothing(before):
    assert confidential_marking(page(line(before), line("MẬT", top=360))) is None


def test_a_heading_in_the_middle_of_a_page_is_no_stamp():
    assert confidential_marking(page(line("MẬT", top=1500))) is None


def test_the_weightier_marking_is_told():
    lines = line("LƯU HÀNH NỘI BỘ"), line("TỐI MẬT", top=500, block=2)
    assert confidential_marking(page(*lines)) == "TỐI MẬT"
