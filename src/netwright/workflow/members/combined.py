"""The network of several trained members, and what is said where they cannot be combined as wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from netwright.config import Experiment
from netwright.finding import Finding
from netwright.models import ensemble, unweighted
from netwright.training import TrainedModel

__all__ = ["combined_network", "combining_findings", "member_losses"]


def member_losses(experiment: Experiment, trained: Sequence[TrainedModel]) -> dict[str, list[float]]:
    """Return the validation loss of every member with its current weights.

    Args:
        experiment: names the heads.
        trained: the members.

    Returns:
        By head, one loss for each member, dimensionless; NaN where it is not known.
    """
    return {head: [model.valid_head_losses.get(head, float("nan")) for model in trained] for head in experiment.targets}


def combined_network(
    experiment: Experiment, trained: Sequence[TrainedModel], losses: Mapping[str, Sequence[float]]
) -> keras.Model:
    """Return the single network, or the ensemble of several networks.

    Args:
        experiment: says how members are combined.
        trained: the members.
        losses: of `member_losses`.

    Returns:
        The network.
    """
    if len(trained) == 1:
        return trained[0].model
    return ensemble([model.model for model in trained], experiment.targets, experiment.ensemble.combine, losses)


def combining_findings(experiment: Experiment, losses: Mapping[str, Sequence[float]]) -> list[Finding]:
    """Return findings on heads of a weighted ensemble whose members could not be given weights.

    Args:
        experiment: says how members are combined.
        losses: of `member_losses`.

    Returns:
        The findings.
    """
    if experiment.ensemble.combine != "weighted" or len(next(iter(losses.values()))) == 1:
        return []
    return [
        Finding(
            "weights of members",
            "WARN",
            f"targets.{head}: a member has the validation loss {lowest:g}. Its members have equal weights, as with "
            "combine: mean.",
            (f"targets.{head}",),
            threshold="Weights of 1 / loss need a positive loss.",
            cause="Negative event weights can make a loss negative.",
            see="docs/ensembles.md",
        )
        for head, lowest in unweighted(losses).items()
    ]
