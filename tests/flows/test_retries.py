import pytest

from domain.errors import CatalogUnavailable, EmptyFile, EngineTimedOut, StoreFull
from flows.retries import may_pass


@pytest.mark.parametrize("error", [EngineTimedOut(image=1, seconds=120), CatalogUnavailable(detail="busy")])
def test_what_may_pass_by_itself_is_tried_again(error):
    assert may_pass(error)


@pytest.mark.parametrize(
    "error", [EmptyFile(name="a.pdf"), StoreFull(path="/", free=0, needed=1), ValueError("x"), None]
)
def test_what_will_fail_again_is_not(error):
    assert not may_pass(error)
