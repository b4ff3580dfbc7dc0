"""Rules that every kind of body follows, for tests of netwright and of packages that add bodies."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from netwright.config import BodySection
from netwright.errors import ExperimentError
from netwright.models._particles import Particles
from netwright.models.bodies.registry import BodyKind
from netwright.models.encode import Encoded

__all__ = ["BODY_RULES", "check_body"]

Arrays = Mapping[str, npt.NDArray[np.float32]]

_ROWS, _PARTICLES = 8, 5
_AXES = (2, 3)
_ORDER = [3, 0, 4, 2, 1]
_NAME, _GROUP = "body", "jet"


@dataclass(frozen=True)
class _Case:
    """A kind of body and a section to build it from."""

    kind: BodyKind
    section: BodySection

    def network(self, *, seed: int = 1) -> keras.Model:
        """Build a network that consists of the body only, from features of rows and particles to its output."""
        shapes = {key: values.shape[1:] for key, values in _sample().items()}
        x = {key: keras.Input(shape, name=key) for key, shape in shapes.items()}
        particles = Particles(_GROUP, x["particles"], x["mask"], typical=3.0, p4=x["p4"])
        encoded = Encoded(x, (x["features"],), (particles,))
        return keras.Model(x, self.kind.build(_NAME, self.section, encoded, itertools.count(1000 * seed)))


def check_body(kind: BodyKind, section: BodySection) -> None:
    """Check that a kind of body follows every rule, so that it trains, saves and loads like the built-in ones.

    Args:
        kind: the kind of body to check.
        section: a section of such a body, with few units.

    Raises:
        ExperimentError: the body breaks a rule; the message names the rule and says what to do.

    Source: definition.

    Example:
        >>> from netwright.config import DenseBody
        >>> from netwright.models.bodies.registry import body_kinds
        >>> check_body(body_kinds()["dense"], DenseBody(kind="dense", units=[2]))
    """
    for rule in BODY_RULES:
        rule(_Case(kind, section))


def _gives_one_row_of_units(case: _Case) -> None:
    """Check that the output is one finite float32 tensor, with or without an axis of inner networks."""
    network = case.network()
    shapes = [tuple(x.shape) for x in keras.tree.flatten(network.output)]
    if len(shapes) != 1 or len(shapes[0]) not in _AXES or shapes[0][0] is not None or not all(shapes[0][1:]):
        advice = "Return one tensor of shape (rows, units), or (rows, N, units) of N inner networks."
        raise _rule_error(case, f"gives {', '.join(map(str, shapes))}", advice)
    for training in (False, True):
        output = np.asarray(network(_sample(), training=training))
        if output.dtype != np.float32 or not np.isfinite(output).all():
            advice = "Look for a division by zero or a logarithm, also in rows without any particle."
            raise _rule_error(case, f"gives numbers of {output.dtype} that are not all finite", advice)


def _names_layers_after_itself(case: _Case) -> None:
    """Check that several bodies fit into one network, and that layer names are reproducible."""
    beginnings = (f"{_NAME}-", f"{_GROUP}-")  # layers of particles have the name of their group
    layers = [layer for layer in case.network().operations if not isinstance(layer, keras.layers.InputLayer)]
    misnamed = [layer.name for layer in layers if not layer.name.startswith(beginnings)]
    if misnamed:
        advice = 'Name each layer f"{name}-...", and use keras.ops only in the call of a layer.'
        raise _rule_error(case, f"has layers of other names: {', '.join(misnamed)}", advice)


def _follows_its_seeds(case: _Case) -> None:
    """Check that equal seeds give equal initial weights and random numbers, and other seeds other weights."""
    network, twin, reseeded = (case.network(seed=seed) for seed in (1, 1, 2))
    advice = "Take every seed from `seeds`: next(seeds), for initialisers, dropout and noise."
    if not _equal(network.get_weights(), twin.get_weights()):
        raise _rule_error(case, "begins with other weights from the same seeds", advice)
    if not _equal(*([model(_sample(), training=True)] for model in (network, twin))):
        raise _rule_error(case, "gives other outputs in training from the same seeds", advice)
    if network.trainable_weights and _equal(network.get_weights(), reseeded.get_weights()):
        raise _rule_error(case, "begins with the same weights from other seeds", advice)


def _has_finite_gradients(case: _Case) -> None:
    """Check that gradients of weights and features are finite, also in rows without any particle."""
    import jax

    network = case.network()
    weights = [w.value for w in network.trainable_variables]
    non_trainable = [w.value for w in network.non_trainable_variables]

    def total(weights: list[Any], inputs: Arrays) -> Any:
        return keras.ops.sum(network.stateless_call(weights, non_trainable, inputs, training=True)[0])

    gradients = jax.jit(jax.grad(total, argnums=(0, 1)))(weights, _sample())
    if not all(np.isfinite(gradient).all() for gradient in jax.tree.leaves(gradients)):
        advice = "Keep roots, norms and quotients away from zero with keras.ops.where, before the root."
        raise _rule_error(case, "has gradients that are not finite", advice)


def _saves_and_loads(case: _Case) -> None:
    """Check that a saved network gives the same outputs after loading in Keras's safe mode."""
    network = case.network()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        network.save(path)
        try:
            loaded = keras.saving.load_model(path, safe_mode=True)
        except (TypeError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            advice = "Register its layers with Keras, and let get_config return every argument of __init__."
            raise _rule_error(case, f"cannot be loaded ({reason})", advice) from error
    if not _equal([network(_sample())], [loaded(_sample())]):
        raise _rule_error(
            case, "gives other outputs after it was saved and loaded", "Let get_config return every argument."
        )


def _takes_particles_as_a_set(case: _Case) -> None:
    """Check that a permutation-invariant body depends neither on the order of particles nor on padding."""
    if not case.kind.permutation_invariant:
        return
    network, sample = case.network(), _sample()
    expected = np.asarray(network(sample))
    permuted = {key: x if key == "features" else x[:, _ORDER] for key, x in sample.items()}
    other_padding = {key: x if key == "features" else np.where(sample["mask"] > 0, x, 3) for key, x in sample.items()}
    advice = "Multiply by the mask before sums, and take sums, means or maxima over particles."
    changes = {
        "the order of particles": permuted,
        "the values in the padding": other_padding | {"mask": sample["mask"]},
    }
    for change, inputs in changes.items():
        output = np.asarray(network({key: np.asarray(x, np.float32) for key, x in inputs.items()}))
        if not np.allclose(output, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max()):
            raise _rule_error(
                case, f"says that it is permutation invariant, but its output changes with {change}", advice
            )


BODY_RULES: tuple[Callable[[_Case], None], ...] = (
    _gives_one_row_of_units,
    _names_layers_after_itself,
    _follows_its_seeds,
    _has_finite_gradients,
    _saves_and_loads,
    _takes_particles_as_a_set,
)


def _sample() -> dict[str, npt.NDArray[np.float32]]:
    """Return features of rows, and particles with momenta in GeV; some rows have all, one has none."""
    random = np.random.default_rng(0)
    mask = (np.arange(_PARTICLES) < np.linspace(_PARTICLES, 0, _ROWS).round()[:, None])[:, :, None]
    momentum = random.normal(0, 50, (_ROWS, _PARTICLES, 3))
    energy = np.linalg.norm(momentum, axis=2, keepdims=True) + 1
    values = {
        "features": random.normal(size=(_ROWS, 3)),
        "particles": np.where(mask, random.normal(size=(_ROWS, _PARTICLES, 2)), -5),
        "mask": mask,
        "p4": np.concatenate([energy, momentum], axis=2) * mask,
    }
    return {key: np.asarray(x, np.float32) for key, x in values.items()}


def _rule_error(case: _Case, problem: str, advice: str) -> ExperimentError:
    return ExperimentError(f"The body of kind {case.section.kind} {problem}. {advice}")


def _equal(left: Any, right: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))
