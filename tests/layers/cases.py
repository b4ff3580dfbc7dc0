"""A case or more of every layer of netwright: arguments and inputs in raw ranges, edges of the range included."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["CASES", "Case", "make_jets"]

RNG = np.random.default_rng(11)
BASES = ("E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m")


def make_jets(rows=6, constituents=5):
    p3 = RNG.normal(0, 100, (rows, constituents, 3))
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1).astype(np.float32)
    p4[:, 3:] = 0
    p4[-1] = 0
    return p4


def make_particles(unit=1.0):
    """E, px, py, pz and the excess of energy: heavy, light and massless, along the beam, at rest, side by side."""
    p3 = RNG.normal(0, 100, (6, 4, 3))
    p3[1, 0], p3[2, 1], p3[3, 1] = [0, 0, 500], 0, p3[3, 0]
    mass = np.broadcast_to([10.0, 0.1, 80.0, 0.0], p3.shape[:2])
    size = np.linalg.norm(p3, axis=-1)
    energy = np.hypot(size, mass)
    p4 = np.concatenate([energy[..., None], p3], axis=-1)
    return tuple((unit * x).astype(np.float32) for x in (p4, (mass**2 / (energy + size))[..., None]))


@dataclass(frozen=True)
class Case:
    """A layer's inputs in raw ranges, its arguments, and whether it has weights or is random in training."""

    inputs: tuple[np.ndarray, ...]
    arguments: dict[str, Any] = field(default_factory=dict)
    trained: bool = False
    random: bool = False


CASES = {
    "AbsentParticles": [
        Case((make_jets(),)),
        Case((np.where(make_jets() > 0, -999, np.nan).astype(np.float32),), {"markers": [-999]}),
    ],
    "BinaryDigits": [Case((RNG.integers(-3, 9, (6, 2)).astype(np.int32),), {"vocabulary": [[*range(9)], [-2]]})],
    "CategoryEmbedding": [
        Case(
            (RNG.integers(-3, 9, (6, 2)).astype(np.int32),),
            {"vocabulary": [[*range(9)], [-(2**31), 1]], "size": 3, "seed": 4},
            trained=True,
        )
    ],
    "Components": [Case((make_jets(),), {"start": 1, "stop": 3})],
    "Centre": [
        Case(
            (
                (1.7e9 + RNG.integers(-9, 9, (6, 3)) * 128).astype(np.float32),
                RNG.uniform(-64, 64, (6, 2)).astype(np.float32),
            ),
            {"columns": [2, 0], "centre": [1.7e9 + 3, 1.7e9], "markers": [-999.9]},
        )
    ],
    "Combine": [
        Case(
            (RNG.uniform(0, 1, (6, 3, n)).astype(np.float32), np.tril(np.ones((6, 3), np.float32))), {"how": how} | more
        )
        for n, how, more in ((1, "mean", {"weights": [1, 2, 3]}), (4, "votes", {}), (1, "votes", {}), (1, "median", {}))
    ],
    "ConstituentFeatures": [Case(make_particles()[:1]), Case(make_particles(1000)[:1])],
    "Dropout": [
        Case((RNG.normal(0, 3, (6, 40)).astype(np.float32),), {"rate": 0.3, "seed": 4}, random=True),
        Case(
            (RNG.normal(0, 3, (6, 5, 7)).astype(np.float32),),
            {"rate": 0.5, "noise_shape": (None, 1, 7), "seed": 2**31 - 1},
            random=True,
        ),
        Case((RNG.normal(0, 3, (6, 3)).astype(np.float32),), {"rate": 0.0, "seed": 0}),
    ],
    "EtaPhi": [Case(make_particles()[:1]), Case((make_jets(),))],
    "FeatureScale": [Case((RNG.normal(0, 3, (6, 4)).astype(np.float32),), {"speed": 6.0}, trained=True)],
    "FourMomenta": [
        Case((make_jets(),)),
        Case(make_particles()[:1]),
        Case(((np.abs(make_particles()[0]) * [9, 1, 0.01, 0.01]).astype(np.float32),), {"basis": "E,pt,eta,phi"}),
        Case(((np.abs(make_particles()[0]) * [1, 0.1, 0.01, 1]).astype(np.float32),), {"basis": "pt,eta,phi,m"}),
    ],
    "InnerDense": [Case((RNG.normal(0, 3, (6, 3, 4)).astype(np.float32),), {"units": 2}, trained=True)],
    "InnerScale": [
        Case(
            (RNG.normal(0, 3, (6, 4)).astype(np.float32),),
            {"networks": 3, "random": True, "shared": 2, "seed": 4},
            trained=True,
        ),
        Case((RNG.normal(0, 3, (6, 3, 4)).astype(np.float32),), {"networks": 3, "bias": True}, trained=True),
    ],
    "IsotonicScaling": [Case((RNG.normal(0, 3, (6, 1)).astype(np.float32),), {"knots": 5})],
    "JetFeatures": [Case(make_particles()[:1]), Case(make_particles(1000)[:1])],
    "JointOutput": [
        Case((RNG.normal(0, 30, (6, 3, n)).astype(np.float32),), {"function": function})
        for n, function in ((1, "sigmoid"), (4, "softmax"), (1, "linear"))
    ],
    "Logarithm": [
        Case(
            (np.array([[1e-3, 2, -5], [0, 3e38, 0], [-999, 1e-38, 5], [7, 7, 7]], np.float32),),
            {"smallest": [1e-3, 1.2e-38, None]},
        )
    ],
    "LorentzBoost": [
        Case(make_particles(), {"particles": 3, "seed": 1, "scale": 300}, trained=True),
        Case(make_particles(1000), {"features": ["phi", "pair_cos"], "seed": 2}, trained=True),
    ],
    "MaskedBatchNormalisation": [
        Case((RNG.normal(100, 10, (6, 2)).astype(np.float32),), trained=True),
        Case((RNG.normal(0, 1, (6, 5, 2)).astype(np.float32),), {"momentum": 0.5, "epsilon": 1e-6}, trained=True),
    ],
    "MaskedSum": [
        Case(
            (RNG.normal(0, 3, (6, 5, 2)).astype(np.float32), RNG.integers(0, 2, (6, 5, 1)).astype(np.float32)),
            {"scale": 3},
        )
    ],
    "MissingIndicator": [Case((np.array([[1, np.nan], [np.nan, 0], [-3e38, 2], [5, 5]], np.float32),))],
    "MissingMarkers": [Case((RNG.integers(-2, 3, (6, 2)).astype(np.float32),), {"markers": [-999, -99999]})],
    "MissingPlace": [
        Case((np.array([[1, np.nan], [np.nan, 0], [-3e38, 2], [5, 5]], np.float32),), {"places": [-4, 3.5]}),
        Case((np.where(RNG.uniform(size=(6, 5, 1)) < 0.5, np.nan, 1).astype(np.float32),), {"places": [-4]}),
    ],
    "ObjectFeatures": [Case(make_particles()), Case(make_particles(1000))],
    "OneHot": [Case((RNG.integers(-3, 30, (6, 2)).astype(np.int32),), {"vocabulary": [[0, 1, 22], [-2]]})],
    "OrderedQuantiles": [Case((np.append(RNG.normal(0, 30, (6, 5)), [[0, 90, -90, 1, -1]], 0).astype(np.float32),))],
    "PairFeatures": [Case(make_particles()), Case(make_particles(1000), {"first": 2})],
    "PeriodicEmbedding": [
        Case((RNG.normal(0, 3, (6, 4)).astype(np.float32),), {"size": 3, "waves": 5, "seed": 4}, trained=True)
    ],
    "Probability": [Case((RNG.normal(0, 30, (6, 1)).astype(np.float32),))],
    "QuantileScaling": [
        Case(
            (np.array([[-1e6, 0], [0.5, 1e-3], [50, 2e-3], [1e9, -1]], np.float32),),
            {"knots": [[0, 1, 100, 1e3], [0, 1e-3, 1e-3, 1e-3]], "normal": [[-2, -1, 1, 3], [0, 1, 1, 1]]},
        ),
        Case((RNG.normal(0, 1, (6, 5, 1)).astype(np.float32),), {"knots": [[-1, 1]], "normal": [[-2, 2]]}),
    ],
    "RawFeatures": [Case((make_particles()[0], np.ones((6, 4, 1), np.float32)))],
    "ReflectEta": [Case((make_jets(),), {"seed": 1, "basis": basis}, random=True) for basis in BASES],
    "RotatePhi": [Case((make_jets(),), {"seed": 1, "basis": basis}, random=True) for basis in BASES],
    "SharedDense": [Case((RNG.normal(0, 3, (6, 5, 7)).astype(np.float32),), {"units": 3}, trained=True)],
    "ShuffleParticles": [Case((make_jets(),), {"seed": 1}, random=True)],
    "SmoothClip": [Case((np.array([[0, 1e-20, -3, 1e9, -3e38, 40]] * 6, dtype=np.float32),), {"limit": 3.0})],
    "Standardise": [
        Case((RNG.normal(1e5, 10, (6, 2)).astype(np.float32),), {"mean": [1e5, 1e5], "std": [10, 1]}),
        Case((RNG.normal(0, 1, (6, 5, 2)).astype(np.float32),), {"mean": [0, 1], "std": [1, 2]}),
    ],
    "TemperatureScaling": [Case((RNG.normal(0, 3, (6, 3)).astype(np.float32),))],
    "Unstandardise": [Case((RNG.normal(0, 1, (6, 1)).astype(np.float32),), {"mean": [91.2], "std": [2.5]})],
}
