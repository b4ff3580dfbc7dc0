"""The end of a training: networks with their best weights, and how they came to them."""

from __future__ import annotations

from collections.abc import Mapping

import jax
import numpy as np

from netwright.training.bias_correction import bias_corrected
from netwright.training.compiled.program import assign, of_member
from netwright.training.compiled.state import TrainState
from netwright.training.feed.loader import Loader
from netwright.training.member_state import MemberState
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team
from netwright.training.team_state import TeamState, chosen_members
from netwright.training.trained import TrainedModel
from netwright.training.validate import Validation

__all__ = ["with_best_weights"]


def with_best_weights(
    team: Team, loader: Loader, state: TeamState, validation: Validation, count: int
) -> list[TrainedModel]:
    """Give the members their best weights, with the last biases of regressions where they belong.

    Args:
        team: the members, and behind them those that only fill up its places.
        loader: all rows.
        state: how far each member came.
        validation: validates the weights, last biases included.
        count: how many members there are.

    Returns:
        The networks, in order; where what is watched never was a number, with their last weights.
    """
    has_best = np.array([member.patience.best_epoch > 0 for member in state.members])
    best = chosen_members(has_best, state.best, state.current)
    pairs = list(zip(team.members, state.members, strict=True))[:count]
    if not any(member.history for member in state.members):
        return [_trained_model(*pair, of_member(best, index), {}, {}) for index, pair in enumerate(pairs)]
    best, moved = bias_corrected(team, loader, best)
    evaluated = validation.evaluate(best)
    losses = [validation.head_losses(index, evaluated) for index in range(count)]
    best = jax.device_get(best)  # JAX would compile a program to take one member out of each array
    return [_trained_model(*pair, of_member(best, at), losses[at], moved[at]) for at, pair in enumerate(pairs)]


def _trained_model(
    prepared: PreparedMember,
    member: MemberState,
    weights: TrainState,
    losses: Mapping[str, float],
    moved: Mapping[str, float],
) -> TrainedModel:
    """Assign the weights of a member, and say how it came to them."""
    assign(prepared.raw, weights)
    remarks = prepared.train_rows.remarks
    if member.halvings:
        remarks = (*remarks, f"The learning rate was halved {member.halvings} times: the loss was not finite.")
    best_epoch = member.patience.best_epoch or len(member.history)
    stopped = member.stopped or "interrupted"
    return TrainedModel(prepared.model, tuple(member.history), best_epoch, stopped, remarks, losses, moved)
