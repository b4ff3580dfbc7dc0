"""Whether uncertainties are what they say: quoted against true scatter, by pseudo-experiments.

    python benchmarks/interval_coverage.py --quick
    python benchmarks/interval_coverage.py --write

Each experiment draws new rows, as the scenario says, and measures every metric of a head. The true scatter is the
standard deviation of the value over all experiments; what is quoted is the mean of the uncertainties. The coverage is
the share of experiments whose interval of one standard deviation holds the mean value of all (0.683 for a normal law);
a lower limit covers where it is below that value. Of a rejection the "mean value" is 1 over the mean ε_B.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
from bench.report import machine
from bench.sweep import give

from netwright.metrics import Measured, measure_binary, measure_multiclass, measure_regression

Found = Mapping[str, Measured]
SHAPES = ("unit weights", "weights over three decades", "20% negative weights", "tied scores")
SIGNAL, BACKGROUND = 200, 10_000
REGRESSION_ROWS = 1000


def main() -> None:
    """Measure every scenario and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="try with few experiments; the numbers mean nothing")
    parser.add_argument("--write", action="store_true", help="also put the table into RESULTS.md")
    parser.add_argument("--experiments", type=int, default=400)
    options = parser.parse_args()
    count = 30 if options.quick else options.experiments
    lines = ["| head | rows | metric | value | true scatter | quoted | quoted / true | coverage |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for kind, draw in HEADS.items():
        for shape in SHAPES:
            rng = np.random.default_rng(1)
            lines += list(compared(kind, shape, [draw(rng, shape) for _ in range(count)]))
    trial = "A trial with few experiments, whose numbers mean nothing. " if options.quick else ""
    head = (
        f"{trial}`python benchmarks/interval_coverage.py`: "
        f"{machine()}, {datetime.now(UTC):%Y-%m-%d}, {count} experiments "
        f"of each line, which know a scatter to {1 / np.sqrt(2 * count):.1%}. netwright {version('netwright')}, numpy "
        f"{np.__version__}."
    )
    text = "\n\n".join(["## Coverage of uncertainties", head, EXPLANATION, "\n".join(lines)])
    give("coverage", text, write=options.write)


EXPLANATION = (
    f"Binary: {SIGNAL} signal and {BACKGROUND:,} background rows in the mean (the class of each row is drawn), normal "
    "scores 1.2 σ apart. Multiclass: classes of 2,000, 600 and 200 rows in the mean. Regression: 1,000 normal "
    "residuals. Quoted is the mean of the uncertainties; coverage is the share of intervals of one σ that hold the "
    "mean, 0.683 for a normal law. Rejections of which so few background rows are left that the quoted uncertainty is "
    "above 30% of the value have a skewed law: evaluate these by their coverage."
)


def weights_of(rng: np.random.Generator, shape: str, rows: int) -> np.ndarray:
    """Draw weights."""
    if shape == SHAPES[1]:
        return 10 ** rng.uniform(-2, 1, rows)
    return np.where(rng.random(rows) < 0.2, -1.0, 1.0) if shape == SHAPES[2] else np.ones(rows)


def binary(rng: np.random.Generator, shape: str) -> Found:
    """Measure one experiment of a binary head."""
    labels = (rng.random(SIGNAL + BACKGROUND) < SIGNAL / (SIGNAL + BACKGROUND)).astype(int)
    z = rng.normal(1.2 * labels - 0.6)
    z = np.round(2 * z) / 2 if shape == SHAPES[3] else z
    return measure_binary(labels, 1 / (1 + np.exp(-z)), weights_of(rng, shape, len(labels)))


def multiclass(rng: np.random.Generator, shape: str) -> Found:
    """Measure one experiment of a head of three classes."""
    sizes = np.array([2000, 600, 200])
    labels = rng.choice(3, sizes.sum(), p=sizes / sizes.sum())
    logits = rng.normal(size=(len(labels), 3)) + 0.9 * np.eye(3)[labels]
    logits = np.round(2 * logits) / 2 if shape == SHAPES[3] else logits
    likely = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return measure_multiclass(labels, likely, weights_of(rng, shape, len(labels)), signal_efficiencies=(0.5, 0.7))


def regression(rng: np.random.Generator, shape: str) -> Found:
    """Measure one experiment of a regression head."""
    truth, residuals = rng.uniform(40, 60, REGRESSION_ROWS), rng.normal(0.5, 2, REGRESSION_ROWS)
    predicted = truth + (np.round(10 * residuals) / 10 if shape == SHAPES[3] else residuals)
    return measure_regression(truth, predicted, weights_of(rng, shape, len(truth)))


HEADS: Mapping[str, Callable[[np.random.Generator, str], Found]] = {
    "binary": binary,
    "multiclass": multiclass,
    "regression": regression,
}


def compared(kind: str, shape: str, experiments: list[Found]) -> Iterator[str]:
    """Yield one line for each metric."""
    for name in dict.fromkeys(name for result in experiments for name in result):
        numbers = [result[name] for result in experiments if name in result]
        values = np.array([number.value for number in numbers])
        quoted = np.array([number.uncertainty for number in numbers])
        known = np.isfinite(values) & np.isfinite(quoted)
        rejection = name.startswith("background_rejection")
        middle = 1 / np.mean(1 / values) if rejection else np.mean(values[known])
        covers = np.abs(values - middle) <= quoted
        limits = np.array([np.nan if one.lower_limit is None else one.lower_limit for one in numbers])
        covers = np.where(np.isfinite(limits), limits <= middle, covers)
        scatter = values[known].std(ddof=1)
        yield (
            f"| {kind} | {shape} | {name} | {middle:.4g} | {scatter:.2g} | {quoted[known].mean():.2g} | "
            f"{quoted[known].mean() / scatter:.2f} | {covers.mean():.2f} |"
        )


if __name__ == "__main__":
    main()
