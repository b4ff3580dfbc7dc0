"""How much memory an experiment takes, computed before anything is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netwright.config import Experiment
from netwright.data import bytes_per_row
from netwright.errors import ExperimentError
from netwright.memory import MEMORY_VARIABLE, available_memory, format_bytes
from netwright.models import count_parameters

__all__ = ["Demand", "demand_of", "refuse_too_large"]

_FAR: Final = 2  # times the available memory: beyond this, closing other programs does not help
_SMALL: Final = 2**30  # bytes; NETWRIGHT_MEMORY may be less, to force rows into a file
_FLOAT32: Final = 4  # bytes
_GENERATED: Final = 80  # bytes of a generated row: six columns of float64, computed from four random numbers
_OF_TRAINING: Final = 2  # numbers per parameter in addition to the optimizer's: its gradient, and its best value so far
_OF_OPTIMIZER: Final = {  # numbers that it keeps for each parameter
    "sgd": 0, "momentum": 1, "adagrad": 1, "rmsprop": 1, "adam": 2, "adamw": 2, "nadam": 2, "lion": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Demand:
    """The least memory that an experiment takes.

    Attributes:
        parameters: number of trainable parameters of one member, without those of a custom body.
        members: number of members in all folds.
        network_bytes: weights of all members, and gradient, optimizer state and best weights of one member.
        rows_bytes: inputs of all rows, as the network takes them; 0 if there are no rows yet.
    """

    parameters: int
    members: int
    network_bytes: int
    rows_bytes: int = 0

    def __str__(self) -> str:
        members = f", {self.members} members" if self.members > 1 else ""
        return (
            f"{self.parameters:,} parameters{members}; at least {format_bytes(self.network_bytes)} for weights and "
            f"optimizer, {format_bytes(self.rows_bytes)} for the inputs of all rows"
        )


def demand_of(
    experiment: Experiment, rows: int = 0, vocabulary: Mapping[str, Sequence[Sequence[int]]] | None = None
) -> Demand:
    """Compute the memory that an experiment takes from its description.

    Args:
        experiment: describes what is built and trained.
        rows: number of rows.
        vocabulary: by categorical group, the values of each column; one value per column if not given.

    Returns:
        Numbers of parameters and members, and bytes.
    """
    parameters = sum(count_parameters(experiment, vocabulary).values())
    split = experiment.split
    folds = {"folds": getattr(split, "folds", 1), "cross": getattr(split, "folds", 1), "reversed": 2}
    members = folds.get(split.kind, 1) * experiment.ensemble.members
    numbers = members + _OF_TRAINING + _OF_OPTIMIZER[experiment.training.optimizer.kind]
    return Demand(
        parameters, members, _FLOAT32 * parameters * numbers, rows * sum(map(bytes_per_row, experiment.inputs.values()))
    )


def refuse_too_large(experiment: Experiment, vocabulary: Mapping[str, Sequence[Sequence[int]]] | None = None) -> None:
    """Refuse networks, members and generated rows that take more than twice the available memory.

    Args:
        experiment: describes what is built and trained.
        vocabulary: by categorical group, the values of each column; one value per column if not given.

    Raises:
        ExperimentError: the limit is exceeded; the message names the key that takes most of the memory.
    """
    generate = experiment.data.generate
    if generate is not None:
        rows_bytes = demand_of(experiment, generate.rows).rows_bytes + _GENERATED * generate.rows
        _refuse(rows_bytes, "data.generate.rows", f"{generate.rows:,} rows", "Take fewer rows")
    parts = count_parameters(experiment, vocabulary)
    demand, most = demand_of(experiment, vocabulary=vocabulary), max(parts, key=lambda path: parts[path])
    of_one_member = demand.network_bytes - _FLOAT32 * demand.parameters * (demand.members - 1)
    text = f"the network has {demand.parameters:,} parameters, {parts[most]:,} of them here, and its training"
    _refuse(of_one_member, most, text, "Take fewer or smaller layers")
    of_folds = demand.members // experiment.ensemble.members > experiment.ensemble.members
    text = f"{demand.members:,} members of {demand.parameters:,} parameters each"
    _refuse(demand.network_bytes, "split.folds" if of_folds else "ensemble.members", text, "Take fewer members")


def _refuse(size: int, path: str, text: str, remedy: str) -> None:
    available = available_memory()
    if size > max(_FAR * available, _SMALL):
        msg = (
            f"{path}: {text} would take at least {format_bytes(size)} of memory, and this machine has "
            f"{format_bytes(available)} available. {remedy}, or set {MEMORY_VARIABLE} to the memory of the machine "
            f"that trains, for example {MEMORY_VARIABLE}=500GiB."
        )
        raise ExperimentError(msg)
