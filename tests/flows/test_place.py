import stat
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from flows.locks import held
from flows.place import Place, Serving
from flows.steps.claims import dead, holder, still_lives


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path / "kệ sách")
    place.prepare()
    return place


def test_all_who_ask_at_once_get_the_same_password(place):
    with ThreadPoolExecutor(8) as pool:
        told = {one.result() for one in [pool.submit(place.password) for _ in range(8)]}
    assert len(told) == 1
    assert len(told.pop()) > 30
    assert [path.name for path in place.home.glob("auth*")] == ["auth"]
    assert stat.S_IMODE((place.home / "auth").stat().st_mode) == 0o600


def test_who_serves_is_known_while_it_lives(place):
    this = psutil.Process()
    serving = Serving(this.pid, this.create_time(), "http://127.0.0.1:1/api", None)
    place.tell(serving)
    assert place.serving() == serving
    place.forget()
    assert place.serving() is None


@pytest.mark.parametrize("text", ["", "{}", '{"pid": 1}', "[]", "null"])
def test_a_state_file_that_says_nothing_names_nobody(place, text):
    place.state.write_text(text)
    assert place.serving() is None


def test_a_number_that_went_to_another_process_is_not_the_same(place):
    this = psutil.Process()
    assert still_lives(this.pid, this.create_time())
    assert not still_lives(this.pid, this.create_time() - 60)
    assert not still_lives(2**22 + 1, 0)


def test_a_process_is_still_itself_when_the_clock_was_put_right(monkeypatch):
    mine = holder()
    began = psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: began + 1)
    assert holder() == mine
    assert not dead(mine)
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: began + 60)
    assert dead(mine)


def test_a_lock_is_held_by_one_or_shared_by_many(place):
    with held(place.users, shared=True) as first, held(place.users, shared=True) as second:
        assert first
        assert second
        with held(place.users) as alone:
            assert not alone
    with held(place.users) as alone:
        assert alone
