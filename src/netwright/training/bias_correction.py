"""The last step of a regression: its last bias, set to where the training rows have no bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import numpy as np
import numpy.typing as npt

from netwright.data import Purpose, generator_of
from netwright.metrics import bias, weight_sum
from netwright.models import last_bias
from netwright.training.compiled.state import TrainState
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import StepRows, plain_order, stacked, window_steps
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team

__all__ = ["bias_corrected", "bias_correction_rows"]

Floats = npt.NDArray[np.float64]

_ROWS = 2**16  # the median of their residuals is known to 0.5% of a deviation
_ROWS_AT_ONCE = 1024


def bias_corrected(team: Team, loader: Loader, state: TrainState) -> tuple[TrainState, list[dict[str, float]]]:
    """Move the last bias b of every regression head by the bias of its training rows, b -> b - median(r).

    r = t' - t is the residual of a training row with dropout and noise off; the median has the weights of the loss and
    is what evaluation calls the bias. The learning rate keeps all weights trembling, and a last bias moves all
    predictions of a head at once: by a tenth of the resolution or several, from one epoch to the next, at a price in
    the loss (its square) that early stopping cannot see. Heads that are not learned stay, and those with
    several outputs: the pinball loss of a median is not flat where its square is.

    Args:
        team: the members.
        loader: all rows.
        state: their weights.

    Returns:
        The state with other last biases, and for each member by how much the predictions of each regression moved, in
        the target's unit.

    Source: definition; the median is that of `netwright.metrics.bias`.
    """
    moved: list[dict[str, float]] = [{} for _ in team.members]
    objective = team.members[0].objective.items()
    heads = [head for head, of_head in objective if of_head.standardised and of_head.outputs == 1]
    if not any(member.objective[head].loss_weight for member in team.members for head in heads):
        return state, moved
    chosen = [bias_correction_rows(member) for member in team.members]
    outputs = _outputs(team, loader, state, heads, chosen)
    trainable = list(state.trainable)
    for head in heads:
        shifts = np.zeros(len(team))
        for index, (member, step_rows) in enumerate(zip(team.members, chosen, strict=True)):
            if member.objective[head].loss_weight:
                shifts[index] = _median_residual(member, head, outputs[head][index], loader, step_rows)
                moved[index][head] = float(-shifts[index] * member.objective[head].std)
        variable_index = last_bias(team.members[0].raw, head)
        bias = trainable[variable_index]  # with an axis of inner networks where the body has them
        trainable[variable_index] = bias - np.asarray(shifts, np.float32).reshape(-1, *[1] * (bias.ndim - 1))
    return state._replace(trainable=trainable), moved


def bias_correction_rows(member: PreparedMember) -> StepRows:
    """Choose the training rows whose residuals are evaluated: all, or 65,536 drawn at random.

    Args:
        member: a member.

    Returns:
        Row numbers and factors of their weights, shape (n,).
    """
    train_rows = member.train_rows
    numbers = np.arange(len(train_rows.rows))
    if len(numbers) > _ROWS:
        drawn = generator_of(Purpose.CALIBRATION, member.section.seed).integers(0, len(numbers), _ROWS)
        numbers = np.sort(drawn)
    # batches of groups show rows more or less often than they occur, and correct for it; here each comes once
    corrections = train_rows.corrections if train_rows.groups is None else None
    factors = np.ones(len(numbers)) if corrections is None else corrections[numbers]
    return StepRows(train_rows.rows[numbers].astype(np.int32), factors.astype(np.float32))


def _outputs(
    team: Team,
    loader: Loader,
    state: TrainState,
    heads: Sequence[str],
    chosen: Sequence[StepRows],
) -> Mapping[str, list[Floats]]:
    """Return the raw outputs of the chosen rows by head and member, shape (n,), in deviations of the target."""
    window = window_steps(_ROWS_AT_ONCE, loader.host.row_bytes)
    order = stacked([plain_order(step_rows.rows, _ROWS_AT_ONCE, window) for step_rows in chosen])
    outputs = []
    for chunk in loader.chunks(order, team.numbers):
        sums = team.program.evaluate(state, chunk.arrays, team.hyperparameters, chunk.indices, chunk.count)
        outputs.append({head: np.asarray(sums.outputs[head])[:, : chunk.count] for head in heads})
    by_head = jax.tree.map(lambda *values: np.concatenate(values, axis=1), *outputs)
    return {
        head: [
            values[index].reshape(-1, values.shape[-1])[: len(step_rows.rows), 0].astype(np.float64)
            for index, step_rows in enumerate(chosen)
        ]
        for head, values in by_head.items()
    }


def _median_residual(member: PreparedMember, head: str, outputs: Floats, loader: Loader, step_rows: StepRows) -> float:
    """Return the median of r, in deviations of the target; 0 where the weights do not add up to a positive number."""
    weights = loader.host.weights[head][member.number][step_rows.rows].astype(np.float64) * step_rows.factors
    objective = member.objective[head]
    truth = (loader.host.values[head][step_rows.rows].astype(np.float64) - objective.mean) / objective.std
    counts = weights != 0
    if not weight_sum(weights) > 0:
        return 0.0
    return bias(truth[counts], outputs[counts], weights[counts])
