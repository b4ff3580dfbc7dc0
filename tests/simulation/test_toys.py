"""Points of the 2-D problems: labels by their formulas, noise, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import GenerationError
from netwright.simulation import TOYS, generate_toy


@pytest.mark.parametrize("kind", TOYS)
def test_points_are_reproducible_and_in_the_plane(kind):
    toy, again, other = (generate_toy(kind, 401, noise=0.1, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(toy.x, again.x)
    assert not np.array_equal(toy.x, other.x)
    assert toy.x.shape == (401, 2)
    assert np.percentile(np.abs(toy.x), 90) < 6
    labels = {0.0, 1.0} if toy.classes else None
    assert labels in (None, set(toy.y.tolist()))
    assert np.abs(toy.y).max() <= 1


def test_labels_without_noise():
    """Each problem has a rule that tells its classes apart without an error."""
    x, y = (getattr(generate_toy("xor", 300), name) for name in "xy")
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] > 0)
    x, y = (getattr(generate_toy("plane", 300), name) for name in "xy")
    np.testing.assert_allclose(y, np.clip((x[:, 0] + x[:, 1]) / 10, -1, 1))
    spiral = generate_toy("spiral", 300)
    radius = np.hypot(*spiral.x.T)
    angle = np.arctan2(spiral.x[:, 0], spiral.x[:, 1]) - 3.5 * np.pi * radius / 5
    outside = radius > 0  # both arms begin at 0
    np.testing.assert_array_equal((np.cos(angle) > 0)[outside], (spiral.y == 1)[outside])
    bumps = generate_toy("multi-gauss", 3000)
    near = np.linalg.norm(bumps.x - [4, 2.5], axis=1) < 1
    assert (bumps.y[near] > 0.5).all()


def test_the_peak_is_over_a_falling_background():
    toy = generate_toy("peak", 20_000)
    mass, background = toy.x[toy.y == 1, 0], toy.x[toy.y == 0, 0]
    assert mass.std() == pytest.approx(0.4, abs=0.02)  # its own error is 0.003
    counts = np.histogram(background, [-6, -3, 0, 3, 6])[0]
    np.testing.assert_allclose(counts[1:] / counts[:-1], np.exp(-0.5), atol=0.06)  # two to three deviations


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "spirals"}, 'received "spirals". Did you mean "spiral"?'),
        ({"kind": "xor", "rows": 1}, "rows must be a number from 2 to 1,000,000, received 1"),
        ({"kind": "xor", "noise": 0.6}, "noise must be a number from 0 to 0.5, received 0.6"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(GenerationError, match=message.replace("?", r"\?").replace(".", r"\.")):
        generate_toy(**arguments)
