"""PyTorch, with a loop as a good user writes it: rows on the device, a new permutation each epoch, fused Adam."""

from __future__ import annotations

import time

import torch

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.torch_network import dense, device
from bench.workers.training import Train, serve_training


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Make a network and its loop."""
    assert isinstance(case, Dense)
    where = device()
    network = dense(case).to(where)
    inputs, labels = torch.from_numpy(x).to(where), torch.from_numpy(y).to(where)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    loss_of = torch.nn.BCEWithLogitsLoss()

    def epoch() -> torch.Tensor:
        total = torch.zeros((), device=where)
        for rows in torch.randperm(len(inputs), device=where).split(case.batch):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(network(inputs[rows]), labels[rows])
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return total

    def train(epochs: int) -> float:
        network.train()
        began = time.perf_counter()
        for _ in range(epochs):
            epoch().item()  # waits for the device
        return time.perf_counter() - began

    return train


if __name__ == "__main__":
    serve_training(fresh, ["torch"], devices.of_torch)
