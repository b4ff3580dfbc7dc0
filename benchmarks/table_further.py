"""Seven tables that were drawn after all defaults for tables were chosen, for benchmarks/tabular.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["counts_of_words", "few_values", "kinematics", "missing_numbers", "quadrics", "showers", "sixteen_clusters"]

Floats = npt.NDArray[np.float64]
Drawn = tuple[Floats, Floats]


def _column(y: npt.NDArray[np.bool_]) -> Floats:
    return y.astype(np.float64)


def quadrics() -> Drawn:
    """A sphere in ten columns (The Elements of Statistical Learning, equation 10.2), and five columns of noise."""
    from sklearn.datasets import make_hastie_10_2

    x, y = make_hastie_10_2(8000, random_state=1)
    return np.hstack([x, np.random.default_rng(11).normal(size=(8000, 5))]), _column(y > 0)


def sixteen_clusters() -> Drawn:
    """Clusters in eight columns, six combinations of them and fourteen of noise; a tenth of the labels is wrong."""
    from sklearn.datasets import make_classification

    more = {"n_informative": 8, "n_redundant": 6, "n_clusters_per_class": 4, "class_sep": 0.7, "flip_y": 0.1}
    x, y = make_classification(7000, 28, random_state=2, **more)
    return x, _column(y > 0)


def counts_of_words() -> Drawn:
    """Frequencies of words: most are zero, and each has a long tail and a scale of its own."""
    random = np.random.default_rng(12)
    y = random.random(6000) < 0.4
    often = 0.1 + 0.25 * np.where(y[:, None], random.random(25), 0) + 0.15 * np.where(~y[:, None], random.random(25), 0)
    exists = random.random((6000, 25)) < often
    return np.where(exists, random.exponential(1, (6000, 25)) * np.exp(random.normal(size=25)), 0), _column(y)


def missing_numbers() -> Drawn:
    """Six causes in twenty columns with tails, 3% of which are -999."""
    random = np.random.default_rng(13)
    y = random.random(8000) < 0.3
    causes = random.normal(size=(8000, 6)) @ random.normal(size=(6, 20))
    x = np.exp(0.5 * (causes + 0.8 * np.outer(y, random.normal(size=20)))) + 0.1 * random.normal(size=(8000, 20))
    x[random.random(x.shape) < 0.03] = -999
    return x, _column(y)


def few_values() -> Drawn:
    """Twenty columns of -1, 0 and 1, of which eight count, some in pairs."""
    random = np.random.default_rng(14)
    x = random.integers(-1, 2, (7000, 20)).astype(np.float64)
    pairs = 0.9 * x[:, 0] * x[:, 1] - 0.7 * x[:, 3] * (x[:, 4] > 0) + 0.6 * (x[:, 6] == x[:, 7])
    score = pairs + 0.8 * x[:, 2] + 0.5 * x[:, 5] - 0.2
    return x, _column(random.random(7000) < 1 / (1 + np.exp(-1.5 * score)))


def showers() -> Drawn:
    """Length, width, size and angles of images of air showers, of photons and of hadrons."""
    random, n = np.random.default_rng(15), 9000
    y = random.random(n) < 0.5
    length = random.gamma(3, 15, n) * np.where(y, 1.0, 1.4)
    width = length * random.beta(2, np.where(y, 6, 4), n)
    angle = np.clip(np.abs(random.normal(0, np.where(y, 10, 30), n)), 0, 90)
    asymmetry = random.normal(0, np.where(y, 40, 70), n)
    size = random.normal(2.8, 0.4, n) + 0.2 * y
    shares = random.beta(2, 3, n), random.beta(1, 3, n)
    moments = 20 * random.standard_t(2, n), random.normal(0, 20, n)
    return np.stack([length, width, size, *shares, asymmetry, *moments, angle, random.gamma(5, 40, n)], 1), _column(y)


def kinematics() -> Drawn:
    """A resonance at 125 GeV over a falling mass, with momenta in GeV, angles in rad and a missing momentum."""
    random, n = np.random.default_rng(16), 10_000
    y = random.random(n) < 0.5
    mass = np.where(y, random.normal(125, 12, n), 20 + random.exponential(60, n)) + random.normal(0, 8, n)
    pt, met = 20 + random.exponential(40, n), random.exponential(np.where(y, 45, 30), n)
    angle, eta = random.uniform(0, np.pi, n) * np.where(y, 0.7, 1.0), random.normal(0, np.where(y, 1.2, 1.5), n)
    ht = 1.5 * pt + random.exponential(80, n)
    transverse = np.sqrt(2 * pt * met * (1 - np.cos(angle)))
    noise = random.exponential(20, n), random.normal(size=n), random.uniform(-np.pi, np.pi, n)
    jets = random.poisson(np.where(y, 3, 2), n).astype(np.float64)
    return np.stack([mass, pt, met, ht, angle, eta, met / np.sqrt(ht), jets, *noise, transverse], 1), _column(y)
