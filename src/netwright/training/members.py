"""The members of an ensemble: who is fitted to which rows, from which initial weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import Description, Division, Rows, Split, prepare
from netwright.data.choice import chosen_rows
from netwright.data.generators.on_the_fly import generated
from netwright.data.identity import place_of
from netwright.models import build
from netwright.training.feed import Feed, make_feed
from netwright.training.loop import TrainedModel, train
from netwright.training.objective import make_objective
from netwright.training.observer import Observer

__all__ = ["Member", "bootstrap", "members_of_division", "train_member"]


@dataclass(frozen=True)
class Member:
    """One network of an ensemble.

    Attributes:
        number: from 0; members of one fold follow one another.
        fold: the fold whose split it has, from 0.
        seed: of its initial weights, order of rows and dropout.
        split: its rows; with bagging, training rows come as often as they were drawn.
    """

    number: int
    fold: int
    seed: int
    split: Split


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
        seed = _seed(experiment.training.seed, number)
        if experiment.ensemble.bagging:
            split = replace(split, train=bootstrap(split.train, rows.identity, seed))
        members.append(Member(number, fold, seed, split))
    return members


def bootstrap(among: npt.NDArray[np.int64], identity: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.int64]:
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
        (1066, 0.7)
    """
    cumulative = np.cumsum(np.exp(-1.0) / np.cumprod([1, *range(1, 16)]))
    times = np.searchsorted(cumulative, place_of(identity[among], seed), side="right")
    return np.repeat(among, times)


def train_member(
    member: Member,
    experiment: Experiment,
    rows: Rows,
    description: Description,
    *,
    observers: Sequence[Observer],
    name_row: Callable[[int], str],
) -> TrainedModel:
    """Build and train one network.

    Args:
        member: who it is.
        experiment: how all members are built and trained.
        rows: all rows.
        description: constants of its fold's training rows.
        observers: who is told of it.
        name_row: how a row is called in messages.

    Returns:
        The network with its best weights.
    """
    training = experiment.training.model_copy(update={"seed": member.seed})
    own = experiment.model_copy(update={"training": training})
    return train(
        build(own, description),
        make_objective(experiment.targets, description),
        make_feed(rows, member.split.train, experiment.targets),
        train_rows=chosen_rows(rows, member.split.train, experiment.targets),
        valid_rows=member.split.valid,
        section=training,
        fresh=_fresh(experiment, member.split),
        observers=observers,
        name_row=name_row,
    )


def _fresh(experiment: Experiment, split: Split) -> Callable[[int], Feed] | None:
    """Return the maker of other rows for each epoch, where rows are generated on the fly."""
    generate = experiment.data.generate
    if generate is None:
        return None

    def feed(epoch: int) -> Feed:
        dataset = generated(generate, epoch).derive(experiment.data.derived)
        return make_feed(prepare(dataset, experiment), split.train, experiment.targets)

    return feed


def _seed(seed: int, number: int) -> int:
    """Return a seed for each member; the first has that of the experiment, as a network of its own would."""
    if number == 0:
        return seed
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1)[0] >> 1)
