"""The `model` section: the layers that all heads share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from netwright.config._section import Number, Section

__all__ = ["Activation", "Body", "DeepSetsBody", "DenseBody", "ModelSection"]

Activation = Literal["relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softplus", "leaky_relu"]


class _Body(Section):
    units: list[PositiveInt] = Field(
        [128, 128, 128], min_length=1, description="Units of each dense layer, from the inputs on."
    )
    activation: Activation = Field("relu", description="Activation of the hidden layers.")
    batch_normalisation: bool = Field(default=False, description="Normalise each hidden layer before its activation.")
    dropout: Number = Field(0.0, ge=0, lt=1, description="Probability with which a unit is dropped in a step.")
    l2: Number = Field(0.0, ge=0, description="λ of the L2 penalty on the weights of dense layers.")


class DenseBody(_Body):
    """Fully connected layers over all features side by side."""

    kind: Literal["dense"] = Field(description="Fully connected; another: deep-sets.")


class DeepSetsBody(_Body):
    """One small network for every constituent, summed over constituents, then fully connected layers."""

    kind: Literal["deep-sets"] = Field(description="Summed over constituents; another: dense.")
    constituent_units: list[PositiveInt] = Field(
        [64, 64, 64], min_length=1, description="Units of each layer of the network for one constituent."
    )


Body = Annotated[DenseBody | DeepSetsBody, Field(discriminator="kind")]


class ModelSection(Section):
    """How the network is built."""

    body: Body = Field(DenseBody(kind="dense"), description="The layers that all heads share.")
