"""What is compared with what: the tables, who is in them, and the bars that netwright has to clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bench.problems import CASES

Environment = Literal["own", "tensorflow", "torch"]


@dataclass(frozen=True)
class Contestant:
    """One way of doing what a table measures.

    Attributes:
        name: as the table shows it.
        module: the worker.
        environment: whose Python runs it.
        way: what the worker is asked to do, where it can do several things.
        variables: environment variables of its process.
    """

    name: str
    module: str
    environment: Environment
    way: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bar:
    """How many times as fast as another netwright has to be in a case.

    Attributes:
        case: where.
        rival: the name of the other.
        at_least: how many times as fast.
        device: on which kind of device.
    """

    case: str
    rival: str
    at_least: float
    device: Literal["cpu", "gpu"] = "cpu"


@dataclass(frozen=True)
class Comparison:
    """One table of the results.

    Attributes:
        number: of the table.
        title: its heading.
        explanation: what was measured, in sentences.
        quantity: what the workers measure: rows per second, of which more is better, or seconds.
        cases: what is measured, and how the table names it.
        contestants: who takes part.
        base: the name of the contestant with which the others are compared.
        bars: what has to be reached.
        more: further quantities to show, by heading.
    """

    number: int
    title: str
    explanation: str
    quantity: Literal["rows_per_second", "seconds"]
    cases: Mapping[str, str]
    contestants: tuple[Contestant, ...]
    base: str
    bars: tuple[Bar, ...]
    more: Mapping[str, str] = field(default_factory=dict)


def _folds_and_ensembles(name: str) -> tuple[Contestant, ...]:
    return tuple(
        Contestant(f"{name}, {shown}", "netwright_training", "own", way)
        for shown, way in (
            ("together", "together"),
            ("as its engine chooses", "auto"),
            ("one after another", "one-by-one"),
            ("a single one", "single"),
        )
    )


NETWRIGHT = Contestant("netwright", "netwright_training", "own")
KERAS_TENSORFLOW = Contestant(
    "Keras on TensorFlow, fit", "keras_fit", "tensorflow", variables={"KERAS_BACKEND": "tensorflow"}
)
KERAS_JAX = Contestant("Keras on JAX, fit", "keras_fit", "own", variables={"KERAS_BACKEND": "jax"})
TORCH = Contestant("PyTorch, loop by hand", "torch_loop", "torch")
JAX = Contestant("JAX, scan by hand", "jax_scan", "own")
LIGHTNING = Contestant("PyTorch Lightning", "lightning_fit", "torch")
PRODUCT = Contestant("matrix product alone", "matrix_product", "own")
TRAINERS = (KERAS_TENSORFLOW, KERAS_JAX, TORCH, JAX, LIGHTNING)

_SPEED = (
    "Speed of training in rows per second: whole epochs over rows in memory, shuffled, without validation, "
    "checkpoints and compilation. "
)
_PRODUCT = (
    "The last line of each case is the speed at which the machine multiplies large matrices, over the multiplications "
    "and additions of a row: netwright's share of it is the ratio."
)


def _dense(title: str, number: int, prefix: str, bars: tuple[Bar, ...]) -> Comparison:
    cases = {name: f"batch {name.partition('-')[2]}" for name in CASES if name.startswith(prefix)}
    who = (NETWRIGHT, *TRAINERS, PRODUCT)
    more = {"GFLOP/s": "gflop_per_second"}
    return Comparison(number, title, _SPEED + _PRODUCT, "rows_per_second", cases, who, NETWRIGHT.name, bars, more=more)


SEED = _dense(
    "800 inputs, 5 layers of 128 units",
    1,
    "seed-",
    (
        Bar("seed-256", KERAS_TENSORFLOW.name, 2.5),
        Bar("seed-1024", KERAS_TENSORFLOW.name, 1.5),
        Bar("seed-256", TORCH.name, 1.3),
        Bar("seed-1024", TORCH.name, 1.0),
        *(Bar(f"seed-{batch}", JAX.name, 0.95) for batch in (200, 256, 1024, 8192)),
        Bar("seed-8192", KERAS_TENSORFLOW.name, 20, "gpu"),
        Bar("seed-8192", LIGHTNING.name, 20, "gpu"),
    ),
)

SMALL = _dense(
    "32 inputs, 3 layers of 64 units",
    2,
    "small-",
    tuple(Bar(f"small-{batch}", KERAS_TENSORFLOW.name, 5) for batch in (128, 512)),
)

TOGETHER, CHOSEN, ONE_BY_ONE, SINGLE = _folds_and_ensembles("netwright")
MEMBERS = Comparison(
    3,
    "Folds and ensembles of the small network, batch 128",
    "Seconds from arrays to trained networks, with everything that each training needs (building, compiling, choosing "
    "a way); 32,768 rows, 20 epochs. Rivals train one network after another: the time of one, measured, times their "
    "number. netwright also validates after each epoch and keeps the best weights; what it compiled in its first "
    "training is in its cache on the disk. To choose, its engine tries each way for a moment.",
    "seconds",
    {"folds": "10 folds", "ensemble": "ensemble of 20"},
    (TOGETHER, CHOSEN, ONE_BY_ONE, SINGLE, *TRAINERS),
    TOGETHER.name,
    bars=(
        *(Bar(case, ONE_BY_ONE.name, 2) for case in ("folds", "ensemble")),
        Bar("folds", SINGLE.name, 1 / 1.5, "gpu"),
    ),
    more={"networks in one program": "networks_in_program"},
)

DEEP_SETS = Comparison(
    4,
    "Deep sets: 200 constituents of 4 numbers, layers 100, 100, 128, sum, 100, 100, 100",
    _SPEED + "On average half of the constituents are there; the others are masked. EnergyFlow's PFN runs on "
    "tf-keras, by its own fit. weaver-core runs its own `train_classification` with a network of the same layers, "
    "from its own `SimpleIterDataset`, kept in memory, and one loading process, as by default.",
    "rows_per_second",
    {"deep-sets": "batch 256"},
    (
        NETWRIGHT,
        KERAS_TENSORFLOW,
        KERAS_JAX,
        Contestant("EnergyFlow, PFN", "energyflow_pfn", "tensorflow", variables={"TF_USE_LEGACY_KERAS": "1"}),
        Contestant("weaver-core, its loop", "weaver_loop", "torch"),
    ),
    NETWRIGHT.name,
    (),
)

COMPARISONS = {one.number: one for one in (SEED, SMALL, MEMBERS, DEEP_SETS)}
