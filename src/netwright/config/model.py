"""The `model` section: the layers that heads share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from netwright.config._kinds import Kinds
from netwright.section import Name, Number, Section, Units, Whole

__all__ = [
    "BODY_SECTIONS",
    "Activation",
    "Body",
    "BodySection",
    "CustomBody",
    "DeepSetsBody",
    "DenseBody",
    "DenselyConnectedBody",
    "HiddenLayers",
    "ModelSection",
    "ResidualBody",
    "TabularBody",
]

Activation = Literal[
    "relu", "elu", "selu", "gelu", "silu", "mish", "celu", "tanh", "sigmoid", "softplus", "softsign", "leaky_relu",
    "relu6", "hard_sigmoid", "hard_silu", "linear",
]  # fmt: skip


class BodySection(Section):
    """What every kind of body says; each kind has its own value of ``kind``.

    Attributes:
        needs_particles: the body cannot be built without an input group with features of each particle.
    """

    needs_particles: ClassVar[bool] = False

    if TYPE_CHECKING:

        @property
        def kind(self) -> str:
            """Which kind of body this is."""

    @property
    def style(self) -> HiddenLayers:
        """Style of a head's own layers on this body."""
        return HiddenLayers()

    @property
    def user_code(self) -> str | None:
        """Import path of the user's class that builds the body, as package.module:Class; None if there is none."""
        return None


class HiddenLayers(BodySection):
    """What bodies of dense layers have in common."""

    units: Units = Field([128, 128, 128], min_length=1, description="Units of each dense layer, first layer first.")
    activation: Activation = Field(
        "relu",
        description=(
            "Activation of the hidden layers; the initialiser is chosen to match. With selu, dropout is AlphaDropout."
        ),
    )
    batch_normalisation: Literal["none", "before", "after"] = Field(
        "none", description="Batch normalisation of hidden layers, before or after their activation."
    )
    dropout: Number = Field(0.0, ge=0, lt=1, description="Probability of dropping a unit in a step.")
    l1: Number = Field(0.0, ge=0, description="λ of the L1 penalty Σ|w| on the weights of dense layers.")
    l2: Number = Field(0.0, ge=0, description="λ of the L2 penalty Σw² on the weights of dense layers.")
    max_norm: Number | None = Field(None, gt=0, description="Upper limit on the norm of the weights into one unit.")

    @property
    def style(self) -> HiddenLayers:
        """Style of a head's own layers on this body: the same as the body."""
        return self


class DenseBody(HiddenLayers):
    """Fully connected layers on all features.

    Try it first, with two to five layers. In deeper networks gradients vanish: use residual or densely-connected.
    """

    kind: Literal["dense"] = Field(
        description="Fully connected; others: residual, densely-connected, deep-sets, tabular, custom."
    )


class ResidualBody(HiddenLayers):
    """Fully connected layers with skip connections, x + δ(x).

    Use it for deep networks, from about six layers on, all of the same width. With two or three layers, dense is
    simpler.
    """

    kind: Literal["residual"] = Field(description="x + δ(x), layer by layer.")


class DenselyConnectedBody(HiddenLayers):
    """Fully connected layers; each of them, and the heads, sees the features and the outputs of all earlier layers.

    Use it for a few informative features, with narrow layers. With hundreds of features it is expensive: use residual.
    """

    kind: Literal["densely-connected"] = Field(description="Each layer sees all before it.")


class DeepSetsBody(HiddenLayers):
    """One small network applied to every constituent and summed, then fully connected layers.

    Use it for jet constituents, in any order and number. For a few objects with distinct roles, dense sees more. Batch
    normalisation uses existing constituents only; dropout drops a unit for all constituents of a row at once.
    """

    needs_particles: ClassVar[bool] = True

    kind: Literal["deep-sets"] = Field(description="One network for every constituent, summed.")
    constituent_units: Units = Field(
        [64, 64, 64], min_length=1, description="Units of each layer of the constituent network."
    )


class TabularBody(HiddenLayers):
    """Learnt periodic embeddings of numbers, then dense layers that several inner networks share up to a few factors.

    Use it for tables of about five to fifty columns, best with scaling: quantiles (both, for regression). Boosted
    trees are as good on many tables, and better where the truth has steps in many columns: compare with netwright
    evaluate RUN --against trees.
    """

    kind: Literal["tabular"] = Field(description="For tables: waves, and inner networks that share weights.")
    networks: Whole = Field(
        8,
        ge=1,
        le=64,
        description=(
            "Number of inner networks: each has its own loss, and the output is their mean. The time grows with "
            "it as with the number of rows."
        ),
    )
    waves: Whole = Field(
        16, ge=0, le=256, description="Number of waves of learnt frequency that represent each feature; 0 for none."
    )
    wave_deviation: Number = Field(
        0.1, gt=0, description="Standard deviation of the initial frequencies; larger values favour narrower structure."
    )
    embedding_size: Whole = Field(
        4, ge=2, le=64, description="Numbers that represent each feature: the feature itself and sums of its waves."
    )


class CustomBody(BodySection):
    """Your own Keras layer, from all features (rows, features) to (rows, units).

    Use it for what no other body does. When the network is built, the layer is checked against the rules of
    netwright's own layers (netwright.layers.contract). Its module must be importable whenever a run is opened.
    """

    kind: Literal["custom"] = Field(description="A layer of your own.")
    layer: str = Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
        description="Import path of the class, as package.module:Class; its code runs only with --trust.",
    )
    arguments: dict[str, Any] = Field(default_factory=dict, description="Keyword arguments of the class.")

    @property
    def user_code(self) -> str:
        """Import path of the class, as package.module:Class."""
        return self.layer


BODY_SECTIONS = Kinds(
    "netwright.body_sections",
    BodySection,
    (DenseBody, ResidualBody, DenselyConnectedBody, DeepSetsBody, TabularBody, CustomBody),
)
Body = Annotated[BodySection, BODY_SECTIONS]


class ModelSection(Section):
    """The architecture of the network."""

    body: Body = Field(DenseBody(kind="dense"), description="The hidden layers that the heads share.")
    more_bodies: dict[Name, Body] = Field(
        default_factory=dict,
        description="More bodies on the same features, for heads that name them; useful from three tasks on.",
    )

    @model_validator(mode="after")
    def _body_is_taken(self) -> Self:
        if "body" in self.more_bodies:
            msg = "more_bodies: the name body is that of model.body; choose another name"
            raise ValueError(msg)
        return self

    @property
    def bodies(self) -> dict[str, Body]:
        """All bodies by name; model.body has the name ``body``."""
        return {"body": self.body, **self.more_bodies}
