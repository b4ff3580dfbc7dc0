"""A probe of a network between two epochs: its outputs for validation rows, and how its weights are spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from netwright.doctor.engine_case import HeadOutputs, MemberRows, rows_of_member
from netwright.doctor.quantities.engine_forward import EngineForward, ForwardOutputs
from netwright.doctor.separation_record import SeparationRecord
from netwright.doctor.vitals_record import VitalsRecord
from netwright.errors import DataError
from netwright.metrics import Separation, class_separation
from netwright.tasks import task_of
from netwright.training import HeadObjective, Probe, ProbeRecord, StartRecord, StepView

__all__ = ["EpochProbe"]

_ROWS = 2_000  # of validation: an efficiency of a half is then known to one or two percent
_AFTER = 5.0  # seconds; nothing is compiled that the examination at the end does not need
_SHARE = 0.005  # of the time


class EpochProbe:
    """Runs the networks of a training on the same validation rows at the end of epochs.

    It is the function that runs them after the training as well: what is compiled here is not compiled then.

    Args:
        forward: runs networks.
        start: of the training.
    """

    def __init__(self, forward: EngineForward, start: StartRecord) -> None:
        self._forward, self._arrays = forward, start.arrays
        self._starts = {member.member: member for member in start.members}
        self._rows: dict[int, MemberRows] = {}

    def probe(self, receive: Callable[[ProbeRecord], None]) -> Probe:
        """Return what hands out all values of a network before the first step of an epoch, which computes nothing.

        Args:
            receive: called with them.

        Returns:
            The probe.
        """
        return Probe(_values, receive, every=None, time_share=_SHARE, after=_AFTER)

    def examine(self, record: ProbeRecord) -> tuple[VitalsRecord, SeparationRecord]:
        """Run a network.

        Args:
            record: of the probe.

        Returns:
            Its layers, and how it tells classes apart, at the end of the epoch before.
        """
        start = self._starts[record.member]
        if start.member not in self._rows:
            numbers = start.valid_rows
            self._rows[start.member] = rows_of_member(self._arrays, numbers, start.member, _ROWS, measured=True)
        rows = self._rows[start.member]
        outputs = self._forward.run(start.model, rows.inputs, record.values)
        when = (record.member, record.epoch - 1, record.step - 1)
        heads = _separations(start.objective, rows, outputs)
        return VitalsRecord(*when, outputs.layers), SeparationRecord(*when, heads)


def _values(step: StepView) -> tuple[Any, Any]:
    return step.state.trainable, step.state.other


def _separations(
    objective: Mapping[str, HeadObjective], rows: MemberRows, outputs: ForwardOutputs
) -> dict[str, Separation]:
    separations = {}
    for head, head_objective in objective.items():
        task = task_of(head_objective.target)
        if task.signal_score is None or not head_objective.loss_weight:
            continue
        head_outputs = HeadOutputs(head, rows, outputs)
        activation = keras.activations.get(task.output(head_objective.target).activation)
        scores = np.asarray(activation(head_outputs.outputs.astype(np.float32)), np.float64)
        signal = list(head_objective.target.labels).index(head_objective.target.signal_name)
        try:
            separations[head] = class_separation(
                rows.values[head][head_outputs.counts] == signal,
                task.signal_score(head_objective.target, scores[:, 0] if scores.shape[1] == 1 else scores),
                rows.weights[head][head_outputs.counts],
            )
        except DataError:  # a class has no rows among these, or its weights cancel
            continue
    return separations
