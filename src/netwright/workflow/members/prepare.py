"""The members of an experiment: their networks are built, their rows chosen, and the networks trained on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import keras

from netwright.config import Experiment
from netwright.data import Description, Division, Rows, Split, bagged_rows, chosen_rows, prepare, seed_of_member
from netwright.models import build
from netwright.simulation import generated
from netwright.training import (
    Checkpointing,
    Hooks,
    PreparedMember,
    RowArrays,
    TrainedModel,
    head_weights,
    make_objective,
    make_row_arrays,
    train_members,
)
from netwright.workflow.inference.section import expected_section
from netwright.workflow.members.calibration import calibrate_heads

__all__ = [
    "Member",
    "generated_arrays",
    "member_arrays",
    "members_of_division",
    "members_of_experiments",
    "prepare_member",
    "train_on_rows",
]


@dataclass(frozen=True)
class Member:
    """One network of an ensemble.

    Attributes:
        number: number of the member, from 0; members of one fold are consecutive.
        fold: the fold whose split it uses, from 0.
        split: its rows; with bagging, training rows are repeated as often as they were drawn.
        experiment: how it is built and trained, with its own seed for initial weights, order of rows and dropout.
    """

    number: int
    fold: int
    split: Split
    experiment: Experiment


def members_of_division(experiment: Experiment, rows: Rows, division: Division) -> list[Member]:
    """List the members of an experiment; the first uses the seed of the experiment.

    Args:
        experiment: specifies the number of members per fold, and whether they use bagging.
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
            split = replace(split, train=bagged_rows(split.train, rows.identity, seed))
        training = experiment.training.model_copy(update={"seed": seed})
        members.append(Member(number, fold, split, experiment.model_copy(update={"training": training})))
    return members


def members_of_experiments(experiments: Sequence[Experiment], rows: Rows, division: Division) -> list[Member]:
    """List the members of several experiments on the same rows, as of a scan, experiment by experiment.

    Args:
        experiments: each with the same number of members.
        rows: all rows.
        division: the folds.

    Returns:
        The members, numbered through.
    """
    members = [member for experiment in experiments for member in members_of_division(experiment, rows, division)]
    return [replace(member, number=number) for number, member in enumerate(members)]


def prepare_member(member: Member, rows: Rows, description: Description) -> PreparedMember:
    """Build the network of a member, and choose its rows.

    Args:
        member: the member.
        rows: all rows.
        description: constants computed from its fold's training rows.

    Returns:
        The member, ready for training, in the precision of the training.
    """
    experiment, split = member.experiment, member.split
    result = expected_section(experiment, rows) if experiment.result is not None else None
    return PreparedMember(
        member.number,
        build(experiment, description, precision=experiment.training.precision),
        make_objective(experiment.targets, description, result),
        chosen_rows(rows, split.train, experiment.targets),
        split.valid,
        experiment.training,
        result,
    )


def member_arrays(members: Sequence[Member], rows: Rows) -> RowArrays:
    """Return rows as arrays, with one row of weights for each member.

    Args:
        members: all members.
        rows: all rows.

    Returns:
        The arrays.
    """
    weights = [head_weights(rows, member.split.train, member.experiment.targets) for member in members]
    return make_row_arrays(rows, weights)


def train_on_rows(
    members: Sequence[Member],
    rows: Rows,
    descriptions: Sequence[Description],
    hooks: Hooks,
    checkpointing: Checkpointing,
) -> list[TrainedModel]:
    """Build the networks of all members, and train them.

    Args:
        members: all members.
        rows: all rows.
        descriptions: constants computed from the training rows of each fold.
        hooks: functions that are called during the training.
        checkpointing: how the state is saved, and from which state the training continues.

    Returns:
        The networks in the order of the members, with their best weights, computing in float32.

    Raises:
        NetwrightError: the experiment cannot be carried out as specified.
    """
    trained = train_members(
        [prepare_member(member, rows, descriptions[member.fold]) for member in members],
        member_arrays(members, rows),
        hooks,
        epoch_arrays=generated_arrays(members, rows),
        checkpointing=checkpointing,
    )
    return [
        _finished(member, rows, descriptions[member.fold], trained_model)
        for member, trained_model in zip(members, trained, strict=True)
    ]


def _finished(member: Member, rows: Rows, description: Description, trained: TrainedModel) -> TrainedModel:
    """Return the trained network in float32, with calibrated heads."""
    model = _float32_network(member, description, trained.model)
    fitted = calibrate_heads(model, member.experiment.targets, rows, member.split.valid)
    return replace(trained, model=model, calibration=fitted)


def generated_arrays(members: Sequence[Member], rows: Rows) -> Callable[[int], RowArrays] | None:
    """Return a function that generates the rows of an epoch.

    Args:
        members: all members.
        rows: all rows, which have the forms of the generated ones.

    Returns:
        The function; None if rows are read rather than generated on the fly.
    """
    experiment = members[0].experiment
    generate = experiment.data.generate
    if generate is None:
        return None

    def arrays(epoch: int) -> RowArrays:
        dataset = generated(generate, epoch).derive(experiment.data.derived)
        return member_arrays(members, prepare(dataset, experiment, rows.forms))

    return arrays


def _float32_network(member: Member, description: Description, trained: keras.Model) -> keras.Model:
    """Transfer the weights of a network trained in lower precision to one that computes in float32."""
    if member.experiment.training.precision == "float32":
        return trained
    model = build(member.experiment, description)
    model.set_weights(trained.get_weights())
    return model
