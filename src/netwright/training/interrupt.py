"""Ctrl-C and the signals of batch systems: noted when they come, and looked at between calls of the program."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from netwright.errors import TrainingInterruptedError

__all__ = ["StopSignal", "continued_by", "ended_by_signals", "interruptible", "lost_signals_repeated"]

_NAMES = ("SIGINT", "SIGTERM", "SIGUSR1")
_REPEAT_SECONDS = 0.05  # until a lost signal is repeated


class _EndedError(BaseException):
    """A signal came. Like KeyboardInterrupt it is no `Exception`: the doctor, trackers and libraries catch those."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.signal = name


class StopSignal:
    """Whether a signal asked the training to stop; call it to find out.

    Attributes:
        signal: the name of the first signal that came, or None.
    """

    def __init__(self) -> None:
        self.signal: str | None = None

    def __call__(self) -> bool:
        """Return whether a signal came."""
        return self.signal is not None


@contextmanager
def interruptible() -> Iterator[StopSignal]:
    """Note SIGINT (Ctrl-C), SIGTERM and SIGUSR1 instead of ending at once; a second Ctrl-C raises.

    Yields:
        Whether one came. Any thread may ask. Outside of the main thread, where Python hears no signals, none ever
        does; a program that trains in threads enters this in its main thread.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed a second time.
    """
    stop_signal = StopSignal()
    if threading.current_thread() is not threading.main_thread():
        yield stop_signal
        return
    pressed = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        if number == signal.SIGINT:
            if pressed.is_set():
                raise KeyboardInterrupt
            pressed.set()
        stop_signal.signal = stop_signal.signal or signal.Signals(number).name

    with _handled(_NAMES, note):
        yield stop_signal


@contextmanager
def ended_by_signals(interrupted: Callable[[str], TrainingInterruptedError] | None = None) -> Iterator[None]:
    """Let SIGTERM and SIGUSR1 end work that can be done again without a loss, so that a batch system starts it again.

    Args:
        interrupted: says what is saved and how to go on, where there is a run directory; Ctrl-C then ends the work
            with this error too. Called with the name of the signal.

    Raises:
        TrainingInterruptedError: one of them came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        raise _EndedError(signal.Signals(number).name)

    try:
        with lost_signals_repeated(), _handled(_NAMES if interrupted else _NAMES[1:], end):
            yield
    except _EndedError as ended:
        raise (interrupted or TrainingInterruptedError)(ended.signal) from ended


@contextmanager
def continued_by(command: str, folder: Path) -> Iterator[None]:
    """Let a signal end work that one command continues, also parts of it that have a command of their own.

    Args:
        command: what continues it, such as "the same netwright search command".
        folder: what is done so far.

    Raises:
        TrainingInterruptedError: a signal came; it names the command and the folder.
    """

    def interrupted(signal_name: str) -> TrainingInterruptedError:
        return TrainingInterruptedError(signal_name, folder, command=command)

    try:
        with ended_by_signals(interrupted):
            yield
    except TrainingInterruptedError as error:
        raise interrupted(error.signal) from error


@contextmanager
def lost_signals_repeated() -> Iterator[None]:
    """Send a signal again that came where Python ignores exceptions, such as in a destructor or a callback of weakref.

    Yields:
        Nothing.
    """
    earlier_hook = sys.unraisablehook

    def repeat(unraisable: sys.UnraisableHookArgs) -> None:
        number = _signal_of(unraisable.exc_value)
        ident = threading.main_thread().ident
        if number is None or ident is None or not hasattr(signal, "pthread_kill"):  # not on Windows
            earlier_hook(unraisable)
            return
        threading.Timer(_REPEAT_SECONDS, signal.pthread_kill, (ident, number)).start()  # after this hook has ended

    sys.unraisablehook = repeat
    try:
        yield
    finally:
        sys.unraisablehook = earlier_hook


def _signal_of(error: BaseException | None) -> int | None:
    """Return the signal whose handler raised an exception; None for any other exception."""
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    if isinstance(error, _EndedError):
        return signal.Signals[error.signal]
    if isinstance(error, SystemExit) and isinstance(error.code, int) and error.code > 128:
        return error.code - 128  # as shells count
    return None


@contextmanager
def _handled(names: Sequence[str], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle signals, and put the earlier handlers back."""
    signals = [signal.Signals[name] for name in names if name in signal.Signals.__members__]  # Windows has no SIGUSR1
    earlier_handlers = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, earlier in earlier_handlers.items():
            signal.signal(number, signal.SIG_DFL if earlier is None else earlier)
