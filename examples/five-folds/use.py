"""What a user does with a run of folds: read its predictions, and ask the exported network.

netwright export runs/five-folds
python examples/five-folds/use.py runs/five-folds
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow.compute as pc
import pyarrow.parquet as pq

import netwright as nw

run = nw.open_run(sys.argv[1])

# Every row was evaluated once, by a member that never saw it.
predictions = pq.read_table(run.path / "predictions.parquet")
test = predictions.filter(pc.equal(predictions["split"], "test"))
print(f"{test.num_rows:,} rows are test rows; of the first, {test.slice(0, 1).to_pylist()[0]}")
for member in sorted(set(test["member"].to_pylist())):
    own = test.filter(pc.equal(test["member"], member))
    area = nw.metrics.roc_auc(own["is_signal_true"], own["is_signal"], own["weight"])
    print(f"member {member} evaluated {own.num_rows:,} rows, AUC {area:.4f}")

# The exported graph takes raw columns and the identity, and picks the member itself.
events = nw.read(run.experiment.data.files[0]).slice(0, 1000)
session = onnxruntime.InferenceSession(Path(run.path) / "model.onnx")
inputs = {
    name: np.stack([events.column(column) for column in group.columns], axis=1).astype(
        np.int32 if group.kind == "categorical" else np.float32
    )
    for name, group in run.experiment.inputs.items()
}
identity = {name: events.column(name).astype(np.int64) for name in run.experiment.data.identity}
(scores,) = session.run(["is_signal"], inputs | identity)

known = dict(zip(test["event"].to_pylist(), test["is_signal"].to_pylist(), strict=True))
differences = [abs(score - known[event]) for score, event in zip(scores[:, 0], identity["event"], strict=True)]
print(f"ONNX differs from the predictions by {max(differences):.1e} at most, in {len(differences):,} rows")
