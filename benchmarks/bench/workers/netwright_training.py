"""netwright's own training: the one file of the benchmark that calls `netwright.training`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

import netwright as nw
from bench.problems import DeepSets, Dense, Floats, Members, case_of
from bench.protocol import Measure, serve
from bench.workers import devices
from netwright.data import Description, HeadRows, Rows, Split, describe, describe_folds, divide
from netwright.training import Callbacks, EpochRecord, Hooks, StepsRecord, TrainedModel, train_members
from netwright.workflow.members.prepare import Member, member_arrays, members_of_division, prepare_member

_VALID = 512  # rows that the loop validates on after each epoch; its speeds leave that out
_HEAD = "is_signal"


def prepare(request: Mapping[str, Any]) -> Measure:
    """Build what a case asks for, and train it once."""
    case = case_of(request["case"], quick=request["quick"])
    if isinstance(case, Members):
        return prepare_members(case, request["way"])
    assert isinstance(case, Dense | DeepSets)
    return prepare_epochs(case, request["seconds"])


def prepare_epochs(case: Dense | DeepSets, seconds: float) -> Measure:
    """Time as many epochs of one network as take about so many seconds; each measurement is a training of its own.

    The first epoch of a training, in which it is compiled, does not count.
    """
    x, y = case.data()
    rows = rows_of(np.concatenate([x, x[:_VALID]]), np.concatenate([y, y[:_VALID]]))
    split = Split(np.arange(len(x)), np.arange(len(x), len(x) + _VALID), np.arange(_VALID))

    def measure(epochs: int) -> dict[str, float]:
        clock = Clock()
        member = Member(0, 0, split, experiment_of(case, epochs + 1))
        train([member], rows, [describe(rows, split, member.experiment)], clock)
        return {"rows_per_second": epochs / sum(1 / speed for speed in clock.speeds[1:])}

    epochs = max(2, round(seconds * measure(2)["rows_per_second"] / len(x)))
    return lambda: measure(epochs)


def prepare_members(case: Members, way: str) -> Measure:
    """Time all members of a case: together, as the engine chooses, or one after another; or a single one.

    From arrays to trained networks, as for the rivals.
    """
    x, y = case.network.data()
    rows = rows_of(x, y)
    experiment = experiment_of(case.network, case.epochs, sections_of(case), WAYS[way])
    division = divide(rows.identity, experiment.split)

    def measure() -> dict[str, float]:
        began = time.perf_counter()
        members = members_of_division(experiment, rows, division)
        clock = Clock()
        if way == "single":
            train(members[:1], rows, [describe(rows, division.split(0), experiment)], clock)
        else:
            train(members, rows, describe_folds(rows, division, experiment), clock)
        return {"seconds": time.perf_counter() - began, "networks_in_program": clock.together}

    measure()
    return measure


def sections_of(case: Members) -> dict[str, Any]:
    """Say in an experiment who the members are."""
    if case.kind == "folds":
        return {"split": {"kind": "folds", "folds": case.count, "test": 0.01}}
    return {"split": ONE_SPLIT, "ensemble": {"members": case.count}}


def train(members: list[Member], rows: Rows, descriptions: list[Description], clock: Clock) -> list[TrainedModel]:
    """Build and train members."""
    prepared = [prepare_member(member, rows, descriptions[member.fold]) for member in members]
    observer = Callbacks(on_steps=clock.note_steps, on_epoch=clock.note_epoch)
    return train_members(prepared, member_arrays(members, rows), Hooks((observer,)))


class Clock:
    """Notes the speed of every epoch, and how many networks one program trains."""

    def __init__(self) -> None:
        self.speeds: list[float] = []
        self.together = 0

    def note_steps(self, record: StepsRecord) -> None:
        """Count the networks."""
        self.together = max(self.together, len(record.members))

    def note_epoch(self, record: EpochRecord) -> None:
        """Keep rows per second."""
        self.speeds.append(record.rows_per_second)


WAYS = {"together": "together", "auto": "auto", "one-by-one": "one-by-one", "single": "auto"}
ONE_SPLIT = {"kind": "shares", "train": 0.98, "valid": 0.01, "test": 0.01}


def experiment_of(
    case: Dense | DeepSets, epochs: int, sections: Mapping[str, Any] | None = None, way: str = "auto"
) -> nw.Experiment:
    """Say the same network in netwright's words; no scaling, since the rivals have none."""
    body: dict[str, Any]
    if isinstance(case, Dense):
        inputs = {"kind": "numeric", "columns": [f"x{i}" for i in range(case.inputs)], "scaling": "none"}
        body = {"kind": "dense", "units": case.units, "activation": "elu"}
    else:
        inputs = {"kind": "four-vectors", "columns": "x", "features": ["raw"], "scaling": "none"}
        body = {"kind": "deep-sets", "constituent_units": case.constituent_units, "units": case.units}
    return nw.parse_experiment(
        {
            "name": "bench",
            "data": {"files": ["in-memory.npz"]},
            "inputs": {"features": inputs},
            "targets": {_HEAD: {"kind": "binary", "column": _HEAD, "classes": {"background": 0, "signal": 1}}},
            "model": {"body": body},
            "training": {
                "epochs": epochs,
                "batch_size": case.batch,
                "schedule": {"kind": "constant"},
                "early_stopping": {"patience": epochs},
                "members": way,
            },
            **(sections or {}),
        }
    )


def rows_of(x: Floats, y: Floats) -> Rows:
    """Hand arrays over as the rows of a data set."""
    n = np.arange(len(x))
    heads = {_HEAD: HeadRows(y.astype(np.int32), np.ones(len(x), dtype=bool))}
    return Rows({"features": x}, heads, np.ones(len(x)), n.astype(np.uint64) * np.uint64(2**44), n)


def about() -> Mapping[str, Any]:
    """Say which versions and which device are used."""
    versions = {one: version(one) for one in ("netwright", "keras", "jax")}
    return {"versions": versions, "device": devices.of_jax()}


if __name__ == "__main__":
    serve(prepare, about)
