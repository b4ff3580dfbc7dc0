"""Workspaces: what pyhf reads in them, and the commands of pyhf and cabinetry on the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cabinetry
import pyhf.cli
import pytest
from click.testing import CliRunner

from netwright.errors import DataError
from netwright.statistics import build_workspace, discovery_significance, expected_cls, expected_limit


def pyhf_says(*arguments):
    done = CliRunner().invoke(pyhf.cli.cli, [str(argument) for argument in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_pyhf_expects_what_the_templates_say(channel):
    model = pyhf.Workspace(build_workspace(channel)).model()
    config = model.config
    pars = config.suggested_init()
    assert config.poi_name == "mu"
    for strength in (0.0, 1.0, 2.5):
        pars[config.poi_index] = strength
        expected = channel.background.values + strength * channel.signal.values
        assert model.expected_actualdata(pars) == pytest.approx(expected)
    for name, change in (("tt_rate", [89.6 - 80, 2.64, 0.48]), ("jes", [4.0, 0.0, -0.32])):
        moved = list(pars)
        moved[config.par_order.index("mu")] = 1.0
        moved[config.poi_index] = 0.0
        moved[config.par_slice(name)] = [1.0]
        expected = channel.background.values + change
        assert model.expected_actualdata(moved) == pytest.approx(expected)
    relative = channel.background.errors / channel.background.values
    assert config.param_set("staterror_score").sigmas == pytest.approx(relative)


def test_the_commands_of_pyhf_and_cabinetry_open_the_file(channel, tmp_path):
    spec, path = build_workspace(channel), tmp_path / "workspace.json"
    path.write_text(json.dumps(spec))
    assert json.loads(pyhf_says("cls", path))["CLs_exp"] == pytest.approx(expected_cls(spec, 1.0), rel=1e-3)
    assert "score" in pyhf_says("inspect", path)
    fit = [Path(sys.executable).parent / "cabinetry", "fit", "--asimov", path]
    subprocess.run(fit, capture_output=True, check=True)


def test_limits_and_significance_are_those_of_cabinetry(channel):
    spec = build_workspace(channel)
    model, data = cabinetry.model_utils.model_and_data(spec)
    limit = cabinetry.fit.limit(model, data, tolerance=1e-3)
    assert limit.expected_limit == pytest.approx(expected_limit(spec).limits, rel=2e-3)
    signal = cabinetry.model_utils.asimov_data(model, poi_value=1.0)
    significance = cabinetry.fit.significance(model, signal)
    assert significance.observed_significance == pytest.approx(discovery_significance(spec), rel=1e-3)


def test_the_largest_strength_is_positive(channel):
    with pytest.raises(DataError, match=r"`largest_strength` must be positive"):
        build_workspace(channel, largest_strength=0.0)
