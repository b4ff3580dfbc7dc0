"""Observers: callbacks for the events of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

from netwright.training.probe import Probe, ProbeRecord
from netwright.training.records import EndRecord, EpochRecord, StartRecord, StepsRecord

__all__ = ["Callbacks", "Observer", "Observers"]


class Observer(Protocol):
    """Told what a training measures; it never changes the training. `Callbacks` makes one of functions.

    Calls come from the threads of the training, one at a time.
    """

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Take note of the start.

        Args:
            record: the members, and how they are trained.

        Returns:
            What to look at inside of the steps; an empty sequence for nothing, which costs nothing.
        """
        ...

    def on_steps(self, record: StepsRecord) -> None:
        """Take note of a few steps.

        Args:
            record: what they measured.
        """

    def on_epoch(self, record: EpochRecord) -> None:
        """Take note of an epoch of one member.

        Args:
            record: what it measured.
        """

    def on_end(self, record: EndRecord) -> None:
        """Take note of the end, also where an error ends the training.

        Args:
            record: how each member ended.
        """


def _no_probes(record: StartRecord) -> Sequence[Probe]:
    """Look at nothing."""
    del record
    return ()


def _ignore(record: object) -> None:
    """Do nothing."""
    del record


@dataclass(frozen=True)
class Callbacks:
    """An observer made of functions; what is not given is ignored.

    Attributes:
        on_start: called at the start; returns what to look at inside of the steps.
        on_steps: called after every call of the compiled program, about twice a second.
        on_epoch: called after every epoch of each member.
        on_end: called once, at the end.

    Example:
        >>> losses: list[float] = []
        >>> observer = Callbacks(on_epoch=lambda record: losses.append(record.valid_loss))
    """

    on_start: Callable[[StartRecord], Sequence[Probe]] = _no_probes
    on_steps: Callable[[StepsRecord], None] = _ignore
    on_epoch: Callable[[EpochRecord], None] = _ignore
    on_end: Callable[[EndRecord], None] = _ignore


class Observers:
    """Tells several observers, one record at a time, also where members are trained in several threads.

    Args:
        observers: told in this order.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers, self._lock = tuple(observers), Lock()

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Tell the start.

        Args:
            record: the members, and how they are trained.

        Returns:
            The probes of all observers.
        """
        with self._lock:
            probes = [probe for observer in self._observers for probe in observer.on_start(record)]
        return [replace(probe, receive=self._one_at_a_time(probe.receive)) for probe in probes]

    def on_steps(self, record: StepsRecord) -> None:
        """Tell a few steps.

        Args:
            record: what they measured.
        """
        with self._lock:
            for observer in self._observers:
                observer.on_steps(record)

    def on_epoch(self, record: EpochRecord) -> None:
        """Tell an epoch.

        Args:
            record: what it measured.
        """
        with self._lock:
            for observer in self._observers:
                observer.on_epoch(record)

    def on_end(self, record: EndRecord) -> None:
        """Tell the end.

        Args:
            record: how each member ended.
        """
        with self._lock:
            for observer in self._observers:
                observer.on_end(record)

    def _one_at_a_time(self, receive: Callable[[ProbeRecord], None]) -> Callable[[ProbeRecord], None]:
        def received(record: ProbeRecord) -> None:
            with self._lock:
                receive(record)

        return received
