"""Signing in: who comes in, who waits, and when a session ends."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import SignInRefused, SignInTooSoon
from domain.people import ActCriteria, Failures, Verb
from flows.steps import passwords, people, throttle
from flows.steps.sign_in import (
    MOST_SESSIONS,
    SessionPolicy,
    person_of_session,
    person_of_token,
    sign_in,
    sign_out,
)
from tests.catalog.holdings import statements
from tests.flows.steps.people import ADDRESS, NOW, PASSWORD, ROOT_SHELL, add, by, signed_in

MINUTE = dt.timedelta(minutes=1)
ELSEWHERE = "198.51.100.9"


def _try(shelf, login="an", password=PASSWORD, *, at=NOW, address=ADDRESS, **rest):
    return sign_in(shelf, login, password, address=address, now=at, **rest)


def _actions(shelf):
    with shelf.catalog.view() as seen:
        return [act.action for act in seen.people.acts(ActCriteria(), before=None, limit=100)]


def test_whoever_knows_the_password_comes_in(shelf):
    an = add(shelf, "an", "manage")
    entered = _try(shelf)
    assert entered.person == an
    rights = person_of_session(shelf, entered.secret, NOW)
    assert rights is not None
    assert rights.person == an
    assert rights.may(Verb.MANAGE, "default")
    assert _actions(shelf)[0] == "signed_in"


@pytest.mark.parametrize("login", ["AN", " an ", "An\n"])
def test_a_login_is_known_however_it_is_typed(shelf, login):
    add(shelf, "an")
    assert _try(shelf, login).person.login == "an"


def test_a_password_is_known_in_either_normal_form(shelf):
    import unicodedata

    add(shelf, "an")
    decomposed = unicodedata.normalize("NFD", PASSWORD)
    assert decomposed != PASSWORD
    assert _try(shelf, password=decomposed).person.login == "an"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("an", "another one"),
        ("an", ""),
        ("an", PASSWORD + " "),
        ("an", "x" * 1_000_000),
        ("binh", PASSWORD),
        ("", ""),
        ("an\0", PASSWORD),
        ("\ud800", "\ud800"),
        ("' OR 1=1 --", PASSWORD),
        ("n" * 1_000_000, PASSWORD),
    ],
    ids=lambda text: text[:12].encode("ascii", "backslashreplace").decode(),
)
def test_whoever_does_not_is_told_nothing_more(shelf, login, password):
    add(shelf, "an")
    with pytest.raises(SignInRefused) as refused:
        _try(shelf, login, password)
    assert refused.value.fields == {}


def test_a_stranger_waits_as_long_as_somebody_known(shelf):
    """Otherwise the time would tell which logins there are."""
    add(shelf, "an")

    def took(login, place):
        began = time.perf_counter()
        with pytest.raises(SignInRefused):
            _try(shelf, login, "wrong password", address=f"198.51.100.{place}")
        return time.perf_counter() - began

    took("nobody", 0)  # the first one makes the hash that nobody has
    known, unknown = (
        statistics.median(took(login, 10 * group + place) for place in range(1, 8))
        for group, login in enumerate(("an", "nobody"))
    )
    assert unknown > known / 2


def test_somebody_shut_out_does_not_come_in_and_is_out_at_once(shelf):
    add(shelf, "an")
    entered = _try(shelf)
    people.disable(shelf, ROOT_SHELL, "an")
    assert person_of_session(shelf, entered.secret, NOW) is None
    with pytest.raises(SignInRefused):
        _try(shelf)
    people.enable(shelf, ROOT_SHELL, "an")
    assert person_of_session(shelf, entered.secret, NOW) is None
    assert _try(shelf).person.login == "an"


def test_somebody_without_a_password_does_not_come_in_by_one(shelf):
    add(shelf, "an", password=None)
    for guess in ("", "None", "None of it all"):
        with pytest.raises(SignInRefused):
            _try(shelf, password=guess)


# sessions


def test_a_session_ends_when_it_is_signed_out(shelf):
    add(shelf, "an")
    entered, other = _try(shelf), _try(shelf)
    sign_out(shelf, person_of_session(shelf, entered.secret, NOW), address=ADDRESS, now=NOW)
    assert person_of_session(shelf, entered.secret, NOW) is None
    assert person_of_session(shelf, other.secret, NOW) is not None


def test_a_session_ends_when_it_is_revoked(shelf):
    add(shelf, "an")
    entered, mine = _try(shelf), signed_in(shelf, "an")
    people.end_session(shelf, by(mine), entered.session.id)
    assert person_of_session(shelf, entered.secret, NOW) is None


def test_nobody_ends_the_session_of_another(shelf):
    add(shelf, "an")
    add(shelf, "binh")
    entered, other = _try(shelf), signed_in(shelf, "binh")
    people.end_session(shelf, by(other), entered.session.id)
    assert person_of_session(shelf, entered.secret, NOW) is not None


def test_a_session_ends_when_nobody_used_it_and_when_its_time_is_over(shelf):
    add(shelf, "an")
    policy = SessionPolicy(idle=3 * MINUTE, absolute=10 * MINUTE)
    entered = _try(shelf, policy=policy)

    def holds(minutes):
        return person_of_session(shelf, entered.secret, NOW + minutes * MINUTE, policy=policy) is not None

    assert [holds(minutes) for minutes in (2.9, 5, 7, 9, 9.9, 10)] == [True] * 5 + [False]
    idle = _try(shelf, policy=policy)
    assert person_of_session(shelf, idle.secret, NOW + 3 * MINUTE, policy=policy) is None


def test_reading_writes_at_most_once_a_minute(shelf):
    add(shelf, "an", "access")
    entered = _try(shelf)
    assert person_of_session(shelf, entered.secret, NOW)  # the units are read once
    asked = []
    for seconds in (1, 59, 60, 61, 119, 120):
        with statements() as seen:
            assert person_of_session(shelf, entered.secret, NOW + dt.timedelta(seconds=seconds))
        asked.append(len(seen))
    assert asked == [2, 2, 3, 2, 2, 3]


def test_a_page_does_not_wait_for_a_writer(shelf):
    add(shelf, "an")
    entered = _try(shelf)
    with ThreadPoolExecutor(1) as threads, shelf.catalog.begin():
        later = NOW + 2 * MINUTE
        rights = threads.submit(person_of_session, shelf, entered.secret, later).result(timeout=30)
    assert rights is not None


@pytest.mark.parametrize("secret", ["", "x", "x" * 1_000_000, "\ud800", "\0", "’"])
def test_what_is_no_secret_of_ours_is_nobody(shelf, secret):
    assert person_of_session(shelf, secret, NOW) is None
    assert person_of_token(shelf, secret, NOW) is None
    assert person_of_token(shelf, "tst_" + secret, NOW) is None


def test_a_person_has_so_many_sessions_and_no_more(shelf):
    an = add(shelf, "an")
    secrets = [_try(shelf, at=NOW + dt.timedelta(seconds=place)).secret for place in range(MOST_SESSIONS + 2)]
    with shelf.catalog.view() as seen:
        assert len(seen.people.sessions(an.id)) == MOST_SESSIONS
    assert person_of_session(shelf, secrets[0], NOW + MINUTE) is None
    assert person_of_session(shelf, secrets[-1], NOW + MINUTE) is not None


def test_what_the_browser_says_of_itself_is_cut_short(shelf):
    add(shelf, "an")
    entered = _try(shelf, agent="Mozilla " * 10_000, address="a" * 1_000)
    assert len(entered.session.agent) == 200
    assert len(entered.session.address) == 64


# waiting


def _fail(shelf, times, *, login="an", address=ADDRESS, at=NOW):
    for _ in range(times):
        with pytest.raises(SignInRefused):
            _try(shelf, login, "wrong password", at=at, address=address)


def test_after_some_failures_the_next_has_to_wait_and_then_may_come(shelf):
    add(shelf, "an")
    _fail(shelf, 5)
    with pytest.raises(SignInTooSoon) as soon:
        _try(shelf)  # the right one does not pass either: it would tell a guesser so
    assert soon.value.fields == {"seconds": 5}
    with pytest.raises(SignInTooSoon):
        _try(shelf, at=NOW + dt.timedelta(seconds=4.9))
    assert _try(shelf, at=NOW + dt.timedelta(seconds=5)).person.login == "an"
    assert _try(shelf, at=NOW + dt.timedelta(seconds=5)).person.login == "an"


def test_waits_grow_to_a_quarter_of_an_hour_and_no_further(shelf):
    add(shelf, "an")
    _fail(shelf, 5)
    at, waits = NOW, []
    for _ in range(10):
        with pytest.raises(SignInTooSoon) as soon:
            _try(shelf, at=at)
        waits.append(soon.value.fields["seconds"])
        at += dt.timedelta(seconds=waits[-1])
        _fail(shelf, 1, at=at)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert _try(shelf, at=at + dt.timedelta(seconds=900)).person.login == "an"


def test_a_stranger_elsewhere_does_not_keep_the_owner_out(shelf):
    add(shelf, "an")
    _fail(shelf, 5, address=ELSEWHERE)
    with pytest.raises(SignInTooSoon):
        _try(shelf, address=ELSEWHERE)
    assert _try(shelf).person.login == "an"


def test_an_address_that_tries_many_logins_waits_too(shelf):
    for place in range(throttle.ADDRESS.free):
        _fail(shelf, 1, login=f"login{place}", address=ELSEWHERE)
    with pytest.raises(SignInTooSoon):
        _try(shelf, "somebody", address=ELSEWHERE)


def test_a_success_wipes_out_the_failures_of_the_account_and_not_of_the_address(shelf):
    add(shelf, "an")
    for place in range(throttle.ADDRESS.free - 1):
        _fail(shelf, 1, login=f"login{place}")
    assert _try(shelf).person.login == "an"
    _fail(shelf, 1, login="another")
    with pytest.raises(SignInTooSoon):
        _try(shelf)


def test_an_office_may_sign_in_all_day(shelf):
    add(shelf, "an")
    for _ in range(throttle.ADDRESS.free + 1):
        assert _try(shelf).person.login == "an"


def test_many_tries_at_once_pass_no_more_than_one_after_the_other(shelf):
    add(shelf, "an")

    def guess(place):
        try:
            _try(shelf, password=f"wrong password {place}")
        except (SignInRefused, SignInTooSoon) as error:
            return type(error)

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(guess, range(16)))
    assert told.count(SignInRefused) == throttle.ACCOUNT_AT_ADDRESS.free


def test_what_was_typed_as_a_login_is_nowhere_in_the_catalogue(shelf, settings):
    _fail(shelf, 1, login="my-Secret-password")
    kept = b"".join(
        path.read_bytes() for path in settings.data_dir.rglob("catalog.sqlite3*") if path.is_file()
    )
    assert b"my-secret-password" not in kept.lower()


@given(
    counts=st.lists(st.integers(0, 10**6), min_size=3, max_size=3),
    ago=st.integers(-(10**7), 10**7),
)
@example(counts=[10**6] * 3, ago=-(10**7))
def test_no_wait_is_longer_than_a_quarter_of_an_hour_whatever_the_clocks_say(counts, ago):
    subjects = throttle.counted("an", ADDRESS)
    failures = {
        subject: Failures(count, NOW - dt.timedelta(seconds=ago))
        for subject, count in zip(subjects, counts, strict=True)
    }
    left = throttle.wait_left(subjects, failures, NOW)
    assert dt.timedelta(0) <= left <= dt.timedelta(minutes=15)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("no address", "no address", True),
    ],
)
def test_who_counts_as_one_address(one, other, same):
    assert (throttle.counted("an", one) == throttle.counted("an", other)) is same


# passwords


def test_a_hash_of_other_parameters_is_made_anew_when_its_owner_comes(shelf):
    from argon2 import PasswordHasher

    an = add(shelf, "an")
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    with shelf.catalog.begin() as changes:
        changes.people.set_password(an.id, weak, must_change=False)
    assert _try(shelf).person.login == "an"
    with shelf.catalog.view() as seen:
        kept = seen.people.password_hash(an.id)
    assert "m=19456,t=2,p=1" in kept
    assert kept.startswith("$argon2id$")
    assert passwords.matches(PASSWORD, kept)


def test_a_hash_that_is_none_matches_nothing():
    assert not passwords.matches("", "")
    assert not passwords.matches("x", "not a hash")
    assert not passwords.matches("x", None)


def test_generated_passwords_can_be_typed_and_are_not_alike():
    made = {passwords.generated() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 19 and not set(one) & set("l1o0") for one in made)
