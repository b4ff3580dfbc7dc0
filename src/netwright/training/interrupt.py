"""Ctrl-C as a wish, not as an accident: the loop looks at it between steps and ends cleanly."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Take note of Ctrl-C instead of raising at once; a second one raises.

    Yields:
        A function that says whether Ctrl-C was pressed. Outside of the main thread, where Python hears no
        signals, it never was.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed a second time.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
