"""Building a network from an experiment and a description of its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import keras

from netwright.config import Body, Experiment, Target
from netwright.data import Description, Purpose, generator_of
from netwright.layers import InnerDense, JointOutput, OrderedQuantiles, Probability, Unstandardise, VarianceScaling
from netwright.models._compiled import keep_compiled
from netwright.models._precision import Precision, computing_in
from netwright.models.bodies.hidden import hidden_layer
from netwright.models.bodies.registry import body_output
from netwright.models.calibration.calibrate import calibration_layer
from netwright.models.encode import encode
from netwright.tasks import TruthSummary, task_of

__all__ = ["build", "last_bias", "of_networks", "raw_outputs"]

_RAW = "{head}-raw"  # the hyphen avoids clashes with inputs and heads, whose names have none
_JOINT = "{head}-joint"  # of inner networks, whose own raw outputs are those of _RAW


@computing_in("float32")  # whatever else the process computes in
def build(experiment: Experiment, description: Description, *, precision: Precision = "float32") -> keras.Model:
    """Build a network: inputs in raw units, preprocessing, bodies, one head per target, outputs in raw units.

    Use several bodies for more than two tasks that need different representations of the same features, and one body
    for tasks that help each other. Give a head its own layers if its task differs from the others on its body.

    Args:
        experiment: defines the inputs, the bodies and the heads.
        description: constants computed from the training rows.
        precision: precision in which the layers of bodies, and a head's own layers, compute. Weights are float32 in
            either case, with the same shapes, so that weights trained in bfloat16 fit the float32 network.

    Returns:
        A plain Keras model from a dictionary of inputs by group to a dictionary of outputs by head: the
        probability of the signal (rows, 1), of each class (rows, classes), or the value in its unit (rows, 1), minus
        the offset of a target that float32 cannot resolve. Groups with columns that float32 cannot resolve have a
        second input, named by `netwright.data.precision.fine.rest_of`.

    Raises:
        ExperimentError: a custom body cannot be found, created, or used as a body; or no package provides its kind.

    Example:
        >>> import netwright as nw
        >>> model = nw.build(experiment, nw.describe(rows, split, experiment))  # doctest: +SKIP
        >>> model.predict({"constituents": rows.inputs["constituents"][:3]})["is_top"].shape  # doctest: +SKIP
        (3, 1)
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
    """Return the network up to the raw outputs of its heads, before the last, fixed function.

    Losses are computed there, on logits and standardised values, for numerical precision.

    Args:
        model: a network from `build`, also after saving and loading.
        heads: names of the heads.

    Returns:
        A model that shares all layers and weights, with the heads' raw outputs (rows, n) by name, and for a head on a
        body with N inner networks also theirs, (rows, N, n), by the name that `of_networks` gives.

    Example:
        >>> import netwright as nw
        >>> nw.raw_outputs(model, ["is_top"]).output["is_top"].shape  # doctest: +SKIP
        (None, 1)
    """
    names = {layer.name for layer in model.layers}
    outputs = {}
    for head in heads:
        raw = outputs[head] = model.get_layer(_RAW.format(head=head)).output
        if (joint := _JOINT.format(head=head)) in names:
            outputs |= {head: model.get_layer(joint).output, of_networks(head): raw}
    return keras.Model(model.input, outputs)


def of_networks(head: str) -> str:
    """Return the name under which `raw_outputs` gives what each inner network says of a head.

    Args:
        head: name of the head.

    Returns:
        The name, which no head has.

    Source: definition.

    Example:
        >>> of_networks("is_top")
        'is_top-raw'
    """
    return _RAW.format(head=head)


def last_bias(raw: keras.Model, head: str) -> int:
    """Return the index of the bias of a head's last layer among the trainable variables.

    Args:
        raw: a network from `raw_outputs`.
        head: name of the head.

    Returns:
        The index, from 0.
    """
    bias = raw.get_layer(_RAW.format(head=head)).bias
    return next(index for index, variable in enumerate(raw.trainable_variables) if variable is bias)


def _seeds(seed: int) -> Iterator[int]:
    """Yield seeds for initialisers and dropout that are independent of those from any other experiment seed."""
    random = generator_of(Purpose.FIRST_WEIGHTS, seed)
    while True:
        yield int(random.integers(2**31))


def _own_layers(name: str, target: Target, body: Body, x: Any, seeds: Iterator[int]) -> Any:
    """Add a head's own layers on top of its body, in the body's style; a custom body has no style to follow."""
    for number, units in enumerate(target.units):
        x = hidden_layer(body.style, x, units, f"{name}-own-{number}", seeds)
    return x


def _head(name: str, target: Target, truth: TruthSummary, x: Any, seeds: Iterator[int]) -> Any:
    """Add one head on top of the body: raw outputs, and the fixed function that turns them into the final outputs."""
    task = task_of(target)
    output, bias = task.output(target), task.first_bias(target, truth)
    has_inner_networks = len(x.shape) == 3
    raw = (InnerDense if has_inner_networks else keras.layers.Dense)(
        output.units,
        kernel_initializer=VarianceScaling(1.0, "fan_avg", seed=next(seeds)),
        bias_initializer=keras.initializers.Constant(bias) if bias else "zeros",
        name=_RAW.format(head=name),
    )(x)
    if has_inner_networks:
        raw = JointOutput("linear" if output.standardised else output.activation, name=_JOINT.format(head=name))(raw)
    calibration = calibration_layer(name, target.output_calibration)
    if calibration is not None:
        raw = calibration(raw)
    if output.activation == "ordered-quantiles":
        raw = OrderedQuantiles(name=f"{name}-ordered")(raw)
    if output.standardised:
        return Unstandardise([truth.mean] * output.units, [truth.std] * output.units, truth.offset, name=name)(raw)
    if output.activation == "sigmoid":
        return Probability(name=name)(raw)  # the Keras activations lose small probabilities when exported
    return keras.layers.Activation(output.activation, name=name)(raw)
