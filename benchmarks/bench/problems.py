"""What is measured: sizes of networks and files, and the data; every environment can import this (NumPy alone)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

QUICK = 16  # by what a quick trial divides the rows


@dataclass(frozen=True)
class Dense:
    """Dense layers with ELU, one output, binary cross entropy, Adam; as many rows as make whole batches.

    Attributes:
        inputs: numbers of a row.
        units: of each hidden layer.
        batch: rows of a step.
        rows: about how many rows there are.
    """

    inputs: int
    units: tuple[int, ...]
    batch: int
    rows: int

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Numbers into and out of each layer."""
        return list(pairwise([self.inputs, *self.units, 1]))

    @property
    def flop_per_row(self) -> float:
        """Multiplications and additions of the matrix products of one step: 6 a weight, 4 in the first layer.

        Forwards, gradient of the weights, gradient of the layer's inputs; the last is not needed of the data.
        """
        first, *others = [float(n * m) for n, m in self.sizes]
        return 4 * first + 6 * sum(others)

    def data(self) -> tuple[Floats, Floats]:
        """Make rows: (rows, inputs) normal numbers, and (rows,) labels 0 or 1 of a plane with some noise."""
        random = np.random.default_rng(1)
        rows = self.batch * round(max(self.rows / self.batch, 2))
        x = random.standard_normal((rows, self.inputs), dtype=np.float32)
        return x, (x[:, :8].sum(axis=1) + random.standard_normal(rows) > 0).astype(np.float32)


@dataclass(frozen=True)
class Members:
    """Several networks of one kind: of the folds of a cross-validation, or an ensemble on the same rows.

    Attributes:
        network: each of them; `rows` are those that all folds together have.
        kind: what they are.
        count: how many.
        epochs: how long each is trained.
    """

    network: Dense
    kind: Literal["folds", "ensemble"]
    count: int
    epochs: int


@dataclass(frozen=True)
class DeepSets:
    """One small network for every constituent, summed, then dense layers; ReLU, binary cross entropy, Adam.

    Attributes:
        constituent_units: of the network for one constituent, which has four numbers.
        units: of the layers after the sum.
        constituents: places for them; on average half hold one, the others are zeros and masked.
        batch: rows of a step.
        rows: how many there are.
    """

    constituent_units: tuple[int, ...]
    units: tuple[int, ...]
    constituents: int
    batch: int
    rows: int

    def data(self) -> tuple[Floats, Floats]:
        """Make jets: (rows, constituents, 4) of E, px, py, pz in GeV, and (rows,) labels 0 or 1."""
        random = np.random.default_rng(1)
        p3 = random.standard_normal((self.rows, self.constituents, 3), dtype=np.float32)
        energy = np.sqrt((p3**2).sum(axis=2, keepdims=True))
        exists = np.arange(self.constituents) < random.integers(1, self.constituents, size=(self.rows, 1))
        x = np.concatenate([energy, p3], axis=2) * exists[..., None].astype(np.float32)
        return x, (random.uniform(size=self.rows) < 0.5).astype(np.float32)


@dataclass(frozen=True)
class Table:
    """A file of rows of float32.

    Attributes:
        format: ending of its name.
        rows: how many there are.
        columns: numbers of a row.
        jets: whether a row is a jet: npz and HDF5 hold one array (rows, columns / 4, 4) and ROOT four (rows,
            columns / 4), as jets are kept there, and not a column for each number.
        tree: whether ROOT holds a tree (TTree) and not an ntuple (RNTuple).
    """

    format: str
    rows: int
    columns: int
    jets: bool
    tree: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [f"x{i}" for i in range(self.columns)]

    @property
    def branches(self) -> list[str]:
        """The names of the branches in ROOT."""
        return ["E", "px", "py", "pz"] if self.jets else self.names


Case = Dense | Members | DeepSets | Table

SEED = Dense(800, (128,) * 5, 256, 32_768)
SMALL = Dense(32, (64,) * 3, 128, 131_072)
FORMATS = ("npz", "h5", "root", "parquet", "csv")

CASES: dict[str, Case] = {
    **{f"seed-{batch}": replace(SEED, batch=batch) for batch in (200, 256, 1024, 8192)},
    **{f"small-{batch}": replace(SMALL, batch=batch) for batch in (128, 512)},
    "folds": Members(replace(SMALL, rows=32_768), "folds", 10, 20),
    "ensemble": Members(replace(SMALL, rows=32_768), "ensemble", 20, 20),
    "deep-sets": DeepSets((100, 100, 128), (100, 100, 100), 200, 256, 2048),
    **{f"columns-{ending}": Table(ending, 1_000_000, 30, jets=False) for ending in FORMATS},
    # text is large: a tenth of the jets
    **{f"jets-{e}": Table(e, 10_000 if e == "csv" else 100_000, 800, jets=True) for e in FORMATS},
    # each branch in one page or basket of all its numbers
    "wide-root": Table("root", 100_000, 800, jets=False),
    "wide-tree": Table("root", 100_000, 800, jets=False, tree=True),
}


def case_of(name: str, *, quick: bool) -> Case:
    """Return a case by its name; for a quick trial, with fewer rows."""
    case = CASES[name]
    if not quick:
        return case
    if isinstance(case, Members):
        return replace(case, network=replace(case.network, rows=case.network.rows // QUICK), epochs=2)
    return replace(case, rows=max(case.rows // QUICK, 512))
