"""Checks of single epochs, while a training of the engine runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netwright.doctor.case import LayerVitals
from netwright.finding import Finding
from netwright.training import EpochRecord

__all__ = ["dead_layers", "growing_loss"]

_DEAD = 0.99  # of a layer's units
_EARLY = 3  # epochs
_GROWN = 1.5  # times the loss of the first epoch


def growing_loss(history: Sequence[EpochRecord]) -> Iterator[Finding]:
    """Warn of a training loss that is far above where it began, for some epochs.

    Args:
        history: epochs of a member so far.

    Yields:
        A finding, while that is so.
    """
    losses = [epoch.loss for epoch in history]
    lately = losses[-_EARLY:]
    if len(losses) > _EARLY and losses[0] > 0 and min(lately) > _GROWN * losses[0]:
        yield Finding(
            "learning rate too high",
            "WARN",
            f"The training loss has grown from {losses[0]:.3g} to {losses[-1]:.3g} after epoch {history[-1].epoch}.",
            threshold="It should not stay above 1.5 times what it was after the first epoch.",
            cause="The learning rate is too high.",
            remedy="If it does not come down again, use a tenth of the learning rate.",
            see="docs/doctor.md",
            confidence=0.6,
            step=history[-1].steps,
        )


def dead_layers(layers: Iterable[LayerVitals], step: int) -> Iterator[Finding]:
    """Warn of a layer without a unit that is alive.

    Args:
        layers: vitals of each.
        step: steps done since the start of the training.

    Yields:
        A finding for each.
    """
    for layer in layers:
        if layer.dead >= _DEAD:
            yield Finding(
                "dead units",
                "FAIL",
                f"{layer.dead:.0%} of the units of {layer.name} are zero for every row.",
                where=(layer.name,),
                threshold="Healthy: Fewer than three quarters of a layer's units are zero for every probe row.",
                cause="ReLU units have died.",
                remedy="Use a smaller learning rate, or leaky_relu.",
                see="docs/doctor.md",
                confidence=0.85,
                step=step,
            )
