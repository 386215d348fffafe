"""What every catalogue promises of pages that people arrange."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.arrangement import Arrangement, Cut, Place
from domain.errors import ItemNotFound
from domain.holdings import ScanForm
from domain.readers_ledger import TextReport
from tests.catalog.holdings import WHEN, a_page, add_some

ITEM = "TSPL-VN-2026-000001"


@pytest.fixture
def item_id(catalog):
    item_id = add_some(catalog)[0]
    with catalog.begin() as changes:
        for number in (1, 2, 3):
            changes.replace_page(item_id, a_page(number))
    return item_id


def test_pages_stand_as_they_were_scanned_until_somebody_arranges_them(catalog, item_id):
    with catalog.view() as seen:
        assert seen.places.arrangement(item_id) is None
        assert seen.places.resting(item_id) == {}
        assert [seen.places.number_of(item_id, home) for home in (1, 3, 4)] == [1, 3, None]


def test_an_arrangement_comes_back_as_it_was_kept(catalog, item_id):
    first = Arrangement.as_scanned(3).turned(2, 1, ITEM)
    second = replace(first.parted(3, Cut.ACROSS, 25, ITEM, most=9), version=2)
    with catalog.begin() as changes:
        changes.places.keep_arrangement(item_id, replace(first, version=1))
        changes.places.keep_arrangement(item_id, second)
    with catalog.view() as seen:
        known = seen.places.arrangement(item_id)
    assert known == second
    assert known.place(4) == Place(2, turns=1)
    assert [known.place(home).former for home in known.homes] == [None, 2, 3, 3]
    with pytest.raises(ItemNotFound), catalog.begin() as changes:
        changes.places.keep_arrangement("0" * 32, second)


def test_pages_that_give_way_rest_and_stand_again_as_they_were(catalog, item_id):
    new = replace(a_page(4), image=2, home=4, label="xii", label_source="typed", locked=True)
    with catalog.begin() as changes:
        changes.places.keep_arrangement(item_id, Arrangement.as_scanned(3).turned(2, 1, ITEM))
        changes.places.keep_resting(item_id, new)
        before = changes.pages(item_id)
        revision = changes.item(item_id).revision
        changes.places.stand(item_id, [replace(before[2], number=1, home=3), replace(new, number=2)])
        assert changes.item(item_id).revision > revision
    with catalog.view() as seen:
        assert [(page.number, page.kept_as) for page in seen.pages(item_id)] == [(1, 3), (2, 4)]
        assert seen.places.resting(item_id) == {1: before[0], 2: before[1]}
        assert [seen.places.number_of(item_id, home) for home in (1, 3, 4)] == [None, 1, 2]
        assert seen.readers.homes([(item_id, 1), (item_id, 2), (item_id, 3)]) == {
            (item_id, 1): 3,
            (item_id, 2): 4,
        }
        assert [seen.readers.stands(item_id, home) for home in (1, 2, 3, 4)] == [False, False, True, True]
    with catalog.begin() as changes:
        changes.places.stand(item_id, before)
    with catalog.view() as seen:
        assert list(seen.pages(item_id)) == list(before)
        assert seen.places.resting(item_id)[4] == replace(new, number=2)


def test_what_readers_said_is_said_of_the_page_s_new_number(catalog, item_id):
    with catalog.begin() as changes:
        for page in (1, 2, 3):
            changes.readers.add_text_report(TextReport(item_id, page, "Điều", "", WHEN))
        changes.places.renumber_reports(item_id, {1: 3, 2: 1, 3: 2})
    with catalog.view() as seen:
        assert [one.page for one in seen.readers.text_reports(item_id, limit=9)] == [2, 1, 3]


def test_a_picture_scanned_again_stands_behind_the_files_of_the_master(catalog, item_id):
    with catalog.begin() as changes:
        master = changes.scan(item_id).files
        again = replace(master[0], ordinal=len(master) + 1, name="mới.png", form=ScanForm.IMAGE, image=4)
        changes.places.add_scan_file(item_id, again)
    with catalog.view() as seen:
        scan = seen.scan(item_id)
        assert (scan.files, scan.master) == ((*master, again), master)
        assert scan.files[-1].image == 4
