"""Healthy trainings of wide variety: a good doctor has nothing to say about any of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from faultbench.faults.fault import Edit
from faultbench.programs import Program, with_data, with_fit, with_head, with_network
from faultbench.tasks import DEVELOPMENT, MORE_TASKS, Style, healthy

__all__ = ["VARIATIONS", "Healthy", "healthy_trainings"]


@dataclass(frozen=True)
class Healthy:
    """One healthy training: what is special about it, its task, style and program."""

    variation: str
    task: str
    style: Style
    program: Program

    @property
    def development(self) -> bool:
        """Whether the doctor may be developed on it."""
        return self.task in (*DEVELOPMENT, "hard")

    @property
    def name(self) -> str:
        """Variation, task, style and seed."""
        return f"{self.variation} / {self.task} / {self.style} / {self.program.seed}"


def _network(**values: object) -> Edit:
    return lambda program: with_network(program, **values)


def _fit(**values: object) -> Edit:
    return lambda program: with_fit(program, **values)


def _data(**values: object) -> Edit:
    return lambda program: with_data(program, **values)


def _both(*edits: Edit) -> Edit:
    def edit(program: Program) -> Program:
        for one in edits:
            program = one(program)
        return program

    return edit


def _more_epochs(times: float) -> Edit:
    return lambda program: with_fit(program, epochs=round(times * program.fit.epochs))


def _logits(program: Program) -> Program:
    return with_head(program, 0, activation=None, from_logits=True)


def _two_units(program: Program) -> Program:
    return with_head(program, 0, kind="classes", units=2, activation="softmax", loss="sparse_categorical_crossentropy")


def _loss(name: str) -> Edit:
    return lambda program: with_head(program, len(program.heads) - 1, loss=name)


def _brier(program: Program) -> Program:
    return with_head(program, 0, loss="mean_squared_error")


def _one_hot(program: Program) -> Program:
    return with_head(program, 0, loss="categorical_crossentropy")


def _balanced(kind: str) -> Edit:
    return _both(lambda p: with_data(p, changes=(*p.data.changes, "rare class"), rows=4000), _fit(balanced=kind))


def _softplus_output(program: Program) -> Program:
    return with_head(program, 0, activation="softplus")


SOME: Final = ("binary", "mass", "multiclass", "jets")
TWO: Final = ("binary", "multiclass")
REGRESSION: Final = ("mass", "noisy", "sine")
WIDE: Final = ("binary", "mass", "multiclass", "jets", "hard", "noisy", "circles")
EVERY: Final = (*WIDE, "xor", "flowers", "sine", *MORE_TASKS)
_SGD: Final = _fit(optimizer="SGD", rate=0.05, momentum=0.9)
_SELU: Final = _network(activation="selu", kernel="lecun_normal")
_NORM: Final = _network(batch_norm=True)
_MANY_ROWS: Final = _both(_data(rows=20000), _fit(epochs=1, rate=3e-3, schedule="constant", batch=None))
_STOPPED: Final = _fit(patience=5, epochs=60, validation="data", schedule="constant")
_STRONG: Final = _both(_network(l2=3e-3, dropout=0.2, widths=(128, 128)), _more_epochs(1.5))

VARIATIONS: Final[Mapping[str, tuple[Edit, tuple[str, ...]]]] = MappingProxyType(
    {
        "as it is": (lambda program: program, EVERY),
        "SGD with momentum": (_SGD, ("binary", "mass", "multiclass", "jets", "hard", "circles")),
        "SGD, large rate, no momentum": (_both(_fit(optimizer="SGD", rate=0.2), _more_epochs(2)), TWO),
        "RMSprop": (_fit(optimizer="RMSprop"), (*WIDE, *MORE_TASKS)),
        "Nadam": (_fit(optimizer="Nadam"), SOME),
        "AdamW": (_fit(optimizer="AdamW"), WIDE),
        "Adagrad": (_both(_fit(optimizer="Adagrad", rate=0.1), _more_epochs(1.5)), SOME),
        "Adamax": (_both(_fit(optimizer="Adamax", rate=3e-3), _more_epochs(1.5)), ("binary", "mass")),
        "Lion": (_fit(optimizer="Lion", rate=3e-4), ("binary", "multiclass", "jets")),
        "Adam at 0.01": (_fit(rate=0.01, batch=128), ("binary", "mass", "multiclass", "circles")),
        "Adam at 0.02, cosine": (_fit(rate=0.015, batch=128, schedule="cosine"), ("binary", "mass", "jets")),
        "Adam at 3e-4, long": (_both(_fit(rate=3e-4), _more_epochs(3)), ("binary", "multiclass", "mass")),
        "tanh": (
            _network(activation="tanh", kernel="glorot_uniform"),
            ("binary", "mass", "multiclass", "hard", *MORE_TASKS),
        ),
        "elu": (_network(activation="elu"), SOME),
        "gelu": (_network(activation="gelu"), ("binary", "mass")),
        "swish": (_network(activation="swish"), ("binary", "multiclass", "jets")),
        "mish": (_network(activation="mish"), ("multiclass", "mass")),
        "leaky relu": (_network(activation="leaky_relu"), ("binary", "jets")),
        "softplus": (_both(_network(activation="softplus"), _fit(rate=5e-3)), ("binary", "mass")),
        "two layers of sigmoids": (
            _both(_network(activation="sigmoid", kernel="glorot_uniform"), _fit(rate=0.01), _more_epochs(2)),
            ("binary", "multiclass", "mass"),
        ),
        "SELU with LeCun": (_SELU, SOME),
        "deep SELU": (_both(_SELU, _network(widths=(24,) * 6)), ("binary", "jets")),
        "SELU, AlphaDropout": (_both(_SELU, _network(dropout=0.05, dropout_layer="AlphaDropout")), TWO),
        "narrow": (_both(_network(widths=(12,)), _more_epochs(2)), ("binary", "mass", "hard", "flowers", "circles")),
        "wide": (_both(_network(widths=(256,)), _more_epochs(0.7)), ("binary", "jets", "mass")),
        "four layers": (_both(_network(widths=(24,) * 4, kernel="he_normal"), _more_epochs(0.8)), SOME),
        "eight layers": (_both(_network(widths=(24,) * 8, kernel="he_normal"), _more_epochs(0.8)), ("binary", "mass")),
        "residual": (
            _both(_network(widths=(32,) * 5, residual=True, form="functional"), _more_epochs(0.6)),
            ("binary", "mass", "multiclass"),
        ),
        "bottleneck": (_network(widths=(32, 6, 32)), ("binary", "mass", "circles")),
        "no hidden layer": (_network(widths=()), ("hard", "noisy", "flowers")),
        "batch normalisation": (_NORM, ("binary", "mass", "multiclass", "jets", "circles")),
        "batch normalisation, dropout": (_both(_NORM, _network(dropout=0.1)), ("binary", "multiclass")),
        "dropout": (_both(_network(dropout=0.2, widths=(64, 64)), _more_epochs(2)), ("binary", "multiclass", "jets")),
        "dropout of a half": (_both(_network(dropout=0.5, widths=(256,)), _more_epochs(2)), ("binary", "multiclass")),
        "L2": (_both(_network(l2=1e-3), _more_epochs(1.3)), (*WIDE, *MORE_TASKS)),
        "L1": (_both(_network(l1=1e-4), _more_epochs(1.3)), ("binary", "multiclass", "mass")),
        "strong regularisation that works": (_STRONG, ("binary", "multiclass")),
        "small batches": (_both(_fit(batch=8), _more_epochs(0.5)), ("binary", "mass", "hard")),
        "large batches": (_both(_fit(batch=250, rate=5e-3), _more_epochs(1.5)), ("binary", "mass", "multiclass")),
        "all rows a step": (_both(_fit(batch=5000, rate=0.01), _more_epochs(15)), ("binary", "mass", "circles")),
        "cosine": (_fit(schedule="cosine", rate=3e-3), SOME),
        "warm restarts": (_both(_fit(schedule="warm restarts", rate=3e-3), _more_epochs(1.4)), SOME),
        "warm-up": (_fit(schedule="warm-up", rate=3e-3), ("binary", "mass", "jets")),
        "step decay": (_fit(schedule="step decay", rate=3e-3), ("binary", "multiclass")),
        "early stopping": (_STOPPED, ("binary", "mass", "multiclass", "jets", "hard", "noisy", "circles", *MORE_TASKS)),
        "clipped at 1": (_fit(clipnorm=1.0), ("binary", "mass", "multiclass")),
        "one epoch of many rows": (_MANY_ROWS, ("binary", "mass", "multiclass", "hard", "noisy")),
        "converged long ago": (
            _both(_network(widths=(16,), l2=1e-4), _data(rows=6000), _more_epochs(4)),
            ("binary", "mass", "hard"),
        ),
        "converged long ago, few rows": (_more_epochs(3), ("xor", "flowers", "sine")),
        "class weights": (_balanced("class weights"), ("binary", "multiclass")),
        "sample weights": (_balanced("sample weights"), ("binary", "multiclass")),
        "sorted rows, shuffled by fit": (
            _both(_data(changes=("sorted rows",)), _fit(validation="data")),
            ("binary", "mass"),
        ),
        "standardised by hand": (
            _both(_data(feature_units="raw", changes=("standardised",)), _network(scaling=False)),
            ("binary", "mass", "multiclass", "jets", "hard"),
        ),
        "a column of noise": (_data(changes=("useless column",)), ("binary", "mass", "hard")),
        "logits": (_logits, ("binary", "multiclass", "hard", "circles", "xor")),
        "two units with softmax": (_two_units, ("binary", "circles", "hard")),
        "Brier score as loss": (_both(_brier, _more_epochs(1.3)), ("binary", "circles", "xor")),
        "one-hot targets": (_one_hot, ("multiclass",)),
        "absolute error": (_loss("mean_absolute_error"), ("mass", "sine", "jets")),
        "Huber loss": (_loss("huber"), REGRESSION),
        "positive output": (_softplus_output, ("mass",)),
        "no metrics": (_fit(metrics=()), ("binary", "mass")),
        "no validation": (
            _fit(validation="none"),
            ("binary", "mass", "multiclass", "jets", "circles", "sine", *MORE_TASKS),
        ),
        "subclassed": (_network(form="subclassed"), ("binary", "mass", "multiclass")),
        "sequential without input": (_network(form="sequential without input"), ("binary", "mass", "flowers")),
        "few rows": (_data(rows=80), ("circles", "flowers", "sine")),
        "xor with sigmoids": (
            _both(_network(activation="sigmoid", widths=(8,)), _fit(rate=0.1, epochs=400)),
            ("xor",),
        ),
        "xor with sixteen relu": (_both(_network(activation="relu", widths=(32,)), _fit(epochs=100)), ("xor",)),
        "xor by SGD": (_fit(optimizer="SGD", rate=0.5, momentum=0.9, epochs=300), ("xor",)),
    }
)  # fmt: skip


def healthy_trainings() -> Iterator[Healthy]:
    """Make every healthy training, scripts and careful programs in turn.

    Yields:
        The trainings; which of them reach what a simple model reaches is measured, not believed.
    """
    for number, (variation, (edit, tasks)) in enumerate(VARIATIONS.items()):
        for place, task in enumerate(tasks):
            small = task in ("xor", "circles", "flowers", "sine", "hard", "noisy", *MORE_TASKS)
            style: Style = "script" if small or (number + place) % 2 == 0 else "careful"
            program = edit(healthy(task, style, 100 + number % 7))
            if program.network.form == "sequential without input":
                program = replace(program, network=replace(program.network, scaling=False))
            yield Healthy(variation, task, style, program)
