"""A channel as a HistFactory workspace, the JSON that pyhf and cabinetry open."""

from __future__ import annotations

from typing import Any

from netwright.errors import DataError
from netwright.statistics.channel import Channel, Process

__all__ = ["Workspace", "build_workspace"]

Workspace = dict[str, Any]
"""A HistFactory workspace, version 1.0.0 of its schema."""


def build_workspace(channel: Channel, *, largest_strength: float = 10.0) -> Workspace:
    """Return the likelihood of a channel, with the background as its observation ("Asimov data").

    The expected events of a bin are μ s + b. Each factor of a yield is a ``normsys``, each variation of a template a
    ``histosys``, and the uncertainty √Σw² of the simulated backgrounds one ``staterror`` a bin for all of them. The
    signal has none: HistFactory's would be a share of s + b at μ = 1, and the limit would depend on the unit of μ.

    Args:
        channel: templates and their systematic uncertainties.
        largest_strength: the largest signal strength μ that a fit may try, dimensionless.

    Returns:
        The workspace.

    Raises:
        DataError: `largest_strength` is not positive.

    Source: K. Cranmer et al., HistFactory, CERN-OPEN-2012-016; the pyhf schema, version 1.0.0.

    Example:
        >>> from netwright.statistics import ProcessEvents, ScoredEvents, templates
        >>> signal = ProcessEvents("hh", ScoredEvents([0.9], [1.0]), is_signal=True)
        >>> background = ProcessEvents("tt", ScoredEvents([0.1, 0.7], [9.0, 9.0]), is_signal=False)
        >>> build_workspace(templates([signal, background], [0.0, 0.5, 1.0]))["observations"]
        [{'name': 'score', 'data': [9.0, 9.0]}]
    """
    if not largest_strength > 0:
        msg = f"Argument `largest_strength` must be positive. Received: {largest_strength!r}. The default is 10."
        raise DataError(msg)
    samples = [_sample(process, channel.name) for process in channel.processes]
    strength = {"name": "mu", "inits": [min(1.0, largest_strength)], "bounds": [[0.0, float(largest_strength)]]}
    return {
        "channels": [{"name": channel.name, "samples": samples}],
        "observations": [{"name": channel.name, "data": channel.background.values.tolist()}],
        "measurements": [{"name": "limit", "config": {"poi": "mu", "parameters": [strength]}}],
        "version": "1.0.0",
    }


def _sample(process: Process, channel: str) -> dict[str, Any]:
    modifiers: list[dict[str, Any]] = []
    if process.is_signal:
        modifiers.append({"name": "mu", "type": "normfactor", "data": None})
    for name, (low, high) in process.norms.items():
        modifiers.append({"name": name, "type": "normsys", "data": {"lo": float(low), "hi": float(high)}})
    for name, (down, up) in process.shapes.items():
        sides = {"lo_data": down.values.tolist(), "hi_data": up.values.tolist()}
        modifiers.append({"name": name, "type": "histosys", "data": sides})
    if not process.is_signal:
        errors = process.yields.errors.tolist()
        modifiers.append({"name": f"staterror_{channel}", "type": "staterror", "data": errors})
    return {"name": process.name, "data": process.yields.values.tolist(), "modifiers": modifiers}
