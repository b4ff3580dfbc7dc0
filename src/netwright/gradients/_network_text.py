"""A network at some rows, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from netwright.gradients.network_trace import LayerTrace, NetworkTrace

__all__ = ["network_text"]

Array = npt.NDArray[np.generic]

_VALUES = 8  # of a row


def network_text(trace: NetworkTrace) -> str:
    """Return the losses of a network and everything about its layers as lines of text.

    Args:
        trace: of the network.

    Returns:
        The text.
    """
    rows = len(next(iter(trace.truth.values())))
    lines = [f"loss {trace.loss:.4g}" + (f", of which penalties {trace.penalty:.4g}" if trace.penalty else "")]
    for head, loss in trace.head_losses.items():
        outputs, truth, weight = trace.outputs[head], trace.truth[head], trace.row_weights[head]
        if rows == 1:
            shown = f"truth {truth[0]:.4g}, weight {weight[0]:.4g}, raw output {_values(outputs)}"
        else:
            shown = f"sum of weights {weight.sum():.4g}, raw output {_statistics(outputs)}"
        lines.append(f"  {head}: weighted loss {loss:.4g}; {shown}")
    for layer in trace.layers:
        lines += ["", f"{layer.name}: {layer.kind}, {layer.output.shape}", *_layer(layer, one_row=rows == 1)]
    return "\n".join(lines)


def _layer(layer: LayerTrace, *, one_row: bool) -> Iterator[str]:
    """Yield the lines of a layer."""
    if one_row:
        yield f"  output      {_values(layer.output)}"
    yield f"  {'statistics' if one_row else 'output    '}  {_statistics(layer.output)}"
    if layer.gradient is None:
        yield "  gradient    none"
    else:
        values = f"{_values(layer.gradient)}   " if one_row else ""
        yield f"  gradient    {values}norm {_norm(layer.gradient)}"
    for weight in layer.weights:
        learned = "not trained" if weight.gradient is None else f"norm of its gradient {_norm(weight.gradient)}"
        values = f"{_values(weight.value)}   " if weight.value.size <= _VALUES else ""
        yield f"  {weight.name} {weight.value.shape}: {values}norm {_norm(weight.value)}, {learned}"


def _values(values: Array) -> str:
    flat = values.ravel()
    shown = " ".join(f"{float(number):.3g}" for number in flat[:_VALUES])
    return f"{shown} ... ({flat.size} values)" if flat.size > _VALUES else shown


def _statistics(values: Array) -> str:
    numbers = values.astype(np.float64).ravel()
    finite = numbers[np.isfinite(numbers)]
    bad = numbers.size - finite.size
    remark = f"; {bad} of {numbers.size} NOT FINITE" if bad else ""
    if not finite.size:
        return remark.removeprefix("; ") or "no values"
    return (
        f"mean {finite.mean():.3g}, deviation {finite.std():.3g}, from {finite.min():.3g} to {finite.max():.3g}, "
        f"{(finite == 0).mean():.0%} zeros{remark}"
    )


def _norm(values: Array) -> str:
    return f"{np.linalg.norm(values.astype(np.float64)):.3g}"
