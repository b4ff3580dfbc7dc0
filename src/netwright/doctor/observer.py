"""The doctor as an observer of our engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from netwright.doctor._epoch_checks import dead_layers, growing_loss
from netwright.doctor._fail_safe import FailSafe
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, History
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.engine_case import (
    HeadOutputs,
    MemberRows,
    case_at_start,
    case_of_head,
    case_with_rows,
    history_of_head,
    rows_of_member,
    vitals_at_start,
)
from netwright.doctor.epoch_probe import EpochProbe
from netwright.doctor.quantities.engine_forward import EngineForward
from netwright.doctor.quantities.engine_gradients import head_gradients
from netwright.doctor.quantities.head_gradients import with_gradients
from netwright.doctor.quantities.step_vitals import layers_of_step, step_vitals
from netwright.doctor.separation_record import SeparationRecord
from netwright.doctor.verdict import ENGINE_SYMPTOMS, Patient, verdict
from netwright.doctor.vitals_record import VitalsRecord
from netwright.errors import NonFiniteLossError
from netwright.finding import Finding
from netwright.training import (
    EndRecord,
    EpochRecord,
    MemberEnd,
    MemberStart,
    Probe,
    ProbeRecord,
    RowArrays,
    StartRecord,
    StepsRecord,
)

__all__ = ["Doctor"]

_AFTER = 60.0  # seconds: then compiling a probe costs a percent or two, and less with every step
_SHARE = 0.01  # of the time, for probes
_EVERY = 50  # steps
_PROBE = 128  # rows


def _ignore(record: object) -> None:
    """Do nothing."""
    del record


class Doctor(FailSafe):
    """Watches trainings of our engine without touching them, and says what is wrong, why, and what to do.

    Weights are the same with and without it. A training of less than a minute is examined before its first step (by its
    weights) and after its last one; a longer one is also examined in between, for at most one percent of the time.
    Whatever goes wrong within it becomes a finding of severity NOTE.

    Args:
        warn: called with each warning while the training runs.
        record: called with the vitals of the layers.
        separate: called with what a network says of validation rows at the end of an epoch.
        earlier: epochs of a training that goes on.

    Example:
        >>> import netwright as nw
        >>> from netwright.doctor import Doctor
        >>> doctor = Doctor()
        >>> run = nw.train("experiment.yaml", observers=[doctor])  # doctest: +SKIP
        >>> doctor.findings[0].severity  # doctest: +SKIP
        'PASS'
    """

    def __init__(
        self,
        *,
        warn: Callable[[Finding], None] = _ignore,
        record: Callable[[VitalsRecord], None] = _ignore,
        separate: Callable[[SeparationRecord], None] = _ignore,
        earlier: Sequence[EpochRecord] = (),
    ) -> None:
        self.seconds = 0.0
        self._warn, self._record, self._separate = warn, record, separate
        self._forward = EngineForward()
        self._inside = False
        self._history: dict[int, list[EpochRecord]] = {}
        for epoch in earlier:
            self._history.setdefault(epoch.member, []).append(epoch)
        self._starts: dict[int, MemberStart] = {}
        self._arrays: RowArrays | None = None
        self._before: dict[tuple[int, str], Case] = {}
        self._findings: list[Finding] | None = None
        self._ends: Sequence[MemberEnd] = ()
        self._notes: list[Finding] = []
        self._warned: set[str] = set()

    @property
    def findings(self) -> list[Finding]:
        """The verdict: alarms with the likeliest cause first, or that the training is healthy; then notes.

        It is computed when it is first read, after the training, of the weights that the networks have then.
        """
        if self._findings is None and self._ends:
            self._findings = []
            with self._guarded("the verdict"):
                self._findings = self._judge_trained(self._ends)
        return [*(self._findings or ()), *self._notes]

    def before(self) -> list[Finding]:
        """Examine networks and rows before the first step: what can be said of them without training.

        Returns:
            Findings, the likeliest cause first; none where all is well, or before `on_start`.
        """
        findings: list[Finding] = []
        with self._guarded("networks and rows before the training"):
            for start in self._starts.values():
                parts = self._parts(start)
                outputs = [self._forward.run(start.model, part.inputs, with_layers=False) for part in parts]
                for head in _learned(start):
                    rows, valid = (HeadOutputs(head, *pair) for pair in zip(parts, outputs, strict=True))
                    case = case_with_rows(self._before[start.member, head], start, rows, valid)
                    findings += [finding for finding in diagnose(case, ENGINE_SYMPTOMS) if finding not in findings]
        return [*findings, *self._notes]

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Examine the networks before their first step.

        Args:
            record: the members, and how they are trained.

        Returns:
            What is measured inside of the steps of a long training.
        """
        probes: list[Probe] = []
        with self._guarded("the networks before the training"):
            self._arrays = record.arrays
            for start in record.members:
                self._starts[start.member] = start
                layers = vitals_at_start(start.model)
                if not self._history.get(start.member):
                    self._record(VitalsRecord(start.member, 0, 0, layers))
                for head in _learned(start):
                    case = case_at_start(start, head, layers)
                    self._before[start.member, head] = case
                    self._warn_once(diagnose(case, ENGINE_SYMPTOMS))
            probes.append(Probe(step_vitals, self._receive, _EVERY, self._probe_rows(), _SHARE, _AFTER))
            epoch_probe = EpochProbe(self._forward, record)
            probes.append(epoch_probe.probe(partial(self._receive_epoch, epoch_probe)))
        return probes

    def on_steps(self, record: StepsRecord) -> None:
        """Do nothing.

        Args:
            record: what a few steps measured.
        """

    def on_epoch(self, record: EpochRecord) -> None:
        """Record an epoch, and warn of a loss that grows.

        Args:
            record: what the epoch measured.
        """
        with self._guarded("an epoch"):
            history = self._history.setdefault(record.member, [])
            history.append(record)
            self._warn_once(growing_loss(history))

    def on_end(self, record: EndRecord) -> None:
        """Take note of the end; of a loss that is no number, say why.

        Args:
            record: how each member ended.
        """
        if record.error is None and all(member.epochs for member in record.members):
            self._ends = record.members
        if isinstance(record.error, NonFiniteLossError):
            with self._guarded("the verdict"):
                self._findings = self._judge_broken()
                self._warn_once(self._findings)

    def _judge_trained(self, ends: Sequence[MemberEnd]) -> list[Finding]:
        """Run every network, and judge its heads."""
        patients, measured_gradients = [], False
        for end in ends:
            start, history = self._starts[end.member], self._history[end.member]
            parts = self._parts(start)
            train = self._forward.run(start.model, parts[0].inputs)
            valid = self._forward.run(start.model, parts[1].inputs, with_layers=False)
            self._record(VitalsRecord(end.member, end.best_epoch, history[end.best_epoch - 1].steps, train.layers))
            cases = []
            for head in _learned(start):
                outputs = (HeadOutputs(head, parts[0], train), HeadOutputs(head, parts[1], valid))
                cases.append(case_of_head(start, self._before[end.member, head], history, *outputs))
            if not measured_gradients and any(falls_short(case) for case in cases):
                cases, measured_gradients = _with_gradients(start, parts[0], cases), True
            patients += [Patient(end.member, case.head, case) for case in cases]
        return verdict(patients)

    def _parts(self, start: MemberStart) -> list[MemberRows]:
        """Return the training and the validation rows of a member that are examined."""
        if self._arrays is None:
            return []
        numbers = (start.train_rows, start.valid_rows)
        return [rows_of_member(self._arrays, of_part, start.member) for of_part in numbers]

    def _judge_broken(self) -> list[Finding]:
        """Judge a training that ended because its loss was no number."""
        patients = []
        for (member, head), before in self._before.items():
            history = history_of_head(self._history.get(member, []), head)
            logs = {name: np.append(values, np.nan) for name, values in history.logs.items()}
            rates = np.append(history.rates, before.objective.learning_rate)
            plan = replace(before.plan, epochs=len(rates), finished=True)
            patients.append(Patient(member, head, replace(before, history=History(logs, rates), plan=plan)))
        return verdict(patients)

    def _receive(self, record: ProbeRecord) -> None:
        """Record the vitals of a step, and warn of a layer that is dead."""
        with self._guarded("layers and gradients"):
            layers, self._inside = layers_of_step(record.values), True
            self._record(VitalsRecord(record.member, record.epoch, record.step, layers))
            self._warn_once(dead_layers(layers, record.step))

    def _receive_epoch(self, epoch_probe: EpochProbe, record: ProbeRecord) -> None:
        """Record how a network tells validation rows apart; its layers too, while nothing probes steps."""
        with self._guarded("validation rows"):
            vitals, separation = epoch_probe.examine(record)
            if not self._inside:
                self._record(vitals)
            if separation.heads:
                self._separate(separation)

    def _warn_once(self, findings: Iterable[Finding]) -> None:
        """Warn of each cause once."""
        for finding in findings:
            if finding.severity in {"FAIL", "WARN"} and finding.cause not in self._warned:
                self._warned.add(finding.cause)
                self._warn(finding)

    def _probe_rows(self) -> Callable[[int], npt.NDArray[np.integer]]:
        count = min(_PROBE, *(len(start.train_rows) for start in self._starts.values()))

        def rows(member: int) -> npt.NDArray[np.integer]:
            numbers = self._starts[member].train_rows
            return np.asarray(numbers[np.linspace(0, len(numbers) - 1, count).astype(int)])

        return rows


def _with_gradients(start: MemberStart, rows: MemberRows, cases: Sequence[Case]) -> list[Case]:
    """Measure the gradients of a network that does worse than it could."""
    learned = {head: start.objective[head] for head in _learned(start)}
    gradients = head_gradients(start.model, learned, rows.inputs, rows.values, rows.weights)
    names = [{layer.name for layer in case.architecture.layers} for case in cases]
    return [with_gradients(case, gradients, frozenset(names[0].intersection(*names))) for case in cases]


def _learned(start: MemberStart) -> list[str]:
    """Return the heads that are learned."""
    return [head for head, objective in start.objective.items() if objective.loss_weight]
