"""Several networks that share nearly all weights, as one more axis of their features."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.layers.initial_values import drawn

__all__ = ["InnerDense", "InnerScale"]

_FEW = 4  # units that are summed one by one: for a product of matrices a compiler reorders all features first


@keras.saving.register_keras_serializable(package="netwright")
class InnerScale(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Give each of N inner networks its own factors on the features: y_nf = a_nf x_f + c_nf, or of x_nf.

    Around weights W that all N share, such factors make a network of each, y_n = (W (x_n a_n)) b_n + c_n, at the price
    of a few vectors instead of a matrix. With random factors at the entrance the
    networks begin, and stay, different.

    Args:
        networks: N, 1 or more.
        bias: whether there is c, which begins as 0.
        random: whether factors begin as a ~ N(0, 1) rather than 1.
        shared: neighbouring features that begin with the same random factor, such as the numbers of one embedding.
        seed: of the first factors.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, features) where the networks part, else (rows, N, features), in any unit; outputs
    (rows, N, features), in that unit.

    Raises:
        ValueError: there is no network, the number of features is no multiple of `shared`, or the inputs have another
            number of networks.

    Source: arXiv:2002.06715, equation 2 (BatchEnsemble); arXiv:2410.24210, section 3.3 (TabM), for random first
    factors at the entrance and ones elsewhere.

    Example:
        >>> import numpy as np
        >>> x = np.ones((5, 3), dtype=np.float32)
        >>> InnerScale(4)(x).shape, InnerScale(4)(InnerScale(4)(x)).shape
        ((5, 4, 3), (5, 4, 3))
    """

    def __init__(
        self,
        networks: int,
        *,
        bias: bool = False,
        random: bool = False,
        shared: int = 1,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if networks < 1 or shared < 1:
            msg = f"`networks` and `shared` must be 1 or more. Received: networks={networks}, shared={shared}"
            raise ValueError(msg)
        self.networks, self.bias, self.random = int(networks), bool(bias), bool(random)
        self.shared, self.seed = int(shared), seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = input_shape[-1] or 0
        if features % self.shared:
            msg = f"{self.name}: features must be a multiple of `shared`. Received: {features} and {self.shared}"
            raise ValueError(msg)
        if len(input_shape) == 3 and input_shape[1] != self.networks:
            msg = f"{self.name} has {self.networks} networks. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        self.factors = self.add_weight(
            shape=(self.networks, features), initializer=self._first if self.random else "ones", name="factors"
        )
        if self.bias:
            self.offsets = self.add_weight(shape=(self.networks, features), initializer="zeros", name="bias")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        x = inputs if len(inputs.shape) == 3 else inputs[:, None, :]
        scaled = x * ops.convert_to_tensor(self.factors)
        return scaled + ops.convert_to_tensor(self.offsets) if self.bias else scaled

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape[0], self.networks, input_shape[-1]

    def get_config(self) -> dict[str, Any]:
        config = {key: getattr(self, key) for key in ("networks", "bias", "random", "shared", "seed")}
        return {**super().get_config(), **config}

    def _first(self, shape: tuple[int, int], dtype: str) -> Any:
        first = drawn(keras.random.normal, (shape[0], shape[1] // self.shared), dtype=dtype, seed=self.seed)
        return ops.repeat(first, self.shared, axis=1)


@keras.saving.register_keras_serializable(package="netwright")
class InnerDense(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Apply a separate fully connected layer to the features of each inner network: y_n = W_n x_n + b_n.

    Args:
        units: of each network.
        kernel_initializer: of W_n; its fans are those of one network.
        bias_initializer: of b_n.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, N, features) in any unit, outputs (rows, N, units).

    Raises:
        ValueError: the inputs have another number of dimensions.

    Source: arXiv:2410.24210, section 3.3: the last layer is that of each network.

    Example:
        >>> import numpy as np
        >>> InnerDense(2)(np.ones((5, 4, 3), dtype=np.float32)).shape
        (5, 4, 2)
    """

    def __init__(
        self,
        units: int,
        kernel_initializer: Any = "glorot_uniform",  # what keras.initializers.get takes
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = int(units)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 3:
            msg = f"{self.name} takes features of inner networks, (rows, N, features). Received: shape {input_shape}"
            raise ValueError(msg)
        _, networks, features = input_shape
        self.kernel = self.add_weight(shape=(networks, features, self.units), initializer=self._first, name="kernel")
        self.bias = self.add_weight(shape=(networks, self.units), initializer=self.bias_initializer, name="bias")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        kernel = ops.convert_to_tensor(self.kernel)
        if self.units > _FEW:
            return ops.einsum("rnf,nfu->rnu", inputs, kernel) + self.bias
        of_units = [ops.sum(inputs * kernel[:, :, unit], axis=2) for unit in range(self.units)]
        return ops.stack(of_units, axis=2) + self.bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return *input_shape[:2], self.units

    def get_config(self) -> dict[str, Any]:
        config = {
            "units": self.units,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
        return {**super().get_config(), **config}

    def _first(self, shape: tuple[int, int, int], dtype: str) -> Any:
        """Draw the weights of all networks as one wide layer, whose fan-in is that of each."""
        networks, features, units = shape
        first = self.kernel_initializer((features, networks * units), dtype=dtype)
        return ops.transpose(ops.reshape(first, (features, networks, units)), (1, 0, 2))
