"""The layers of a model, as they are before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Architecture", "Layer"]

_STRAIGHT = {
    "Flatten",
    "Reshape",
    "Dropout",
    "Activation",
    "Softmax",
    "Rescaling",
    "Normalization",
    "BatchNormalization",
}


@dataclass(frozen=True)
class Layer:
    """What the model says about one of its layers, before anything is computed.

    Attributes:
        name: of the layer, as Keras has it.
        kind: name of its class: ``Dense``.
        units: neurons or filters; None where it has no such number.
        activation: name of the activation inside the layer or right after it; ``linear`` where there is none; None for
            a layer of a kind that has no activation.
        last_activation: name of the last one right after it, where another follows on that; empty elsewhere.
        inputs: number of values that a unit gets; 0 if unknown.
        initializer: name of the class of the kernel's initialiser, empty without a kernel.
        follows: names of the layers that get its output, in order, past dropout, normalisation and reshaping.
        rate: of a dropout layer, from 0 to 1.
        noise: deviation of what a layer of Gaussian noise adds in the training.
        penalty: largest factor of an L1 or L2 regulariser on its weights, dimensionless.
        largest_norm: of the weights of a unit, to which a constraint holds them; infinite where there is none.
        never_negative: whether a constraint keeps its weights from being negative.
        trainable: whether it learns.
        learns: whether it has weights to be learnt, where it is trainable: those of an embedding or a recurrent layer,
            which have no kernel of their own, as well; those of normalisation do not count.
        stretch: what a layer for rescaling after it does to what it gives: a factor, and a number that is added.
        positions: of a row, such as time steps or pixels, for each of which it gives its units; 0 if unknown.
        bias: whether its units have a number that is added, where it has a kernel.
        adapted: whether it knows mean and deviation of its inputs, where it is one for normalisation.
        adapted_to: mean and variance of each input that it takes, where it is adapted and they are known.
        masks: whether it marks steps of a row as padding, for the layers after it to leave out.
        mask_value: of which a step has nothing else that it marks so, where it is a layer for masking; NaN elsewhere.
        pretrained: whether it is frozen and its biases or embeddings are not as an initialiser makes them: it has been
            trained before.
        half_precision: whether its weights are stored in 16 bits.
        averaging: share of the moving averages of batch normalisation that a step leaves as they are; 0 elsewhere.
        at_end: whether it is recurrent and gives only what it has after the last step of a row.
    """

    name: str
    kind: str
    units: int | None = None
    activation: str | None = None
    inputs: int = 0
    initializer: str = ""
    follows: tuple[str, ...] = ()
    rate: float = 0.0
    noise: float = 0.0
    penalty: float = 0.0
    largest_norm: float = float("inf")
    never_negative: bool = False
    trainable: bool = True
    learns: bool = False
    stretch: tuple[float, float] = (1.0, 0.0)
    positions: int = 1
    bias: bool = True
    adapted: bool = True
    adapted_to: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    masks: bool = False
    at_end: bool = False
    pretrained: bool = False
    half_precision: bool = False
    averaging: float = 0.0
    last_activation: str = ""
    mask_value: float = float("nan")


@dataclass(frozen=True)
class Architecture:
    """The layers of a model, in order.

    Attributes:
        layers: those at work, without containers.
        outputs: name of the layer whose output is that of the model, for each output; empty if unknown.
        parameters: number of trainable numbers.
        connected: whether ``follows`` of the layers is known (not so in a subclassed model).
    """

    layers: tuple[Layer, ...] = ()
    outputs: tuple[str, ...] = ()
    parameters: int = 0
    connected: bool = False

    def layer(self, name: str) -> Layer | None:
        """The layer of that name; None where there is none."""
        return next((layer for layer in self.layers if layer.name == name), None)

    @property
    def hidden(self) -> tuple[Layer, ...]:
        """Layers with a kernel that feed another one, as those that make the outputs do not, rescaled or not."""
        kernels = [layer for layer in self.layers if layer.initializer and layer.name not in self.outputs]
        if not self.connected:
            return tuple(kernels if self.outputs else kernels[:-1])
        return tuple(layer for layer in kernels if self._feeds_kernel(layer))

    @property
    def straight(self) -> bool:
        """Whether the model is a straight line: one dense layer, and else such as change nothing of that."""
        kernels = [layer for layer in self.layers if layer.kind not in _STRAIGHT]
        return self.connected and len(kernels) == 1 and kernels[0].kind == "Dense"

    def _feeds_kernel(self, layer: Layer) -> bool:
        after = [self.layer(name) for name in layer.follows]
        return any(layer.initializer or self._feeds_kernel(layer) for layer in after if layer is not None)
