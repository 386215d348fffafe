"""From capitals to the case a clerk would type.

Covers are set in capitals. A list of titles in capitals is hard to read, so they are proposed in
sentence case; what is known to be a name gets its capitals back, and what is spelled (UBND) keeps them. A
name that no list has comes out small: the record is a proposal, and the page shows what was printed.
"""

from __future__ import annotations

import re
from functools import cache

from catalog.notations import plain


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split("|"))


PROVINCES = _listed(
    """An Giang|Bà Rịa - Vũng Tàu|Bạc Liêu|Bắc Giang|Bắc Kạn|Bắc Ninh|Bến Tre|Bình Dương|Bình Định|Bình Phước|
    Bình Thuận|Cà Mau|Cao Bằng|Cần Thơ|Đà Nẵng|Đắk Lắk|Đăk Lăk|Đắk Nông|Đăk Nông|Điện Biên|Đồng Nai|Đồng Tháp|
    Gia Lai|Hà Giang|Hà Nam|Hà Nội|Hà Tĩnh|Hải Dương|Hải Phòng|Hậu Giang|Hòa Bình|Huế|Hưng Yên|Khánh Hòa|
    Kiên Giang|Kon Tum|Lai Châu|Lạng Sơn|Lào Cai|Lâm Đồng|Long An|Nam Định|Nghệ An|Ninh Bình|Ninh Thuận|
    Phú Thọ|Phú Yên|Quảng Bình|Quảng Nam|Quảng Ngãi|Quảng Ninh|Quảng Trị|Sóc Trăng|Sơn La|Tây Ninh|Thái Bình|
    Thái Nguyên|Thanh Hóa|Thừa Thiên Huế|Tiền Giang|Trà Vinh|Tuyên Quang|Vĩnh Long|Vĩnh Phúc|Yên Bái|
    Hồ Chí Minh|Buôn Ma Thuột|Đà Lạt|Nha Trang|Vinh"""
)
_FIELDS = _listed(
    """Tư pháp|Giáo dục và Đào tạo|Y tế|Nội vụ|Tài chính|Công an|Quốc phòng|Xây dựng|Công Thương|Ngoại vụ|
    Ngoại giao|Giao thông vận tải|Thông tin và Truyền thông|Tài nguyên và Môi trường|Kế hoạch và Đầu tư|
    Khoa học và Công nghệ|Nông nghiệp và Phát triển nông thôn|Nông nghiệp và Môi trường|Dân tộc và Tôn giáo|
    Văn hóa, Thể thao và Du lịch|Lao động - Thương binh và Xã hội|Lao động, Thương binh và Xã hội|
    Phổ biến, giáo dục pháp luật|Trợ giúp pháp lý|Liên hiệp Phụ nữ|Nông dân|Luật gia|
    Cựu chiến binh"""
)
_ALSO_WORDS = ("Hòa Bình", "Thái Bình", "Vinh")  # peace, great peace, honour: names only after their unit
_NAMES = (
    *(name for name in PROVINCES if name not in _ALSO_WORDS),
    *(f"{unit} {name}" for unit in ("tỉnh", "thành phố") for name in _ALSO_WORDS),
    *(f"{rank} {name}" for rank in ("Sở", "Bộ") for name in _FIELDS),
    *_listed(
        """Việt Nam|Quốc hội|Chính phủ|Đảng Cộng sản|Nhà nước|Hiến pháp|Mặt trận Tổ quốc|Tây Nguyên|Tây Bắc|
        Tòa án nhân dân|Viện kiểm sát nhân dân|Ủy ban nhân dân|Hội đồng nhân dân|Liên hợp quốc|Đông Nam Bộ"""
    ),
)
_PUBLISHERS = _listed(
    """Chính trị quốc gia Sự thật|Chính trị quốc gia|Tư pháp|Lao động|Giáo dục Việt Nam|Công an nhân dân|
    Quân đội nhân dân|Thanh niên|Phụ nữ|Phụ nữ Việt Nam|Nông nghiệp|Văn hóa dân tộc|Thông tin và Truyền thông|
    Khoa học và Kỹ thuật|Đại học Quốc gia Hà Nội|Thế giới|Xây dựng|Y học|Tài chính|
    Lao động - Xã hội"""
)
_PLACE_UNITS = frozenset({"tỉnh", "huyện", "quận", "xã", "phường"})
_PLACE_PAIRS = frozenset({("thành", "phố"), ("thị", "xã"), ("thị", "trấn")})
_RANKS = frozenset({"sở", "bộ", "ban", "cục", "vụ", "phòng", "hội", "viện", "trường", "đoàn"})
_RANK_PAIRS = frozenset(
    {("trung", "tâm"), ("chi", "cục"), ("tổng", "cục"), ("thanh", "tra"), ("văn", "phòng")}
)
_NOT_STATUTES = frozenset({"sư", "gia", "tục", "mới", "pháp", "học", "lệ", "này", "định"})
_COUNTED = frozenset({"tập", "quyển", "phần", "chương", "kỳ", "mục", "cấp", "thứ", "lần", "số"})
_TOKEN = re.compile(r"\s+|[^\s]+")
_EDGES = "“”\"'()[],.;:!?…–-"


def in_capitals(text: str) -> bool:
    """Whether at least seven in ten of its cased letters are capitals, and there are four or more."""
    letters = [char for char in text if char.isalpha()]
    return len(letters) >= 4 and sum(char.isupper() for char in letters) >= 0.7 * len(letters)


def sentence_case(text: str) -> str:
    """A title in capitals as a sentence; a title that is not in capitals as it is."""
    return _recased(text, _NAMES) if in_capitals(text) else text


def agency_case(text: str) -> str:
    """An agency's name in capitals as it is written in running text: "Sở Tư pháp tỉnh Lào Cai"."""
    if not in_capitals(text):
        return text
    words = _recased(text, (*_NAMES, *_FIELDS)).split()
    bare = [word.strip(_EDGES).lower() for word in words]
    if bare and bare[0] in _RANKS and len(words) > 1 and bare[:2] != ["hội", "đồng"]:
        words[1] = _capital(words[1])
    elif tuple(bare[:2]) in _RANK_PAIRS and len(words) > 2:
        words[2] = _capital(words[2])
    place = False
    for at, word in enumerate(bare):
        unit = word in _PLACE_UNITS or tuple(bare[at - 1 : at + 1]) in _PLACE_PAIRS
        unit = unit and bare[at + 1 : at + 2] != ["hội"]  # "Thương binh và Xã hội"
        pair_begins = tuple(bare[at : at + 2]) in _PLACE_PAIRS
        if (unit or pair_begins) and at > 0:
            words[at] = words[at].lower()
        elif place:
            words[at] = _capital(words[at])
        place = (place or unit) and not words[at].endswith((",", "-"))
    return " ".join(words)


def publisher_name(name: str) -> str:
    """The name that follows "Nhà xuất bản", cased: a known one as it writes itself, others as a name."""
    known = {plain(publisher): publisher for publisher in _PUBLISHERS}.get(plain(name))
    if known is not None or not in_capitals(name):
        return known or name
    return " ".join(word if word in ("-", "–") else _capital(word.lower()) for word in name.split())


def place_name(name: str) -> str:
    """A place as a map has it; "TP. HỒ CHÍ MINH" keeps its "TP."."""
    if not in_capitals(name):
        return name
    return " ".join(
        word if word.rstrip(".") == "TP" else _capital(word.lower()) for word in name.split()
    ).replace("Thành Phố", "Thành phố")


def is_province(name: str) -> bool:
    return plain(name.strip(" .,")) in _PLAIN_PROVINCES


_PLAIN_PROVINCES = frozenset(plain(name) for name in PROVINCES)


def _recased(text: str, names: tuple[str, ...]) -> str:
    tokens = _TOKEN.findall(text)
    words = [at for at, token in enumerate(tokens) if not token.isspace()]
    kept = list(tokens)
    before = ""
    for at in words:
        token = tokens[at]
        if not _keeps_capitals(token, before):
            kept[at] = token.lower()
        before = token.strip(_EDGES).lower()
    _name_statutes(kept, words)
    cased = " ".join("".join(kept).split())
    spelled = {name.lower(): name for name in names}
    cased = _pattern(names).sub(lambda found: spelled[found.group().lower()], cased)
    first = next((at for at, char in enumerate(cased) if char.isalpha()), None)
    return cased if first is None else cased[:first] + cased[first].upper() + cased[first + 1 :]


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the names, the longer first: "Tòa án nhân dân" before what is part of it."""
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)", re.IGNORECASE)


def _keeps_capitals(token: str, before: str) -> bool:
    """A number, a legal number, an abbreviation without a vowel, a Roman figure that counts something."""
    bare = token.strip(_EDGES)
    if any(char.isdigit() or char in "/&" for char in bare):
        return True
    if re.fullmatch(r"[IVX]{1,5}", bare):
        return before in _COUNTED or bare in ("II", "III", "IV", "VII", "VIII", "IX", "XI", "XII")
    folded = plain(bare)
    return bare in ("UBND", "ASEAN", "HIV", "AIDS", "UBTVQH") or (
        len(bare) > 1 and not any(char in "aeiouy" for char in folded)
    )


def _name_statutes(tokens: list[str], words: list[int]) -> None:
    """ "Luật Hòa giải ở cơ sở", "Bộ luật Dân sự", but "pháp luật", "luật sư"."""
    for place, at in enumerate(words[:-1]):
        before = tokens[words[place - 1]].strip(_EDGES).lower() if place else ""
        after = words[place + 1]
        if (
            tokens[at] != "luật"
            or before in ("pháp", "kỷ", "các")
            or tokens[after].strip(_EDGES) in _NOT_STATUTES
        ):
            continue
        if before == "bộ":
            tokens[words[place - 1]] = "Bộ"
        else:
            tokens[at] = "Luật"
        tokens[after] = _capital(tokens[after])


def _capital(word: str) -> str:
    first = next((at for at, char in enumerate(word) if char.isalpha()), None)
    return word if first is None else word[:first] + word[first].upper() + word[first + 1 :]
