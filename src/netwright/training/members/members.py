"""The members of an ensemble: who is fitted to which rows, from which initial weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import Description, Division, Purpose, Rows, Split, chosen_rows, place_of, seed_of_member
from netwright.models import build
from netwright.training.compiled.objective import make_objective
from netwright.training.compiled.program import Trainee
from netwright.training.feed.arrays import head_weights

__all__ = ["Member", "bootstrap", "members_of_division", "trainee", "weights_of"]


@dataclass(frozen=True)
class Member:
    """One network of an ensemble.

    Attributes:
        number: from 0; members of one fold follow one another.
        fold: the fold whose split it has, from 0.
        split: its rows; with bagging, training rows come as often as they were drawn.
        experiment: how it is built and trained, with its own seed of initial weights, order of rows and dropout.
    """

    number: int
    fold: int
    split: Split
    experiment: Experiment


def members_of_division(experiment: Experiment, rows: Rows, division: Division) -> list[Member]:
    """Say who the members of an experiment are; the first has the seed of the experiment.

    Args:
        experiment: says how many there are for each fold, and whether they draw their rows.
        rows: all rows.
        division: the folds.

    Returns:
        The members, fold by fold.
    """
    members = []
    for number in range(division.folds * experiment.ensemble.members):
        fold = number // experiment.ensemble.members
        split = division.split(fold)
        seed = seed_of_member(experiment.training.seed, number)
        if experiment.ensemble.bagging:
            split = replace(split, train=bootstrap(split.train, rows.identity, seed))
        training = experiment.training.model_copy(update={"seed": seed})
        members.append(Member(number, fold, split, experiment.model_copy(update={"training": training})))
    return members


def bootstrap(among: npt.NDArray[np.int32], identity: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.int32]:
    """Draw rows with replacement: each comes n times, with n from a Poisson distribution of mean 1.

    The number n follows from the row's identity and the seed, so that rows of one event stay together, and nothing
    depends on the order of rows. For many rows this is the bootstrap.

    Args:
        among: row numbers, shape (n,).
        identity: of all rows, shape (rows,), dimensionless.
        seed: of the draw.

    Returns:
        Row numbers, those drawn several times several times.

    Source: online bagging, Oza and Russell (2001), section 2.

    Example:
        >>> rows = np.arange(1000)
        >>> drawn = bootstrap(rows, rows.astype(np.uint64), seed=1)
        >>> len(drawn), round(len(np.unique(drawn)) / 1000, 1)
        (1018, 0.7)
    """
    cumulative = np.cumsum(np.exp(-1.0) / np.cumprod([1, *range(1, 16)]))
    times = np.searchsorted(cumulative, place_of(identity[among], Purpose.BAGGING, seed), side="right")
    return np.repeat(among, times)


def trainee(member: Member, rows: Rows, description: Description) -> Trainee:
    """Make a member ready: build its network, and choose its rows.

    Args:
        member: who it is.
        rows: all rows.
        description: constants of its fold's training rows.

    Returns:
        The member, ready to be trained; a network of lower precision stands in for its own meanwhile.
    """
    experiment, split = member.experiment, member.split
    return Trainee(
        member.number,
        build(experiment, description, precision=experiment.training.precision),
        make_objective(experiment.targets, description),
        chosen_rows(rows, split.train, experiment.targets),
        split.valid,
        experiment.training,
    )


def weights_of(member: Member, rows: Rows) -> dict[str, npt.NDArray[np.float32]]:
    """Say how much each row counts for a member; see `head_weights`.

    Args:
        member: who it is.
        rows: all rows.

    Returns:
        Weights by head, shape (rows,), dimensionless.
    """
    return head_weights(rows, member.split.train, member.experiment.targets)
