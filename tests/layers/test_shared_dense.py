from __future__ import annotations

import keras
import numpy as np
import pytest

from netwright.layers import SharedDense


def test_it_is_the_dense_layer_of_keras() -> None:
    x = np.random.default_rng(1).normal(size=(6, 5, 7)).astype(np.float32)
    arguments = {"units": 4, "activation": "elu", "kernel_regularizer": keras.regularizers.L2(0.1)}
    one, other = SharedDense(**arguments), keras.layers.Dense(**arguments)
    one.build(x.shape)
    other.build(x.shape)
    other.set_weights(one.get_weights())
    np.testing.assert_allclose(one(x), other(x), rtol=1e-5, atol=1e-6)
    assert float(one.losses[0]) == float(other.losses[0])
    assert one.compute_output_shape((None, 5, 7)) == (None, 5, 4)


def test_rows_without_particles_are_refused() -> None:
    with pytest.raises(ValueError, match=r"takes features of particles, \(rows, P, features\)\. Received"):
        SharedDense(2, name="phi").build((None, 7))
