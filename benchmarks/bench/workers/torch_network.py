"""The dense network in PyTorch."""

from __future__ import annotations

from itertools import pairwise

import torch

from bench.problems import Dense


def dense(case: Dense) -> torch.nn.Sequential:
    """Build it, up to the logit."""
    layers: list[torch.nn.Module] = []
    for n, m in pairwise([case.inputs, *case.units]):
        layers += [torch.nn.Linear(n, m), torch.nn.ELU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(case.units[-1], 1), torch.nn.Flatten(0))


def device() -> torch.device:
    """Return where to train."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
