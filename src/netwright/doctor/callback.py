"""The doctor as a Keras callback."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from netwright.doctor._batch_recorder import BatchRecorder
from netwright.doctor._fail_safe import FailSafe
from netwright.doctor._fit_arguments import FitArguments, backwards, fit_arguments
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case, History, LayerVitals, Plan, Vitals
from netwright.doctor.diagnosis import diagnose_heads
from netwright.doctor.examination import case_before, not_measured
from netwright.doctor.head_cases import heads_after, heads_before, with_skill
from netwright.doctor.quantities.head_gradients import HeadGradients, with_gradients
from netwright.doctor.quantities.objective import learning_rate_of
from netwright.doctor.quantities.pairing import class_for_all, mixes_rows, upside_down
from netwright.doctor.quantities.rows import rows_of
from netwright.doctor.quantities.vitals import Examiner, weights_of
from netwright.finding import Finding

__all__ = ["DoctorCallback"]

_SHARE = 0.01  # of the time of the training, beside one examination before and one after it
_BATCH = 32  # Keras's own
_SMALL = 8  # rows of a batch whose noise may be too large


class DoctorCallback(FailSafe, keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Watches a training without touching it, and says afterwards what is wrong, why, and what to do.

    Weights and random numbers are the same with and without it. It examines a few of the rows before the training,
    after it, and in between as long as that takes less than 1% of the time. Whatever goes wrong within it becomes a
    finding of severity NOTE.

    Args:
        x: training inputs; None to take those of ``fit``.
        y: training targets; None to take those of ``fit``.
        sample_weight: weights of the rows; None to take those of ``fit``.
        validation_data: as for ``fit``; None to take those of ``fit``.

    Example:
        >>> import numpy as np
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(loss="binary_crossentropy")
        >>> doctor = DoctorCallback()
        >>> _ = model.fit(np.arange(8.0)[:, None], np.arange(8) % 2, verbose=0, callbacks=[doctor])
        >>> doctor.findings[0].cause
        'The output activation is wrong.'
    """

    def __init__(
        self,
        *,
        x: Any = None,  # noqa: ANN401
        y: Any = None,  # noqa: ANN401
        sample_weight: Any = None,  # noqa: ANN401
        validation_data: Any = None,  # noqa: ANN401
    ) -> None:
        super().__init__()
        self._arguments = FitArguments(x, y, sample_weight, validation_data)
        self._clear()

    def _clear(self) -> None:
        self.seconds = 0.0
        self._case = Case()
        self._heads: dict[str, Case] = {}
        self._judged: list[Case] = []
        self._notes: list[Finding] = []
        self._findings: list[Finding] | None = None
        self._logs: dict[str, list[float]] = {}
        self._rates: list[float] = []
        self._batch_size = 0
        self._shuffle, self._repeats = True, False
        self._examiner: Examiner | None = None
        self._recorder: BatchRecorder | None = None
        self._start: dict[str, dict[str, Any]] = {}
        self._began = time.perf_counter()
        self._last = 0.0

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what belongs to a training that goes on: a launcher may send the callback elsewhere."""
        left_out = {"_model", "_examiner", "_recorder"}
        return {key: None if key in left_out else value for key, value in vars(self).items()}

    @property
    def findings(self) -> list[Finding]:
        """What was found, most likely cause first; after an interrupted training, what is known of it."""
        if self._findings is None:
            with self._guarded("the verdict"):
                self._findings = diagnose_heads(self.cases)
        return [*(self._findings or ()), *self._notes]

    @property
    def case(self) -> Case:
        """What was measured; of several heads, the first."""
        return self.cases[0]

    @property
    def cases(self) -> list[Case]:
        """What was measured of each head."""
        return self._judged or heads_after(self._heads, replace(self._case, history=self._training_history()))

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002  # Keras's interface
        """Examine the model and the rows before the training."""
        self._clear()
        with self._guarded("the model before the training"):
            arguments = fit_arguments(self.model)
            x, y, weight = self._arguments.x, self._arguments.y, self._arguments.sample_weight
            if x is None:
                x, y, weight = arguments.x, arguments.y, arguments.sample_weight
            validation_data = (
                self._arguments.validation_data
                if self._arguments.validation_data is not None
                else arguments.validation_data
            )
            self._batch_size = arguments.batch_size or 0
            self._shuffle = arguments.shuffle is not False
            self._build(x)
            self._case, notes = case_before(
                self.model, x, y, weight, validation_data, class_weight=arguments.class_weight
            )
            self._start = weights_of(self.model) if self.model.built else {}
            if self._case.rows is None and x is not None and not hasattr(x, "__array__"):
                self._recorder = BatchRecorder(self.model)
            else:
                self._notes += notes
            self._heads = heads_before(self.model, self._case)
        self._plan(finished=False)
        if self._case.rows is not None and self.model.built:
            self._examine(epoch=0, all_rows=False)

    def _build(self, x: Any) -> None:  # noqa: ANN401
        """Build a sequential model as the first step would: its initialisers have their seeds already."""
        if not self.model.built and isinstance(self.model, keras.Sequential) and isinstance(x, np.ndarray):
            self.model.build((None, *x.shape[1:]))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Record the losses, and examine the model where there is time for it."""
        began = time.perf_counter()
        for name, value in (logs or {}).items():
            if isinstance(value, int | float | np.number):
                self._logs.setdefault(name, []).append(float(value))
        self._rates.append(learning_rate_of(self.model))
        self._take_recorded_rows()
        self._plan(finished=False)
        self.seconds += time.perf_counter() - began
        if self.seconds + self._last < _SHARE * (time.perf_counter() - self._began):
            self._examine(epoch=len(self._rates), all_rows=False)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Examine the trained model, and come to the verdict."""
        self._take_recorded_rows()
        self._plan(finished=True)
        self._examine(epoch=len(self._rates), all_rows=True)
        with self._guarded("the verdict"):
            self._case = replace(self._case, history=self._training_history())
            cases = [with_skill(case) for case in heads_after(self._heads, self._case)]
            cases = self._with_gradients(self._with_pairing(cases))
            self._judged, self._findings = cases, diagnose_heads(cases)
        self._examiner = None

    def _with_gradients(self, cases: list[Case]) -> list[Case]:
        """Measure the gradients of a network that does worse than it could, where they may be the reason."""
        any_short = any(falls_short(case) for case in cases)
        if self._examiner is None or not any_short or (len(cases) < 2 and self._case.plan.batch_size > _SMALL):
            return cases
        gradients: dict[str, HeadGradients] = {}
        with self._guarded("the gradients of heads"):
            gradients = self._examiner.gradients()
        if not gradients:
            return cases
        shared = frozenset.intersection(
            *(frozenset(layer.name for layer in case.architecture.layers) for case in cases)
        )
        return [with_gradients(case, gradients, shared) for case in cases]

    def _with_pairing(self, cases: list[Case]) -> list[Case]:
        """Measure what a custom loss wants, where the network does worse than it could."""
        objective, rows, last = self._case.objective, self._case.rows, (self._case.vitals or (None,))[-1]
        if rows is None or last is None or last.outputs is None or rows.raw is None or len(cases) > 1:
            return cases
        is_custom = objective.loss == "custom" and not objective.own_step
        if not is_custom or not falls_short(cases[0]) or not isinstance(rows.raw[1], np.ndarray):
            return cases
        with self._guarded("what the loss wants"):
            if rows.target is not None and last.outputs.shape == rows.target.shape:
                objective = replace(objective, upside_down=upside_down(self.model, rows.raw[1]))
            if last.outputs.shape[1] == 1:
                objective = replace(objective, mixes_rows=mixes_rows(self.model, rows.raw[1]))
                objective = replace(objective, class_for_all=class_for_all(self.model, rows.raw[1]))
        return [replace(cases[0], objective=objective)]

    def _take_recorded_rows(self) -> None:
        """Take the rows that went by in the first epoch."""
        if self._recorder is None:
            return
        with self._guarded("the rows of the generator"):
            self._recorder.close()
            x, y, weight = self._recorder.rows()
            self._batch_size, self._repeats = self._recorder.batch_size, self._recorder.repeats
            self._shuffle = False  # fit takes such batches as they come
            self._recorder = None
            tokens = any(layer.kind == "Embedding" for layer in self._case.architecture.layers)
            rows = rows_of(x, y, weight, tokens=tokens)
            if rows is None:
                reason = (
                    "they could not be read on their way into the training; give some as DoctorCallback(x=..., y=...)"
                )
                self._notes.append(not_measured("the rows", reason))
                return
            self._case = replace(self._case, rows=replace(rows, total=len(rows) if self._repeats else 0))
            self._heads = heads_before(self.model, self._case)

    def _plan(self, *, finished: bool) -> None:
        rows, params = self._case.rows, self.params or {}
        batch = self._batch_size or _BATCH
        steps = params.get("steps") or (-(-rows.total // batch) if rows is not None and rows.total else 0)
        batch = min(batch, rows.total) if rows and rows.total else batch
        seconds = time.perf_counter() - self._began
        plan = Plan(len(self._rates), steps, batch, finished, self._shuffle, self._repeats, seconds=seconds)
        if finished:
            with self._guarded("the callbacks"):
                arguments = fit_arguments(self.model)
                planned, wrong_way = arguments.epochs or 0, backwards(self.model, arguments.callbacks)
                plan = replace(plan, planned=planned, backwards=wrong_way)
        self._case = replace(self._case, plan=plan)

    def _examine(self, *, epoch: int, all_rows: bool) -> None:
        rows = self._case.rows
        began = time.perf_counter()
        with self._guarded("layers, gradients and outputs"):
            if rows is None or rows.target is None or not self.model.compiled:
                return
            if self._examiner is None:
                self._examiner = Examiner(self.model, self._case.architecture, rows, self._case.validation)
            vitals = self._examiner.examine(epoch, all_rows=all_rows)
            self._case = replace(self._case, architecture=self._examiner.architecture)
            self._add(self._since(vitals))
        self._last = time.perf_counter() - began

    def _add(self, vitals: Vitals) -> None:
        before = tuple(earlier for earlier in self._case.vitals if earlier.epoch != vitals.epoch)
        self._case = replace(self._case, vitals=(*before, vitals))

    def _since(self, vitals: Vitals) -> Vitals:
        """Add how far the weights have moved since the training began."""
        weights = self._examiner.weights if self._examiner is not None else {}

        def moved(layer: LayerVitals) -> LayerVitals:
            before, after = self._start.get(layer.name, {}), weights.get(layer.name, {})
            squares = [float(((new - before[path]) ** 2).sum()) for path, new in after.items() if path in before]
            return replace(layer, moved=float(np.sqrt(sum(squares)))) if squares else layer

        return replace(vitals, layers=tuple(moved(layer) for layer in vitals.layers))

    def _training_history(self) -> History:
        return History({name: np.array(values) for name, values in self._logs.items()}, np.array(self._rates))
