"""The doctor of the engine on trainings of netwright: false alarms, faults found, and what it costs.

    python benchmarks/engine_doctor.py healthy     # each line: what was trained, and the verdict
    python benchmarks/engine_doctor.py faulty      # the same for faults of an experiment file, with the cause expected
    python benchmarks/engine_doctor.py cost        # seconds of trainings with and without it, in turn

`cost` trains the network of the seed (800 inputs, 5 layers of 128) and a small one (10 inputs, 3 layers of 64).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import netwright as nw
from netwright.config import Experiment
from netwright.data import Dataset, Source, describe_folds, prepare
from netwright.doctor import Doctor, likeliest
from netwright.errors import NonFiniteLossError
from netwright.finding import Finding
from netwright.training import Hooks, Observer, train_members
from netwright.workflow.members.prepare import member_arrays, members_of_division, prepare_member

Columns = dict[str, Any]

BINARY = {"y": {"kind": "binary", "column": "y"}}
MASS = {"m": {"kind": "regression", "column": "m"}}
BALANCED = {"y": {"kind": "binary", "column": "y", "classes": {"b": 0, "s": 1}, "balance": "weights"}}
CLASSES = {"k": {"kind": "multiclass", "column": "k", "classes": {"a": 0, "b": 1, "c": 2}}}


def columns(name: str, rows: int, seed: int) -> Columns:
    """Draw rows of one of the problems."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 6))
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(int)
    if name == "hard":  # an AUC of about 0.6
        y = (0.4 * x[:, 0] + random.normal(size=rows) > 0).astype(int)
    if name == "noise":
        y = (0.1 * x[:, 0] + random.normal(size=rows) > 0).astype(int)
    if name == "rare":
        y = (x[:, 0] + 0.5 * x[:, 1] > 1.9).astype(int)
    if name == "units":  # of very different scales, with a heavy tail
        x = x * [1e-3, 1.0, 100.0, 1e4, 1.0, 1.0] + [0.0, 0.0, 300.0, 0.0, 0.0, 0.0]
        x[:, 4] = np.exp(2 * x[:, 4])
    mass = 91 + 10 * np.tanh(x[:, 0]) * x[:, 1] + 5 * x[:, 2] + random.normal(size=rows)
    k = np.argmax(np.stack([x[:, 0], x[:, 1] ** 2 - 1, x[:, 2]], axis=1) + 0.3 * random.normal(size=(rows, 3)), axis=1)
    weights = random.uniform(0.5, 1.5, rows) * np.where(random.uniform(size=rows) < 0.15, -1, 1)
    return {**{f"x{n}": x[:, n] for n in range(6)}, "y": y, "m": mass, "k": k, "w": weights}


@dataclass(frozen=True)
class Program:
    """One training.

    Attributes:
        problem: of `columns`.
        rows: how many.
        sections: of the experiment, beside data and inputs.
        cause: that should be found; empty for a healthy one.
        weighted: whether events have weights, some of them negative.
    """

    problem: str = "plain"
    rows: int = 2000
    sections: dict[str, Any] = field(default_factory=dict)
    cause: tuple[str, ...] = ()
    weighted: bool = False


def body(**changes: object) -> dict[str, Any]:
    """Return a model section."""
    return {"body": {"kind": "dense", "units": [32, 32], **changes}}


def training(**changes: object) -> dict[str, Any]:
    """Return a training section."""
    return {"epochs": 30, "batch_size": 64, **changes}


HEALTHY = {
    "defaults": Program(),
    "few rows": Program(rows=150),
    "very few rows": Program(rows=60),
    "hard": Program("hard", 4000),
    "noise": Program("noise", 4000),
    "rare, balanced": Program("rare", 3000, {"targets": BALANCED}),
    "units": Program("units", 3000),
    "negative weights": Program(rows=4000, weighted=True),
    "mass": Program(sections={"targets": MASS, "training": training(epochs=60)}),
    "classes": Program(sections={"targets": CLASSES}),
    "two heads": Program(
        sections={"targets": {**BINARY, "m": {**MASS["m"], "loss_weight": 0.1}}, "training": training(epochs=60)}
    ),
    "selu": Program(sections={"model": body(activation="selu", dropout=0.1)}),
    "tanh": Program(sections={"model": body(activation="tanh")}),
    "batch normalisation": Program(sections={"model": body(batch_normalisation="before")}),
    "dropout": Program(sections={"model": body(units=[64, 64], dropout=0.4), "training": training(epochs=60)}),
    "l2": Program(sections={"model": body(l2=1e-3)}),
    "residual": Program(sections={"model": {"body": {"kind": "residual", "units": [32] * 6}}}),
    "densely connected": Program(sections={"model": {"body": {"kind": "densely-connected", "units": [16] * 4}}}),
    "momentum": Program(sections={"training": training(optimizer={"kind": "momentum"}, learning_rate=0.03)}),
    "sgd": Program(sections={"training": training(optimizer={"kind": "sgd"}, learning_rate=0.1, epochs=60)}),
    "rmsprop": Program(sections={"training": training(optimizer={"kind": "rmsprop"})}),
    "cosine": Program(sections={"training": training(schedule={"kind": "cosine"}, learning_rate=0.003)}),
    "converged long ago": Program(sections={"training": training(epochs=200, early_stopping={"patience": 300})}),
    "large batch": Program(rows=6000, sections={"training": training(batch_size=512, epochs=100, learning_rate=0.003)}),
    "quantiles": Program(
        "units",
        3000,
        {"inputs": {"x": {"kind": "numeric", "columns": [f"x{n}" for n in range(6)], "scaling": "quantiles"}}},
    ),
    "ensemble": Program(sections={"ensemble": {"members": 4}}),
    "bagging": Program(sections={"ensemble": {"members": 3, "bagging": True}}),
    "folds": Program(sections={"split": {"kind": "cross", "folds": 4}}),
    "folds of few rows": Program(
        rows=200, sections={"split": {"kind": "cross", "folds": 4}, "training": training(epochs=150)}
    ),
}

FAULTY = {
    "rate too high": Program(
        sections={"training": training(learning_rate=3.0)}, cause=("The learning rate is too high.",)
    ),
    "rate too low": Program(
        sections={"training": training(learning_rate=1e-6)}, cause=("The learning rate is too low.",)
    ),
    "one epoch": Program(sections={"training": training(epochs=1)}, cause=("There are too few epochs.",)),
    "linear": Program(sections={"model": body(activation="linear")}, cause=("Hidden layers have no activation.",)),
    "six sigmoids": Program(
        sections={"model": body(units=[32] * 6, activation="sigmoid")}, cause=("The hidden activation is unsuitable.",)
    ),
    "l2 of 1": Program(sections={"model": body(l2=1.0)}, cause=("The regularisation is too strong.",)),
    "dropout 0.9": Program(sections={"model": body(dropout=0.9)}, cause=("The regularisation is too strong.",)),
    "clipped": Program(
        sections={"training": training(clip_norm=1e-5, optimizer={"kind": "sgd"})},
        cause=("The gradients are clipped too hard.",),
    ),
    "one unit": Program(sections={"model": body(units=[1, 1])}, cause=("The network is too small.",)),
    "rare": Program(
        "rare",
        3000,
        {"model": body(units=[4]), "training": training(epochs=4)},
        cause=("The classes are imbalanced.", "There are too few epochs."),
    ),
    "rate falls at once": Program(
        sections={"training": training(schedule={"kind": "exponential", "factor": 0.1, "steps": 20})},
        cause=("The learning rate falls too early.",),
    ),
    "drowned head": Program(
        sections={"targets": {**BINARY, "m": {**MASS["m"], "loss_weight": 1e-6}}},
        cause=("Another head drowns this one.",),
    ),
}


def experiment_of(program: Program) -> Experiment:
    """Return the experiment of a program."""
    return nw.parse_experiment(
        {
            "data": {"files": ["toy.npz"], **({"weight": "w"} if program.weighted else {})},
            "inputs": {"x": {"kind": "numeric", "columns": [f"x{n}" for n in range(6)]}},
            "targets": BINARY,
            "model": body(),
            "training": training(),
        }
        | program.sections
    )


def train(experiment: Experiment, drawn: Columns, observers: tuple[Observer, ...]) -> float:
    """Train all members of an experiment on columns; return the seconds that the training took."""
    table = pa.table(drawn)
    dataset = Dataset(table, (Source(Path("toy.npz"), table.num_rows),))
    rows = prepare(dataset, experiment)
    division = nw.divide_rows(dataset, rows, experiment)
    descriptions = describe_folds(rows, division, experiment, name_row=dataset.locate)
    members = members_of_division(experiment, rows, division)
    prepared = [prepare_member(member, rows, descriptions[member.fold]) for member in members]
    arrays = member_arrays(members, rows)
    began = time.perf_counter()
    train_members(prepared, arrays, Hooks(observers))
    for observer in observers:
        if isinstance(observer, Doctor):
            _ = observer.findings
    return time.perf_counter() - began


def verdict_on(program: Program, seed: int) -> tuple[Finding | None, list[Finding]]:
    """Train a program; return what the doctor says first, and its warnings."""
    warnings: list[Finding] = []
    doctor = Doctor(warn=warnings.append)
    experiment = experiment_of(program)
    experiment = experiment.model_copy(update={"training": experiment.training.model_copy(update={"seed": seed + 1})})
    with suppress(NonFiniteLossError):
        train(experiment, columns(program.problem, program.rows, seed), (doctor,))
    return likeliest(doctor.findings), warnings


def show(programs: dict[str, Program], seeds: int, only: list[str]) -> Iterator[str]:
    """Yield a line for each training, and a last one with the sums."""
    right = count = 0
    for name, program in programs.items():
        for seed in range(seeds):
            if only and name not in only:
                continue
            finding, warnings = verdict_on(program, seed)
            alarm = finding is not None and finding.severity in {"FAIL", "WARN"}
            good = (
                (finding is not None and finding.cause in program.cause)
                if program.cause
                else not alarm and not warnings
            )
            right, count = right + good, count + 1
            text = "nothing" if finding is None else f"{finding.severity} {finding.cause} {finding.evidence}"
            yield f"{'right' if good else 'WRONG'} | {name} | {seed} | {text}" + "".join(
                f" | warned: {warning.cause}" for warning in warnings
            )
    yield f"{right} of {count} right"


SIZES = {"seed": (800, [128] * 5, 20_000, 256), "small": (10, [64] * 3, 20_000, 256)}


def cost(names: list[str], repeats: int, epochs: int) -> Iterator[str]:
    """Yield the time of trainings with and without the doctor."""
    random = np.random.default_rng(0)
    for name in names or SIZES:
        inputs, units, rows, batch = SIZES[name]
        x = random.normal(size=(rows, inputs)).astype(np.float32)
        drawn = {f"x{n}": x[:, n] for n in range(inputs)} | {"y": (x[:, 0] + random.normal(size=rows) > 0).astype(int)}
        sections = {
            "data": {"files": ["toy.npz"]},
            "inputs": {"x": {"kind": "numeric", "columns": [f"x{n}" for n in range(inputs)]}},
            "targets": BINARY,
            "model": {"body": {"kind": "dense", "units": units}},
            "training": {"epochs": epochs, "batch_size": batch, "early_stopping": {"patience": epochs}},
        }
        experiment = nw.parse_experiment(sections)
        train(
            experiment.model_copy(update={"training": experiment.training.model_copy(update={"epochs": 1})}), drawn, ()
        )
        for _ in range(repeats):
            looks: list[object] = []
            doctor = Doctor(record=looks.append)
            without, watched = train(experiment, drawn, ()), train(experiment, drawn, (doctor,))
            yield (
                f"{name}: {without:.1f} s without, {watched:.1f} s with; the doctor itself took {doctor.seconds:.2f} s "
                f"({doctor.seconds / without:.1%}), beside its {len(looks) - 2} looks in between"
            )


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["healthy", "faulty", "cost"])
    parser.add_argument("names", nargs="*", help="only these programs, or of seed and small")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of each program")
    parser.add_argument("--epochs", type=int, default=60, help="of the trainings whose cost is measured")
    options = parser.parse_args()
    programs = {"healthy": HEALTHY, "faulty": FAULTY}.get(options.what)
    lines = (
        cost(options.names, options.seeds, options.epochs)
        if programs is None
        else show(programs, options.seeds, options.names)
    )
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    main()
