"""What networks say at the end, small enough for a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.labbook.conftest import run_of  # noqa: F401  # a fixture

from netwright.live.scores import epoch_scores, final_scores


def test_curves_and_histograms_of_both_parts(run_of, tmp_path: Path) -> None:  # noqa: F811
    run = run_of(tmp_path, "a")
    valid, test = final_scores(run)
    assert (valid["part"], test["part"]) == ("valid", "test")
    signal, background = test["signal_efficiency"], test["background_efficiency"]
    area = np.trapezoid(signal, background)
    assert area == pytest.approx(float(test["auc"].split()[0]), abs=0.003)
    width = test["edges"][1] - test["edges"][0]
    densities = [test[f"{name}_density"] for name in ("signal", "background")]
    assert [sum(values) * width for values in densities] == pytest.approx([1, 1], abs=1e-3)
    assert final_scores(tmp_path) == []


def test_looks_by_epoch_are_of_every_member_and_the_last_of_each(folder: Path) -> None:
    path = folder / "now" / "separation.jsonl"
    look = json.loads(path.read_text().splitlines()[0])
    lines = [look | {"epoch": epoch, "member": 0} for epoch in range(200, 0, -1)]
    lines += [look | {"epoch": 200, "heads": {"is_signal": look["heads"]["is_signal"] | {"auc": "0.9"}}}]
    lines += [{"heads": 3}, {"member": 0, "epoch": 0, "heads": 3}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    scores = epoch_scores(folder / "now")
    assert (len(scores), scores[-1]["epoch"], scores[-1]["auc"]) == (59, 200, "0.9")  # the 60th cannot be read
    assert "member" not in scores[0]
    lines += [look | {"epoch": epoch, "member": member} for epoch in range(1, 201) for member in (1, 2)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    of_all = epoch_scores(folder / "now")
    assert [one["member"] for one in of_all] == [0] * 19 + [1] * 20 + [2] * 20
    assert epoch_scores(folder / "done") == []
