"""weaver-core's own training loop and loader on a network like EnergyFlow's PFN.

Jets are in a Parquet file of lists, which weaver's `SimpleIterDataset` reads once and keeps in memory (its option
--in-memory); a `DataLoader` with one process (its default) makes batches of them, and `train_classification` trains.
"""

from __future__ import annotations

import tempfile
import time
from argparse import Namespace
from itertools import pairwise
from pathlib import Path

import awkward as ak
import numpy as np
import torch
from torch.utils.data import DataLoader
from weaver.utils.dataset import SimpleIterDataset
from weaver.utils.nn.tools import train_classification

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.torch_network import device
from bench.workers.training import Train, serve_training

_NUMBERS = ("part_energy", "part_px", "part_py", "part_pz")

_CONFIG = """
preprocess: {{method: manual, data_fraction: 1}}
new_variables: {{part_mask: ak.ones_like(part_energy)}}
inputs:
  pf_features: {{length: {length}, vars: [[part_energy, null], [part_px, null], [part_py, null], [part_pz, null]]}}
  pf_mask: {{length: {length}, vars: [[part_mask, null]]}}
labels: {{type: simple, value: [is_background, is_signal]}}
"""


class ParticleFlow(torch.nn.Module):
    """One network for every constituent, summed where the mask is 1, then dense layers and two logits."""

    def __init__(self, case: DeepSets) -> None:
        super().__init__()
        self.constituent = _layers([4, *case.constituent_units])
        self.jet = torch.nn.Sequential(
            _layers([case.constituent_units[-1], *case.units]), torch.nn.Linear(case.units[-1], 2)
        )

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return logits (rows, 2) of features (rows, 4, constituents) and a mask (rows, 1, constituents)."""
        x = self.constituent(features.transpose(1, 2)) * mask.transpose(1, 2)
        logits: torch.Tensor = self.jet(x.sum(dim=1))
        return logits


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Write the file, and make a network and weaver's loader."""
    assert isinstance(case, DeepSets)
    folder = Path(tempfile.mkdtemp())
    write(folder / "jets.parquet", x, y)
    (folder / "data.yaml").write_text(_CONFIG.format(length=case.constituents))
    jets = SimpleIterDataset(
        {"_": [str(folder / "jets.parquet")]}, str(folder / "data.yaml"), in_memory=True, fetch_step=1.0, name="train"
    )
    loader = DataLoader(jets, batch_size=case.batch, drop_last=True, num_workers=1, persistent_workers=True)
    where = device()
    network = ParticleFlow(case).to(where)
    optimizer = torch.optim.Adam(network.parameters())
    plain = {"args": Namespace(use_amp=False, amp_dtype="bf16")}

    def train(epochs: int) -> float:
        began = time.perf_counter()
        for epoch in range(epochs):
            train_classification(
                network,
                torch.nn.CrossEntropyLoss(),
                optimizer,
                None,
                loader,
                where,
                epoch,
                steps_per_epoch=len(x) // case.batch,
                extra_args=plain,
            )
        return time.perf_counter() - began

    return train


def write(path: Path, x: Floats, y: Floats) -> None:
    """Write jets as lists of the constituents that are there."""
    counts = (x[..., 0] > 0).sum(axis=1)
    columns = {name: ak.unflatten(x[..., i][x[..., 0] > 0], counts) for i, name in enumerate(_NUMBERS)}
    labels = {"is_background": (1 - y).astype(np.int32), "is_signal": y.astype(np.int32)}
    ak.to_parquet(ak.zip({**columns, **labels}, depth_limit=1), path)


def _layers(widths: list[int]) -> torch.nn.Sequential:
    pairs = (layer for n, m in pairwise(widths) for layer in (torch.nn.Linear(n, m), torch.nn.ReLU()))
    return torch.nn.Sequential(*pairs)


if __name__ == "__main__":
    serve_training(fresh, ["weaver-core", "torch"], devices.of_torch)
