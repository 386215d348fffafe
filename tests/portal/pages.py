"""The pages that a browser looks at: for axe, for screenshots. A page without a row here fails a test."""

from __future__ import annotations

BOOK = "/sach/TSPL-VN-2026-000001"
READER = [
    "/",
    "/khong-co-trang-nay",
    "/dang-nhap",
    "/tim",
    "/tim?q=tranh+chap+dat+dai",
    "/tim?q=zzzz",
    "/tim?q=-",
    "/danh-muc",
    "/to-gap",
    BOOK,
    f"{BOOK}/trang/3?q=hoa+giai",
    f"{BOOK}/trang/3?xem=chu",
    f"{BOOK}/trang/3?doi=1",
    "/nhung",
    "/api",
]
SIGNED = {  # path -> whose eyes
    "/tai-khoan": "an",
    "/tai-khoan/mat-khau": "an",
    "/quan-tri/nguoi-dung": "binh",
    "/quan-tri/nguoi-dung/an": "binh",
    "/quan-tri/nguoi-dung/binh": "binh",
    "/quan-tri/don-vi": "binh",
    "/quan-tri/don-vi/sua?ma=stp": "binh",
    "/quan-tri/nhat-ky": "binh",
    "/van-hanh": "binh",
    "/van-hanh/cach-ly": "binh",
    "/van-hanh/cach-ly?ly-do=intake.damaged_file": "binh",
    "/van-hanh/cach-ly/cong-van?don-vi=stp": "binh",
    "/van-hanh/luot-chay": "binh",
    "/van-hanh/kiem-tra": "binh",
    "/van-hanh/cai-dat": "binh",
    "/van-hanh/so-lieu": "binh",
}
DESK = {  # name -> whose eyes, and the path with an item's code: on a shelf whose items wait for staff
    "danh-sach": ("an", "/can-bo/sach"),
    "danh-sach-duyet": ("an", "/can-bo/sach?trang-thai=described"),
    "khong-co-gi": ("an", "/can-bo/sach?q=khong-co"),
    "tai-lieu": ("an", "/can-bo/sach/{}"),
    "mo-ta": ("an", "/can-bo/sach/{}/mo-ta"),
    "trich-dan": ("an", "/can-bo/sach/{}/trich-dan"),
    "kiem-trang": ("an", "/can-bo/sach/{}/trang"),
    "sua-chu": ("an", "/can-bo/sach/{}/trang/1/sua"),
    "quet-lai": ("an", "/can-bo/sach/{}/trang/1/quet-lai"),
    "bao-loi": ("an", "/can-bo/sach/{}/bao-loi"),
    "bao-loi-xong": ("an", "/can-bo/sach/{}/bao-loi?xem=xong"),
    "lich-su": ("an", "/can-bo/sach/{}/lich-su"),
    "danh-gia": ("an", "/can-bo/sach/{}/quyet-dinh/danh-gia"),
    "duyet": ("an", "/can-bo/sach/{}/quyet-dinh/duyet"),
    "hai-nguoi": ("binh", "/quan-tri/hai-nguoi"),
}
ODD = [  # on a shelf of odd items: the path, and which of them it is of
    ("/to-gap/{}", "leaflet"),
    ("/sach/{}", "withdrawn"),
    ("/sach/{}", "law"),
]
UPLOADS = [  # of who puts batches together
    "/can-bo/lo",
    "/can-bo/lo/moi",
    "/can-bo/lo/{draft}",
    "/can-bo/lo/{draft}/danh-muc",
    "/can-bo/lo/{handed}",
    "/can-bo/lo/{other}",
]
RUN = "/van-hanh/luot-chay/{}"  # beside a Prefect that runs
EVERY = [*READER, *SIGNED, *(path for _, path in DESK.values()), *(path for path, _ in ODD), *UPLOADS, RUN]
NO_PAGES = {  # asked for by GET -> what is answered instead of a page
    "/song": "a word",
    "/static/{address:path}": "files",
    "/sach/{accession}/tep/{name}": "files",
    "/sach/{accession}/trich-dan/{form}": "files",
    "/sach/{accession}/toi": "the way to a page",
    "/sach/{accession}/anh/{number}": "pictures",
    "/robots.txt": "a text",
    "/sitemap.xml": "XML",
    "/sitemap/{after}.xml": "XML",
    "/moi.atom": "XML",
    "/opensearch.xml": "XML",
    "/dang-nhap/oidc": "the way to a provider",
    "/dang-nhap/oidc/ve": "the way back",
    "/can-bo/tai-len/{draft}/{upload}": "the headers of tus",
    "/can-bo/lo/{draft}/tep": "a part of its batch's page",
    "/can-bo/lo/{draft}/tep.json": "JSON",
    "/can-bo/lo/{batch}/tien-do": "a part of its batch's page",
    "/can-bo/lo/{batch}/bao-cao.csv": "a table",
    "/can-bo/sach/{accession}/anh/{number}/{size}": "pictures",
    "/can-bo/sach/{accession}/sua-tiep": "the way to a page",
    "/van-hanh/luc-nay": "a part of the page",
    "/van-hanh/cach-ly/{accession}/tep/{ordinal}": "files",
    "/van-hanh/kiem-tra/luc-nay": "a part of the page",
    "/van-hanh/so-lieu.csv": "a table",
}
WIDTHS = [1280, 375, 320]
SCHEMES = ["light", "dark"]


def good_for_everybody(page, violations, path):
    """axe finds nothing, and nothing stands over the edge, at any width, light and dark."""
    for width in WIDTHS:
        for scheme in SCHEMES:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            page.goto(path)
            found = violations(page)
            assert found == [], (width, scheme, found)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)
