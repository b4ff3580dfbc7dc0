"""What networks say at the end, small enough for a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.labbook.conftest import run_of  # noqa: F401  # a fixture

from netwright.live.scores import final_scores


def test_curves_and_histograms_of_both_parts(run_of, tmp_path: Path) -> None:  # noqa: F811
    run = run_of(tmp_path, "a")
    valid, test = final_scores(run)
    assert (valid["part"], test["part"]) == ("valid", "test")
    signal, background = test["signal_efficiency"], test["background_efficiency"]
    area = np.trapezoid(signal, background)
    assert area == pytest.approx(float(test["auc"].split()[0]), abs=0.003)
    width = test["edges"][1] - test["edges"][0]
    assert [sum(values) * width for values in test["densities"]] == pytest.approx([1, 1], abs=1e-4)
    assert final_scores(tmp_path) == []
