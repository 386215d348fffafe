"""How Vietnamese legal instruments are numbered: type codes, issuers, and what OCR makes of them.

The lists are data to be kept up: type codes follow annex III of Nghị định 30/2020/NĐ-CP, the laws on
promulgating normative documents and the Party's rules; issuers are the central bodies, and ministries
and departments (``B…``, ``S…``, ``P…``) of the fields in ``_FIELDS``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


TYPES: frozenset[str] = _codes(
    # administrative: Nghị định 30/2020/NĐ-CP, annex III
    """NQ QĐ CT QC QyĐ TC TB HD CTr KH PA ĐA DA BC BB TTr HĐ CV CĐ BGN BTT GUQ GM GGT GNP PG PC PB
    """
    # normative, today's and yesterday's
    """L LCT PL NĐ TT TTLT TTLB NQLT VBHN SL QCPH CTPH KHPH KHLT KHLN HDLN HDLT CTHĐ CTMT CTLT QCVN
    """
    # the Party's, and others in use
    """KL QT TL ĐC TTTV GP GCN GXN PQ KLTT KLKT TBKL BA"""
)
JOINT = _codes("TTLT TTLB NQLT QCPH CTPH KHPH KHLT KHLN HDLN HDLT CTLT")
"""Types that several issuers sign, each a segment of the notation."""

_FIELDS = _codes(
    """TP TC NV YT CT XD NG QP CA KHCN KH&CN KHĐT KH&ĐT GDĐT GD&ĐT GD LĐTBXH LĐTB&XH LĐ TNMT TN&MT NNMT NN&MT
    NNPTNT NN&PTNT NN GTVT TTTT TT&TT VHTTDL VHTT&DL VHTT VH DL TM DTTG DT&TG DT TS KT KHCNMT VHXH"""
)
ISSUERS: frozenset[str] = _codes(
    """TTg CP CTN QH UBTVQH HĐNN HĐBT VPCP VPQH VPCTN HĐTP HĐTV HĐQT HĐTĐ HĐND UBND UB TW TU HU ĐU ĐUK
    TANDTC VKSNDTC TAND VKSND TA VKS TANDCC KTNN TTCP TTT NHNN UBDT UBCK BHXH BHXHVN TLĐ LĐLĐ TLĐLĐ MTTQ
    MTTW ĐCT UBTWMTTQVN ĐCTUBTWMTTQVN MTTQVN UBMTTQ HLHPN HND HCCB ĐTN TWĐTN TWĐ BCĐ BCĐTW BTGTW BTCTW BNCTW
    BDVTW UBKTTW BTG BTC BNC BDV UBKT VPTW VPTU BBT BCT BTV BTVTU BCH BCHTW HĐPH HĐPHPBGDPL BCHQS CAT CATP
    TCT TCHQ TCTK TCTL KBNN CTHADS THADS TCTHADS CT CTK TTXVN VTV VOV ĐHQG ĐHQGHN UBATGTQG VPHĐND VPUBND VP
    CHQ CTT CQLTT QLTT BQL BQLKCN BQLKKT KKT KCN LHH HCTĐ BQLDA HVTP"""
) | {f"{rank}{field}" for rank in "BSP" for field in _FIELDS}

_UNITS = _codes(
    """PBGDPL KSTT KSTTHC TTHC VP TH NC KGVX KGXX KT KTTH KTN CN NN ĐMDN QHQT QHĐP PL TCCB TCCV TĐKT XDPL
    KTVB KTVBQPPL QLXLVPHC QLXPHC HCTP HTQTCT BTTP ĐKGDBĐ TGPL BTNN CST CS PC GSQL XNK NSNN HCSN QLCS ĐT
    GDTrH GDTH GDMN GDĐT GDĐH GDTX GDCT QLCL NVY NVD KCB BHYT DP ATTP MT BTXH LĐTL NCC TE BĐG PCTNXH
    QLĐĐ ĐĐ ĐĐBĐ TNN KS BVMT KSVX QLĐT QLN HĐXD VT ATGT KCHT CNTT BCVT TTBCXB BC QLBC VHDT DSVH QLVHGĐ
    XDNSVHGĐ NVDP TL TV TTTT QLVT KHTC TCHC TTr HCQT DCXH QP CCVC XDCQ CCHC CQĐP TGCP DTTG ĐKKD"""
)

_OCR = str.maketrans({"0": "O", "1": "I", "|": "I", "Ð": "D", "Ɖ": "D", "Đ": "D", "!": "I"})
_LOOKALIKE = str.maketrans({"Q": "O", "5": "S", "8": "B", "6": "G", "9": "G"})


def plain(text: str) -> str:
    """Each character's base letter in lower case, one for one, so that positions stay; "Đ" becomes "d"."""
    return "".join(_base(char) for char in text)


@lru_cache(maxsize=4096)
def _base(char: str) -> str:
    if char in "ĐđÐðƉɖ":
        return "d"
    lowered = unicodedata.normalize("NFD", char)[0].lower()
    return lowered if len(lowered) == 1 else char


def skeleton(segment: str) -> str:
    """What is left of a segment when what OCR mixes up (case, Đ/D, O/0, l/I/1, marks) is made one."""
    return "".join("I" if char == "l" else _base(char).upper() for char in segment).translate(_OCR)


def _by_skeleton(codes: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code in sorted(codes):
        key = skeleton(code)
        found[key] = (*found.get(key, ()), code)
    return found


_TYPES = _by_skeleton(TYPES)
_TYPES_LOOKALIKE = {key.translate(_LOOKALIKE): codes for key, codes in _TYPES.items()}
_ISSUERS = _by_skeleton(ISSUERS | _UNITS)
_CONVOCATION = re.compile(r"(?P<body>[OQ]H|UBTV[OQ]H|HDNN|HDBT)(?P<number>[0-9OIZ]{1,2})")
_BODIES = {"OH": "QH", "QH": "QH", "UBTVOH": "UBTVQH", "UBTVQH": "UBTVQH", "HDNN": "HĐNN"}


def type_code(segment: str) -> str | None:
    """The type code that ``segment`` spells, mended: "QD" and "0Ð" are QĐ."""
    if segment in TYPES:
        return segment
    key = skeleton(segment)
    if len(key) == 1:  # "L": only as printed
        return None
    return _choose(_TYPES.get(key, ()), segment) or _choose(
        _TYPES_LOOKALIKE.get(key.translate(_LOOKALIKE), ()), segment
    )


def issuer_code(segment: str) -> str | None:
    """The known issuer or unit that ``segment`` spells, mended: "TTG" is TTg, "QHl3" QH13."""
    if segment in ("TƯ", "Tư", "TỪ"):  # trung ương, elsewhere TW; TU is a Tỉnh ủy
        return "TW"
    if segment in ISSUERS or segment in _UNITS:
        return segment
    key = skeleton(segment)
    if sitting := _CONVOCATION.fullmatch(key):
        body = _BODIES.get(sitting["body"])
        number = int(sitting["number"].replace("O", "0").replace("I", "1").replace("Z", "2"))
        if body and 1 <= number <= 30:
            return f"{body}{number}"
    if key in ("TTO", "TTQ", "TT9"):  # a "g" misread
        return "TTg"
    return _choose(_ISSUERS.get(key, ()), segment)


def _choose(codes: tuple[str, ...], segment: str) -> str | None:
    """Where two codes have one skeleton (HD and HĐ), the one printed; else the first."""
    upper = segment.upper().translate(str.maketrans("ÐƉ", "ĐĐ"))
    return next((code for code in codes if code.upper() == upper), codes[0] if codes else None)


_ABBREVIATION = re.compile(r"[A-ZĐ][A-ZĐƯÔƠÊ&]{0,13}[0-9]{0,3}")
_MIXED = re.compile(r"[A-ZĐ](?:[A-ZĐƯ&]{1,6}[rghykn]|[rghy]?[A-ZĐƯ&]{1,6}[rgh]?[A-ZĐƯ&]{1,6})[A-ZĐ]{0,4}")
_INNER_ZERO = re.compile(r"(?<=[A-ZĐ])0(?=[A-ZĐ])")


def abbreviation(segment: str) -> str | None:
    """``segment`` where it is shaped like an issuer's or unit's abbreviation that no list has.

    Capitals without tone marks (a word in capitals has them sooner or later), at times one small
    letter within, a short number at the end ("C06").
    """
    mended = _INNER_ZERO.sub("O", segment.replace("Ð", "Đ").replace("Ɖ", "Đ"))
    shaped = _ABBREVIATION.fullmatch(mended) or (len(mended) <= 10 and _MIXED.fullmatch(mended))
    return mended if shaped else None


def reads_as_letters(segment: str) -> bool:
    """Whether an abbreviation is spelled rather than read: hardly a vowel in it."""
    letters = [char for char in plain(segment) if char.isalpha()]
    vowels = sum(char in "aeiouy" for char in letters)
    return len(letters) >= 2 and vowels * 2 <= len(letters)
