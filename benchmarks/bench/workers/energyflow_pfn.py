"""EnergyFlow's PFN as its documentation has it: two outputs with softmax, and accuracy as a metric."""

from __future__ import annotations

import time

import numpy as np
from energyflow.archs import PFN

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.training import Train, serve_training


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Make a PFN; it masks constituents that are zero, and it trains by `fit` of Keras 2."""
    assert isinstance(case, DeepSets)
    network = PFN(input_dim=4, Phi_sizes=case.constituent_units, F_sizes=case.units, summary=False)
    labels = np.stack([1 - y, y], axis=1)

    def train(epochs: int) -> float:
        began = time.perf_counter()
        network.fit(x, labels, batch_size=case.batch, epochs=epochs, verbose=0)
        return time.perf_counter() - began

    return train


if __name__ == "__main__":
    serve_training(fresh, ["energyflow", "tf-keras", "tensorflow"], devices.of_tensorflow)
