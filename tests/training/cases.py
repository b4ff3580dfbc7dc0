"""Members of a toy, and what keeps their snapshots: shared by the tests of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.config import Experiment, parse_experiment
from netwright.data import describe, divide
from netwright.training import Hooks, Snapshot, Team, TrainedModel, compile_program, train_members
from netwright.training.compiled.program import Program
from netwright.training.feed.resident_loader import ResidentLoader
from netwright.workflow.members.prepare import Member, member_arrays, members_of_division, prepare_member


def changed(experiment: Experiment, **sections: dict[str, Any]) -> Experiment:
    """The experiment with other values in its sections."""
    values = experiment.model_dump(mode="json")
    for section, update in sections.items():
        values[section] = {**values[section], **update}
    return parse_experiment(values)


def of_folds(case, **training: Any) -> tuple[list[Member], list]:
    """Members of three folds of the second variant, and the descriptions of the folds."""
    values = changed(case.experiment, training=training).model_dump(mode="json")
    values["split"] = {"kind": "cross", "folds": 3}
    experiment = parse_experiment(values)
    division = divide(case.rows.identity, experiment.split)
    members = members_of_division(experiment, case.rows, division)
    return members, [describe(case.rows, division.split(fold), experiment) for fold in range(division.folds)]


def run(case, members: Sequence[Member], descriptions: Sequence, way: str, **kwargs: Any) -> list[TrainedModel]:
    """Train members in one way."""
    own = [replace(m, experiment=changed(m.experiment, training={"members": way})) for m in members]
    prepared = [prepare_member(member, case.rows, descriptions[member.fold]) for member in own]
    return train_members(prepared, member_arrays(own, case.rows), kwargs.pop("hooks", Hooks()), **kwargs)


def weights(trained: TrainedModel) -> np.ndarray:
    return np.concatenate([np.ravel(w) for w in trained.model.get_weights()])


class MemoryStore:
    """Keeps every snapshot, as copies."""

    def __init__(self, latest: Snapshot | None = None) -> None:
        self.snapshots, self.last = [], latest

    def save(self, snapshot: Snapshot) -> None:
        arrays = {name: np.array(values) for name, values in snapshot.arrays.items()}
        self.snapshots.append(Snapshot(arrays, dict(snapshot.values)))

    def latest(self) -> Snapshot | None:
        return self.last

    def close(self) -> None:
        pass


def team_of(case, members: int = 2, program: Program | None = None) -> tuple[Team, ResidentLoader]:
    """Members that one program trains, on rows of their own."""
    result, descriptions = of_folds(case)
    ready = [prepare_member(member, case.rows, descriptions[member.fold]) for member in result[:members]]
    return Team(tuple(ready), program or compile_program(ready)), ResidentLoader(member_arrays(result, case.rows))
