"""All figures of a limit and a significance."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netwright.plots._brazil_band import brazil_band
from netwright.plots._cut_significance import cut_significance
from netwright.plots._score_templates import score_templates
from netwright.plots._style import save
from netwright.plots._systematic_pulls import systematic_pulls
from netwright.statistics import Inference, expected_cls_curve, expected_impacts

__all__ = ["draw_inference"]

_STRENGTHS = 30  # number of values at which CLs is computed


def draw_inference(inference: Inference, folder: Path, name: str, *, remark: str = "") -> None:
    """Draw the templates, CLs against the signal strength, the significance of cuts, and pulls with impacts.

    Args:
        inference: the result to draw.
        folder: the output folder.
        name: of the score.
        remark: text above the axes, such as the luminosity.

    Raises:
        InferenceError: the likelihood is not finite in the range drawn.
        StorageError: a file cannot be written.
    """
    save(score_templates(inference.channel, name=name, remark=remark), folder, f"templates-{name}")
    limits = inference.limit.limits
    strengths = np.linspace(0.05 * limits[0], 1.3 * limits[-1], _STRENGTHS)
    bands = expected_cls_curve(inference.workspace, strengths.tolist())
    level = 1 - inference.limit.level
    band = brazil_band(
        strengths, bands, name="signal strength μ", what="CLs", threshold=level, marked=limits[2], remark=remark
    )
    save(band, folder, f"cls-{name}")
    binned = inference.binnings[inference.binning].value
    save(cut_significance(inference.cuts, name=name, binned=binned, remark=remark), folder, f"cuts-{name}")
    save(systematic_pulls(expected_impacts(inference.workspace), remark=remark), folder, f"pulls-{name}")
