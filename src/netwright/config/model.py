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
    """What every kind of body says; each kind has a field ``kind`` of its own.

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

    units: Units = Field([128, 128, 128], min_length=1, description="Units of each dense layer, from the inputs on.")
    activation: Activation = Field(
        "relu",
        description="Of the hidden layers; the initialiser fits it. selu takes AlphaDropout as its dropout.",
    )
    batch_normalisation: Literal["none", "before", "after"] = Field(
        "none", description="Normalise hidden layers batch by batch, before or after their activation."
    )
    dropout: Number = Field(0.0, ge=0, lt=1, description="Probability with which a unit is dropped in a step.")
    l1: Number = Field(0.0, ge=0, description="λ of the L1 penalty Σ|w| on the weights of dense layers.")
    l2: Number = Field(0.0, ge=0, description="λ of the L2 penalty Σw² on the weights of dense layers.")
    max_norm: Number | None = Field(
        None, gt=0, description="Largest norm of the weights that go into one unit; longer ones are shortened."
    )

    @property
    def style(self) -> HiddenLayers:
        """Style of a head's own layers on this body: the same as the body."""
        return self


class DenseBody(HiddenLayers):
    """Fully connected layers over all features side by side.

    Use it first, with two to five layers. Deeper, gradients fade on their way: residual or densely-connected.
    """

    kind: Literal["dense"] = Field(
        description="Fully connected; others: residual, densely-connected, deep-sets, tabular, custom."
    )


class ResidualBody(HiddenLayers):
    """Fully connected layers that each add to what they are given, x + δ(x).

    Use it for deep networks, from about six layers on, with equal units. With two or three layers, dense is simpler.
    """

    kind: Literal["residual"] = Field(description="x + δ(x), layer by layer.")


class DenselyConnectedBody(HiddenLayers):
    """Fully connected layers that each see the features and the outputs of all layers before, as do the heads.

    Use it for few features of much meaning, with narrow layers. With hundreds of features it costs much: residual.
    """

    kind: Literal["densely-connected"] = Field(description="Each layer sees all before it.")


class DeepSetsBody(HiddenLayers):
    """One small network for every constituent, summed over constituents, then fully connected layers.

    Use it for constituents of jets, in any order and number. For a few objects that each have a part to play, dense
    sees more. Batch normalisation is over existing constituents; dropout drops a unit for all of a row's at once.
    """

    needs_particles: ClassVar[bool] = True

    kind: Literal["deep-sets"] = Field(description="One network for every constituent, summed.")
    constituent_units: Units = Field(
        [64, 64, 64], min_length=1, description="Units of each layer of the network for one constituent."
    )


class TabularBody(HiddenLayers):
    """Numbers as learnt waves, then fully connected layers that several inner networks share but for a few factors.

    Use it for tables of about five to fifty columns, best with scaling quantiles (both, where a value is predicted). A
    boosted tree is as good on many tables, and better where truth has steps in many columns: netwright evaluate RUN
    --against trees measures it.
    """

    kind: Literal["tabular"] = Field(description="For tables: waves, and inner networks that share weights.")
    networks: Whole = Field(
        8,
        ge=1,
        le=64,
        description="Inner networks: each has its own loss, and the output is their mean. They cost time like rows.",
    )
    waves: Whole = Field(
        16, ge=0, le=256, description="Waves of learnt frequency by which each feature is represented; 0 for none."
    )
    wave_deviation: Number = Field(
        0.1, gt=0, description="Deviation of the first frequencies; larger: narrower structure first."
    )
    embedding_size: Whole = Field(
        4, ge=2, le=64, description="Numbers that layers see of each feature: itself, and sums of its waves."
    )


class CustomBody(BodySection):
    """A Keras layer of your own, from all features (rows, features) to (rows, units).

    Use it for what no other body does. It is held to the rules of netwright's own layers (netwright.layers.contract)
    when the network is built; its module must be importable whenever a run is opened.
    """

    kind: Literal["custom"] = Field(description="A layer of your own.")
    layer: str = Field(
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
        description="Where Python finds its class, as package.module:Class; its code is run once you say --trust.",
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
    """How the network is built."""

    body: Body = Field(DenseBody(kind="dense"), description="The layers that heads share.")
    more_bodies: dict[Name, Body] = Field(
        default_factory=dict,
        description="Further bodies over the same features, for heads that name them: for three tasks and more.",
    )

    @model_validator(mode="after")
    def _body_is_taken(self) -> Self:
        if "body" in self.more_bodies:
            msg = "more_bodies: the name body is that of model.body; name this one otherwise"
            raise ValueError(msg)
        return self

    @property
    def bodies(self) -> dict[str, Body]:
        """All bodies by name; model.body has the name ``body``."""
        return {"body": self.body, **self.more_bodies}
