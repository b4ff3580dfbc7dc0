"""A doctor that fails must not end the training that it watches; and it counts the time that it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from netwright.doctor.examination import not_measured
from netwright.finding import Finding

__all__ = ["FailSafe"]


class FailSafe:
    """Base of the doctors for trainings of Keras and of the engine.

    Attributes:
        seconds: time that the doctor has taken so far.
    """

    seconds: float
    _notes: list[Finding]

    @contextmanager
    def _guarded(self, subject: str) -> Iterator[None]:
        """Count the time, and turn whatever goes wrong into a note: the training goes on."""
        began = time.perf_counter()
        try:
            yield
        except Exception as error:  # noqa: BLE001  # a doctor's own failure must not end a training
            reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            note = not_measured(subject, reason[:200])
            if note not in self._notes:  # what fails in every epoch is noted once
                self._notes.append(note)
        self.seconds += time.perf_counter() - began
