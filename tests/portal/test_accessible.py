"""Every page is good for everybody: axe-core finds nothing, at any width, light and dark."""

import pytest

from tests.portal.pages import READER, SIGNED, good_for_everybody


@pytest.mark.parametrize("path", READER)
def test_nothing_is_wrong_with_a_page_for_readers(visit, violations, path):
    good_for_everybody(visit(path), violations, path)


@pytest.mark.parametrize("path", SIGNED)
def test_nothing_is_wrong_with_a_page_for_staff(visit, violations, signed_in, path):
    storage = signed_in(SIGNED[path]).storage()
    good_for_everybody(visit(path, storage_state=storage), violations, path)
