"""Graphs of functions: the lecture's numbers, finite differences, networks, and what has no graph."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from netwright.errors import DataError, GraphError
from netwright.gradients import Graph, name, trace


def lecture(x, y, z):
    return name(x + y, "q") * z


@pytest.fixture(scope="module")
def graph() -> Graph:
    return trace(lecture, x=-2, y=5, z=-4)


def test_the_numbers_of_the_lecture(graph: Graph) -> None:
    assert graph.value == -12
    assert {key: value.item() for key, value in graph.gradients.items()} == {"x": -4, "y": -4, "z": 3}
    q = graph.node("q")
    assert (q.value, q.gradient, q.formula) == (3, -4, "x + y")
    assert [(edge.source, edge.local.item()) for edge in graph.nodes[-1].edges] == [("q", -4), ("z", 3)]
    assert "∂lecture/∂x = ∂lecture/∂q · ∂q/∂x = -4 · 1 = -4" in str(graph)


FUNCTIONS: dict[str, tuple[Callable[..., jax.Array], dict[str, float]]] = {
    "sin and exp": (lambda x, y: jnp.sin(x) * jnp.exp(-x * x) / y, {"x": 0.7, "y": 2.0}),
    "powers": (lambda x, y: x**3 + x**2.5 - y**x, {"x": 1.3, "y": 0.8}),
    "one value, used often": (lambda x: (x + x * x) * jnp.cos(x) + x, {"x": 0.4}),
    "neuron": (lambda x, w, b: jnp.tanh(w * x + b), {"x": 0.3, "w": -1.2, "b": 0.1}),
    "activations": (lambda x: jax.nn.selu(x) * jax.nn.sigmoid(x) + jax.nn.relu(-x) + jax.nn.silu(x), {"x": -0.6}),
    "a choice": (lambda x, y: jnp.where(x > y, x * x, y), {"x": 2.0, "y": 1.0}),
    "a function inside": (jax.jit(lambda x: jax.jit(lambda t: t * t)(x) + 1.0), {"x": 1.5}),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradients_are_finite_differences(function: str) -> None:
    """Central differences in float64 with h = 1e-5: their error is of the order of h² and of 1e-16 / h."""
    f, point = FUNCTIONS[function]
    with jax.enable_x64(True):  # noqa: FBT003  # of JAX
        result = trace(f, **point)
        for key, value in point.items():
            up, down = (float(f(**(point | {key: value + h}))) for h in (1e-5, -1e-5))
            assert result.gradients[key] == pytest.approx((up - down) / 2e-5, rel=1e-7, abs=1e-9)
        assert result.value == pytest.approx(float(f(**point)), rel=1e-14)


def test_local_gradients_are_the_jacobians_of_arrays() -> None:
    """The chain rule with Jacobians as matrices gives what JAX gives; float32 rounds at 1e-6."""
    w, x = np.arange(6.0).reshape(2, 3) / 5, np.array([0.1, -0.4, 0.7])
    result = trace(lambda w, x: jnp.sum(jnp.tanh(w @ x) ** 2), w=w, x=x)
    flow = np.ones((1, 1))
    for node in reversed(result.nodes[2:]):
        local = node.edges[-1].local if node.operation == "@" else node.edges[0].local
        flow = flow @ (np.diag(local) if local.ndim == 1 else local)
    assert result.nodes[2].edges[-1].source == "x"
    np.testing.assert_allclose(flow[0], result.gradients["x"], rtol=1e-5)
    expected = jax.grad(lambda w: jnp.sum(jnp.tanh(w @ x) ** 2))(w)
    np.testing.assert_allclose(result.gradients["w"], expected, rtol=1e-5)


def test_what_changes_only_a_shape_is_not_shown() -> None:
    result = trace(lambda x: jnp.sum(jnp.reshape(x, (3, 1)) * 2), x=[1.0, 2.0, 3.0])
    assert [node.formula for node in result.nodes] == ["", "x · 2", "sum(v1)"]
    np.testing.assert_array_equal(result.gradients["x"], [2, 2, 2])


@pytest.fixture(scope="module")
def network() -> keras.Model:
    row = keras.Input((2,), name="x")
    hidden = keras.layers.Dense(3, activation="selu", name="hidden")(row)
    return keras.Model(row, keras.layers.Dense(1, activation="sigmoid", name="score")(hidden))


def test_a_network(network: keras.Model) -> None:
    row = np.array([0.5, -1.0], np.float32)
    result = trace(network, x=row)
    assert result.value == pytest.approx(network(row[None]).item(), rel=1e-6)
    weights = [one.value for one in network.trainable_variables]
    expected = jax.grad(lambda some: network.stateless_call(some, [], row[None])[0][0, 0])(weights)
    for variable, gradient in zip(network.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(result.gradients[variable.path], gradient, rtol=1e-5)


def test_the_drawing_shows_every_node(graph: Graph, tmp_path: Path) -> None:
    drawn = ET.parse(graph.save(tmp_path / "graph.svg"))  # noqa: S314  # our own
    texts = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"x", "y", "z", "q = x + y", "lecture = q · z", "-12"} < set(texts)
    with pytest.raises(DataError, match=r"must end in \.svg, the format of the drawing. Received: .*graph.png"):
        graph.save(tmp_path / "graph.png")


def test_a_long_edge_passes_beside_the_nodes() -> None:
    """Every column holds a place for the edge from x to the last addition, which no node has."""
    from netwright.gradients._layout import lay_out

    layout = lay_out(trace(lambda x: jnp.sin(jnp.exp(jnp.cos(x))) + x, x=0.5))
    bends = layout.bends["x", "f"]
    assert len(bends) == 3
    taken = {(column, layout.positions[node]) for node, column in layout.columns.items()}
    assert not taken & {(column, place) for column, place in enumerate(bends, start=1)}


def test_hostile_names_stay_text() -> None:
    drawn = trace(lambda x: name(x * 2, "<script>alert(1)</script>") + 1, x=1.0).svg()
    assert "<script>" not in drawn


def steps(x: jax.Array) -> jax.Array:
    for _ in range(10_000):
        x = x * 1.0001
    return x


def many(x):
    for _ in range(70):
        x = x * 1.01
    return x


def callback(x: jax.Array) -> jax.Array:
    return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((), jnp.float32), x)


REFUSED: dict[str, tuple[Callable[..., object], dict[str, object], str]] = {
    "if": (lambda x: x if x > 0 else -x, {"x": 1.0}, "branches on the value of an input"),
    "scan": (lambda x: jax.lax.fori_loop(0, 3, lambda _, t: t * x, x), {"x": 1.0}, r"control flow of JAX \(lax.scan"),
    "cond": (lambda x: jax.lax.cond(x > 0, jnp.sin, jnp.cos, x), {"x": 1.0}, r"control flow of JAX \(lax.cond"),
    "NumPy": (np.sin, {"x": 1.0}, "cannot be called with the inputs x"),
    "NumPy inside": (lambda x: np.asarray(x) + 1, {"x": 1.0}, "hands an input to NumPy"),
    "callback": (callback, {"x": 1.0}, r"calls Python from inside of JAX \(pure_callback\)"),
    "no derivative": (jnp.argmax, {"a": [1.0, 2.0]}, "which has no gradient: it changes in steps"),
    "an operation": (lambda x: jax.lax.nextafter(x, 2.0) * x, {"x": 1.0}, 'the operation "nextafter" has no gradient'),
    "too long": (steps, {"x": 1.0}, "has more than 300 operations, and such a graph cannot be read"),
    "several values": (lambda x: x * 2, {"x": [1.0, 2.0]}, r"must return one number, .* it returns \(2,\)"),
    "nothing": (lambda x: None, {"x": 1.0}, "it returns nothing"),  # noqa: ARG005
    "text": (lambda x: x, {"x": "abc"}, "Input x must be a real number .* Received: 'abc'"),
    "complex": (lambda x: x, {"x": 1j}, "Input x must be a real number"),
    "no function": (3, {"x": 1.0}, "must be a function or a Keras model. Received: 3"),
    "no input": (lambda: jnp.ones(()), {}, "is computed from no input"),
    "another name": (lambda energy: energy, {"enrgy": 1.0}, 'Did you mean "energy"?'),
    "a name twice": (lambda x: name(x * 2, "x") + 1, {"x": 1.0}, 'two values have the name "x"'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_graph(case: str) -> None:
    f, inputs, message = REFUSED[case]
    with pytest.raises(GraphError, match=message):
        trace(f, **inputs)


def test_a_large_drawing_and_a_wrong_name() -> None:
    result = trace(many, x=1.0)
    assert len(str(result).splitlines()) > 200
    with pytest.raises(GraphError, match="has 71 nodes, and a drawing can be read up to 60"):
        result.svg()
    with pytest.raises(DataError, match='The graph of many has no node "X"'):
        result.node("X")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"y": [1.0, 2.0]}, r"needs a value for each of its inputs \(x\), but x is missing"),
        ({"x": [1.0, 2.0], "y": 1.0}, 'has no input "y"'),
        ({"x": [1.0, 2.0, 3.0]}, r"must be one row of the shape \(2,\). Received: shape \(3,\)"),
    ],
)
def test_wrong_rows_of_a_network(network: keras.Model, inputs: dict[str, object], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        trace(network, **inputs)


def test_a_network_of_another_backend(network: keras.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(GraphError, match=r"Keras runs on torch\. Set KERAS_BACKEND=jax"):
        trace(network, x=[1.0, 2.0])
