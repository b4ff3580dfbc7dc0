"""The network that a first draft proposes, by the number of rows, and of particles in a row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from netwright.finding import Finding

__all__ = [
    "FEW_PARTICLES",
    "choose_network",
    "keep_first_of_events",
    "network_for_particles",
    "network_for_table",
    "scale_numbers",
]

FEW_PARTICLES = 8
"""Up to so many of each kind in a row, particles are columns of a table: the first, the second, and so on."""

_EVENT = 24  # particles of a kind that an event has, at the most; a jet or shower has more
_LARGE = 200_000  # rows from which fewer epochs do as many steps


def keep_first_of_events(inputs: Mapping[str, dict[str, Any]]) -> None:
    """Keep the first `FEW_PARTICLES` of each kind where rows are events, so that they are those of a table.

    Rows are events where they have particles of several kinds, and of none more than 24: jets, electrons, muons. Each
    is different from the next one, by momentum, and what comes after the eighth matters little. A deep set
    sees their sum.

    Args:
        inputs: groups of inputs, as an experiment file has them; those of particles are changed.

    Example:
        >>> momenta = {"basis": "pt,eta,phi,m", "columns": ["pt", "eta", "phi", "m"]}
        >>> inputs = {"jet": {"at_most": 11, "four_vectors": momenta}, "muon": {"at_most": 2}, "features": {}}
        >>> keep_first_of_events(inputs)
        >>> inputs["jet"]["at_most"], inputs["jet"]["sort_by"], inputs["muon"]
        (8, 'pt', {'at_most': 2})
    """
    kinds = [group for group in inputs.values() if "at_most" in group]
    if len(kinds) < 2 or max(group["at_most"] for group in kinds) > _EVENT:
        return
    for group in kinds:
        if group["at_most"] > FEW_PARTICLES:
            group["at_most"] = FEW_PARTICLES
            if group.get("four_vectors", {}).get("basis", "").startswith("pt,"):
                group["sort_by"] = group["four_vectors"]["columns"][0]


def scale_numbers(inputs: Mapping[str, dict[str, Any]], *, classes: bool) -> None:
    """Choose how numbers are scaled: by quantiles for classes, and standardised as well for values.

    In rows with many particles these are the numbers of each particle, such as impact parameters, whose few large
    values would leave nothing of the others in units of their deviation; those of the row stay standardised. In tables
    it is all numbers.

    Args:
        inputs: groups of inputs, as an experiment file has them, which are changed.
        classes: whether the head tells classes apart; else it predicts values.

    Example:
        >>> impact = {"columns": ["d0", "z0"]}
        >>> inputs = {"track": {"at_most": 40, "numbers": {"impact": impact}}, "jet": {"kind": "numeric"}}
        >>> scale_numbers(inputs, classes=True)
        >>> impact["scaling"], inputs["jet"]
        ('quantiles', {'kind': 'numeric'})
    """
    is_table = max(group.get("at_most", 0) for group in inputs.values()) <= FEW_PARTICLES
    for group in inputs.values():
        sections = [*group.get("numbers", {}).values(), *([group] if is_table and group["kind"] == "numeric" else [])]
        for section in sections:
            section["scaling"] = _scaling(classes=classes)


def _scaling(*, classes: bool) -> str:
    return "quantiles" if classes else "both"


def choose_network(
    rows: int, inputs: Mapping[str, Mapping[str, Any]], *, classes: bool
) -> tuple[dict[str, Any], Finding]:
    """Choose network and training: for a table, or for particles where a row has more than a few of a kind.

    Args:
        rows: of all parts of the split.
        inputs: groups of inputs, as an experiment file has them.
        classes: whether the head tells classes apart; else it predicts values.

    Returns:
        The sections ``model`` and ``training`` of an experiment, and a finding with the rule.

    Example:
        >>> sections, _ = choose_network(3_000, {"jet": {"at_most": 40}}, classes=True)
        >>> sections["model"]["body"]["kind"]
        'deep-sets'
    """
    most = max(group.get("at_most", 0) for group in inputs.values())
    if most > FEW_PARTICLES:
        numbers = any("numbers" in group for group in inputs.values())
        return network_for_particles(rows, classes=classes, numbers=numbers)
    return network_for_table(rows, classes=classes, particles=most > 0)


def network_for_table(rows: int, *, classes: bool, particles: bool = False) -> tuple[dict[str, Any], Finding]:
    """Choose network and training for a table of numbers, by its number of rows N and what is predicted.

    Events with few particles of each kind (`FEW_PARTICLES`) are such tables too: their numbers, particle by particle.

    Batches have 2^⌊log2(N / 64)⌋ rows, between 32 and 2048, so that an epoch has about 40 to 80 steps up to 130,000
    rows and more beyond; there are 40 epochs, 20 from 200,000 rows on. Early stopping ends what begins to overtrain.
    Dropout is for classes only: it changes the size of signals, which a value follows and a probability hardly does.
    A value also follows its columns more closely than their order among the rows, so that its columns come standardised
    beside the same by quantiles; its layers have mish, which is smooth as most values are. For classes a moving average
    of the weights is validated and kept, which takes the noise of high rates out of them; a value gains nothing by it,
    as its best weights are those of the low rates at the end. Patience is 12 epochs for classes and 20 for a value, of
    which the noise at the high rates of the first half would take 12 for the end. Everything else is the same for all
    tables.

    Args:
        rows: N, of all parts of the split.
        classes: whether the head tells classes apart; else it predicts values.
        particles: whether some of the numbers are those of particles.

    Returns:
        The sections ``model`` and ``training`` of an experiment, and a finding with the rule, which the file says.

    Source: benchmarks/tabular.py, with its results in benchmarks/RESULTS.md.

    Example:
        >>> content, _ = network_for_table(20_000, classes=True)
        >>> content["training"]["batch_size"], content["training"]["epochs"]
        (256, 40)
    """
    batch = _batch(rows, 2048)
    epochs = 40 if rows < _LARGE else 20
    style = {"dropout": 0.1} if classes else {"activation": "mish", "dropout": 0.0}
    content = {
        "model": {"body": {"kind": "tabular", **style}},
        "training": {
            "epochs": epochs,
            "batch_size": batch,
            "learning_rate": 0.005,
            "optimizer": {"kind": "adamw", "weight_decay": 0.02},
            "schedule": {"kind": "cosine"},
            "early_stopping": {"patience": 12 if classes else 20},
            **({"weight_ema": 0.75} if classes else {}),
        },
    }
    inputs = f"numbers, with the first {FEW_PARTICLES} particles of a kind" if particles else "numbers"
    evidence = (
        f"{rows:,} rows of {inputs}: the body is tabular, batches have {batch} rows (2^floor(log2(rows / 64)), from 32 "
        f"to 2048) and there are {epochs} epochs (40; 20 from {_LARGE:,} rows on). "
        + (
            "Dropout is 0.1, scaling quantiles, and weights are averaged, "
            if classes
            else "No dropout, mish, scaling both, "
        )
        + f"for {'classes' if classes else 'a value'}."
    )
    remedy = "netwright evaluate RUN --against trees says whether a boosted tree does better on the same rows."
    return content, Finding("network for a table", "NOTE", evidence, remedy=remedy, see="docs/tables.md")


def network_for_particles(rows: int, *, classes: bool, numbers: bool) -> tuple[dict[str, Any], Finding]:
    """Choose network and training for rows with many particles.

    Batches have 2^⌊log2(N / 64)⌋ rows, between 32 and 256: an epoch of few steps ends a training on few rows before it
    has learnt anything, as the patience of early stopping counts epochs. Dropout is 0.1 for classes of
    particles that have numbers besides their momenta, which are learnt by heart more easily.

    Args:
        rows: N, of all parts of the split.
        classes: whether the head tells classes apart; else it predicts values.
        numbers: whether particles have further numbers, such as impact parameters.

    Returns:
        The sections ``model`` and ``training`` of an experiment, and a finding with the rule, which the file says.

    Source: trials on generated jets with and without further numbers, in docs/log.md.

    Example:
        >>> content, _ = network_for_particles(3_000, classes=True, numbers=True)
        >>> content["training"]["batch_size"]
        32
    """
    batch, dropout = _batch(rows, 256), {"dropout": 0.1} if classes and numbers else {}
    content = {
        "model": {"body": {"kind": "deep-sets", "units": [128, 128], **dropout}},
        "training": {"batch_size": batch},
    }
    with_numbers = (
        f", numbers of the particles have scaling {_scaling(classes=classes)}, and there is "
        f"{'a dropout of 0.1' if dropout else 'no dropout'}"
        if numbers
        else ""
    )
    evidence = (
        f"{rows:,} rows with more than {FEW_PARTICLES} particles of a kind: the body is deep-sets{with_numbers}. "
        f"Batches have {batch} rows (2^floor(log2(rows / 64)), from 32 to 256)."
    )
    return content, Finding("network for particles", "NOTE", evidence, see="docs/particles.md")


def _batch(rows: int, largest: int) -> int:
    return int(min(max(2 ** math.floor(math.log2(max(rows, 1) / 64)), 32), largest))
