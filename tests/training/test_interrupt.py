"""Signals that ask a training to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from netwright.errors import TrainingInterruptedError
from netwright.training import interrupt
from netwright.training.interrupt import continued_by, ended_by_signals, interruptible

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
SCAN = Path("runs/a-scan")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_a_wish_with_its_name_and_the_first_one_counts(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in SIGNALS]
    with interruptible() as stop_signal:
        assert not stop_signal()
        assert stop_signal.signal is None
        os.kill(os.getpid(), number)
        assert stop_signal()
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop_signal.signal == number.name
    assert [signal.getsignal(one) for one in SIGNALS] == before


def test_a_second_ctrl_c_raises_and_handlers_are_restored() -> None:
    before = [signal.getsignal(one) for one in SIGNALS]
    with pytest.raises(KeyboardInterrupt), interruptible() as stop_signal:  # noqa: PT012  # the second is what raises
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        assert stop_signal()
        os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(one) for one in SIGNALS] == before


def test_threads_may_ask_and_never_hear() -> None:
    heard: list[object] = []

    def work(stop_signal: interrupt.StopSignal) -> None:
        with interruptible() as own:
            heard.extend([stop_signal(), own(), own.signal])

    with interruptible() as stop_signal:
        os.kill(os.getpid(), signal.SIGUSR1)
        thread = threading.Thread(target=work, args=(stop_signal,))
        thread.start()
        thread.join()
    assert heard == [True, False, None]


def test_a_handler_that_python_does_not_know_becomes_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to = []

    def note(number: signal.Signals, handler: object) -> None:
        set_to.append((number, handler))

    monkeypatch.setattr(interrupt.signal, "signal", note)  # type: ignore[attr-defined]
    with interruptible():
        pass
    assert set_to[3:] == [(number, signal.SIG_DFL) for number in SIGNALS]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_what_can_begin_again_ends_at_once(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in SIGNALS]
    with pytest.raises(TrainingInterruptedError, match=r"before there was anything to save"), ended_by_signals():
        os.kill(os.getpid(), number)
    assert [signal.getsignal(one) for one in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_in_a_run_every_signal_says_how_to_go_on(number: signal.Signals) -> None:
    def interrupted(name: str) -> TrainingInterruptedError:
        return TrainingInterruptedError(name, Path("runs/a"), saved="network")

    with (
        pytest.raises(TrainingInterruptedError, match=rf"evaluation was .* \({number.name}\).* --resume runs/a$"),
        ended_by_signals(interrupted),
    ):
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_work_of_several_parts_is_continued_by_its_own_command(number: signal.Signals) -> None:
    message = rf"^Interrupted \({number.name}\).* saved in runs/a-scan\. To continue: the same netwright scan command$"
    with pytest.raises(TrainingInterruptedError, match=message), continued_by("the same netwright scan command", SCAN):
        os.kill(os.getpid(), number)
    with pytest.raises(TrainingInterruptedError, match=message), continued_by("the same netwright scan command", SCAN):
        raise TrainingInterruptedError(number.name, SCAN / "best-2")  # of the training of a part


def test_within_a_run_a_second_ctrl_c_ends_a_training_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), ended_by_signals(TrainingInterruptedError), interruptible():  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)  # the second is what raises


def test_what_catches_every_exception_does_not_catch_a_signal() -> None:
    """As the doctor, trackers and libraries do; a job then went on until it was killed."""
    with pytest.raises(TrainingInterruptedError, match="SIGTERM"), ended_by_signals(), suppress(Exception):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_python_cannot_raise_is_repeated() -> None:
    class Deaf:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    with pytest.raises(TrainingInterruptedError), ended_by_signals():  # noqa: PT012  # some time later
        Deaf()
        time.sleep(10)


def test_within_it_a_training_may_take_note_of_signals_instead() -> None:
    with ended_by_signals():
        with interruptible() as stop_signal:
            os.kill(os.getpid(), signal.SIGTERM)
        assert stop_signal.signal == "SIGTERM"


def test_other_threads_are_not_ended() -> None:
    ended: list[bool] = []

    def work() -> None:
        with ended_by_signals():
            ended.append(False)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [False]
