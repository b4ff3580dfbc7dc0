"""The one function that builds a network from an experiment and a description of its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import keras

from netwright.config import Body, Experiment, Target
from netwright.data import Description, Purpose, generator_of
from netwright.layers import Probability, Unstandardise
from netwright.models._compiled import keep_compiled
from netwright.models._precision import Precision, computing_in
from netwright.models.bodies.hidden import hidden_layer
from netwright.models.bodies.registry import body_output
from netwright.models.encode import encode
from netwright.tasks import TruthSummary, task_of

__all__ = ["build", "last_bias", "raw_outputs"]

_RAW = "{head}-raw"  # the hyphen keeps layers apart from inputs and heads, whose names have none


def build(experiment: Experiment, description: Description, *, precision: Precision = "float32") -> keras.Model:
    """Build a network: inputs in raw units, preprocessing, bodies, one head per target, outputs in raw units.

    Several bodies are for more than two tasks that need different things of the same features; one body is for tasks
    that help each other. Layers of a head's own are for a task that lies apart from the others on its body.

    Args:
        experiment: says what the inputs, the bodies and the heads are.
        description: constants from training rows.
        precision: in which the layers of bodies, and those of a head's own, compute. Weights are float32 either way,
            and as many, so that those trained in bfloat16 fit the network of float32.

    Returns:
        A plain Keras model from a dictionary of inputs by group to a dictionary of outputs by head: the
        probability of the signal (rows, 1), of each class (rows, classes), or the value in its unit (rows, 1), less
        the offset of a target that float32 is too coarse for. Groups with columns that are so have a second input,
        `netwright.data.precision.fine.rest_of` their name.

    Raises:
        ExperimentError: a custom body cannot be found, made, or used as a body; or no package builds a kind of body.
    """
    keep_compiled()
    seeds = _seeds(experiment.training.seed)
    encoded = encode(experiment.inputs, description, seeds)
    bodies = experiment.model.bodies
    with computing_in(precision):
        shared = {name: body_output(name, body, encoded, seeds) for name, body in bodies.items()}
    outputs = {}
    for name, target in experiment.targets.items():
        with computing_in(precision):
            x = _own_layers(name, target, bodies[target.body], shared[target.body], seeds)
        outputs[name] = _head(name, target, description.truth_of(name), x, seeds)
    return keras.Model(dict(encoded.inputs), outputs, name=experiment.name.replace("-", "_").replace(".", "_"))


def raw_outputs(model: keras.Model, heads: Iterable[str]) -> keras.Model:
    """Return the network up to what its heads compute before the last, fixed function.

    A loss is computed there, where its digits are: on logits and standardised values.

    Args:
        model: a network of `build`, also after saving and loading.
        heads: names of the heads.

    Returns:
        A model that shares all layers and weights, with the heads' raw outputs.
    """
    outputs = {head: model.get_layer(_RAW.format(head=head)).output for head in heads}
    return keras.Model(model.input, outputs)


def last_bias(raw: keras.Model, head: str) -> int:
    """Return the place of the bias of a head's last layer among the trainable variables.

    Args:
        raw: of `raw_outputs`.
        head: its name.

    Returns:
        The place, from 0.
    """
    bias = raw.get_layer(_RAW.format(head=head)).bias
    return next(place for place, variable in enumerate(raw.trainable_variables) if variable is bias)


def _seeds(seed: int) -> Iterator[int]:
    """Yield seeds of initialisers and dropout, unlike those of any other experiment's seed."""
    random = generator_of(Purpose.FIRST_WEIGHTS, seed)
    while True:
        yield int(random.integers(2**31))


def _own_layers(name: str, target: Target, body: Body, x: Any, seeds: Iterator[int]) -> Any:
    """Put the layers of a head's own onto its body, in the body's style; a user's own body has none to follow."""
    for number, units in enumerate(target.units):
        x = hidden_layer(body.style, x, units, f"{name}-own-{number}", seeds)
    return x


def _head(name: str, target: Target, truth: TruthSummary, x: Any, seeds: Iterator[int]) -> Any:
    """Put one head onto the body: raw outputs, and the fixed function that makes of them what the head says."""
    task = task_of(target)
    output, bias = task.output(target), task.first_bias(target, truth)
    raw = keras.layers.Dense(
        output.units,
        kernel_initializer=keras.initializers.GlorotNormal(seed=next(seeds)),
        bias_initializer=keras.initializers.Constant(bias) if bias else "zeros",
        name=_RAW.format(head=name),
    )(x)
    if output.standardised:
        return Unstandardise([truth.mean], [truth.std], truth.offset, name=name)(raw)
    if output.activation == "sigmoid":
        return Probability(name=name)(raw)  # Keras's own loses small probabilities when it is exported
    return keras.layers.Activation(output.activation, name=name)(raw)
