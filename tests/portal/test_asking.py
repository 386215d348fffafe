"""Whoever does not answer keeps no page waiting, and is asked by one thread alone."""

from __future__ import annotations

import threading
import time

from domain.errors import StoreUnavailable
from domain.values import Reason
from portal.operate.asking import PATIENCE, SILENT, Answer, Question, deadline


def test_an_answer_is_told_again_while_it_is_fresh():
    asked = []
    question = Question("x", lambda: asked.append(1) or len(asked), fresh=60)
    assert [question.answer(deadline()) for _ in range(3)] == [Answer(1, None)] * 3


def test_an_answer_that_is_no_longer_fresh_is_asked_for_anew():
    asked = []
    question = Question("x", lambda: asked.append(1) or len(asked), fresh=0)
    assert [question.answer(deadline()).said for _ in range(3)] == [1, 2, 3]


def test_what_goes_wrong_is_the_answer():
    def away():
        raise StoreUnavailable(detail="gone")

    assert Question("x", away).answer(deadline()) == Answer(
        None, Reason("store.unavailable", {"detail": "gone"})
    )


def test_a_disk_that_fails_is_an_answer_too():
    def broken():
        raise FileNotFoundError("nothing there")

    assert Question("x", broken).answer(deadline()).trouble.code == "operate.not_had"


def test_who_is_silent_is_waited_for_once_and_by_one_thread():
    speak, asked = threading.Event(), []

    def slow():
        asked.append(threading.current_thread())
        speak.wait(30)
        return "at last"

    question = Question("x", slow, fresh=60)
    began = time.monotonic()
    assert question.answer(deadline()) == Answer(None, SILENT)
    assert time.monotonic() - began < PATIENCE + 0.5
    again = time.monotonic()
    for _ in range(20):
        assert question.answer(deadline()) == Answer(None, SILENT)
    assert time.monotonic() - again < 0.5
    speak.set()
    asked[0].join(10)
    assert question.answer(deadline()) == Answer("at last", None)
    assert len(asked) == 1
