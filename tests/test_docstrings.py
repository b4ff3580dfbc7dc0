"""The gate on docstrings: every public name says what it is, with shapes, units, errors and source."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

import netwright

KERAS_INTERFACE = {"build", "call", "compute_output_shape", "get_config"}
ARRAY = re.compile(r"NDArray|ArrayLike|ndarray|jax\.Array|Array\b|Floats\b")
SHAPE = re.compile(r"shape|\((rows|n|steps|features|classes|\.\.\.)\w*, ?|\(\w+,\)")
UNIT = re.compile(r"GeV|MeV|\brad\b|\bunits?\b|dimensionless|deviation|\bmm\b|\bevents\b")
NUMERIC_PACKAGES = (
    "netwright.metrics",
    "netwright.layers",
    "netwright.kinematics",
    "netwright.data.split.split",
    "netwright.data.description.description",
    "netwright.statistics",
    "netwright.training.compiled.objective",
    "netwright.simulation.detector",
)


def modules() -> Iterator[Any]:
    yield netwright
    for result in pkgutil.walk_packages(netwright.__path__, "netwright."):
        yield importlib.import_module(result.name)


def public_objects() -> dict[str, Any]:
    """Every public function and class under its full name, and the public methods and properties of classes."""
    result = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            home = getattr(thing, "__module__", None) or ""
            if (inspect.isclass(thing) or inspect.isroutine(thing)) and home.startswith("netwright"):
                result[f"{home}.{thing.__qualname__}"] = thing
                if inspect.isclass(thing):
                    result |= {f"{home}.{thing.__qualname__}.{key}": member for key, member in public_members(thing)}
    return result


def public_members(thing: type) -> Iterator[tuple[str, Any]]:
    for key, member in vars(thing).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if not key.startswith("_") and inspect.isfunction(function) and key not in KERAS_INTERFACE:
            yield key, function


OBJECTS = public_objects()
FUNCTIONS = {name: thing for name, thing in OBJECTS.items() if inspect.isfunction(inspect.unwrap(thing))}
CLASSES = {name: thing for name, thing in OBJECTS.items() if inspect.isclass(thing)}
NUMERIC = {
    name
    for package in map(importlib.import_module, NUMERIC_PACKAGES)
    for thing in (getattr(package, key) for key in package.__all__)
    if (name := f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', '')}") in OBJECTS
    if not dataclasses.is_dataclass(thing)  # these hold what functions compute
}


def each(things):
    return pytest.mark.parametrize("name", sorted(things))


def docstring(name: str) -> str:
    """The docstring of a name; a method that fills in that of a base may leave it to the base."""
    thing = OBJECTS[name]
    if thing.__doc__ or "." not in thing.__qualname__:
        return inspect.cleandoc(thing.__doc__ or "")
    owner = OBJECTS[name.rpartition(".")[0]]
    return inspect.getdoc(getattr(owner, thing.__name__)) or ""


def raised(name: str) -> set[str]:
    """The exceptions that a body raises itself; those of a class are raised when it is made, built or called."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(OBJECTS[name]))).body[0]
    parts = [tree]
    if isinstance(tree, ast.ClassDef):
        own = {"__init__", "__post_init__", *KERAS_INTERFACE}
        parts = [part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name in own]
    calls = [node.exc for part in parts for node in ast.walk(part) if isinstance(node, ast.Raise)]
    names = [ast.unparse(call.func if isinstance(call, ast.Call) else call) for call in calls if call is not None]
    return {each.rpartition(".")[2] for each in names if each.rpartition(".")[2][0].isupper()}


def test_there_is_something_to_look_at():
    assert len(OBJECTS) > 100


@each(OBJECTS)
def test_every_public_name_has_a_docstring(name):
    assert re.match(r"\S.*[.:]", docstring(name)), "needs a docstring whose first line is a sentence"


@each(FUNCTIONS)
def test_arrays_have_shapes(name):
    annotations = OBJECTS[name].__annotations__
    if any(ARRAY.search(str(annotation)) for annotation in annotations.values()):
        assert SHAPE.search(docstring(name)), f"takes or returns arrays ({annotations}) and says no shape"


@each({name for name in (*FUNCTIONS, *CLASSES) if raised(name) and not name.startswith("netwright.cli.")})
def test_every_error_is_named(name):
    """The docstrings of commands are the help of the command line, which has no use for exceptions."""
    documented = docstring(name).partition("Raises:")[2]
    assert not {error for error in raised(name) if error not in documented}, "raised, but not under Raises:"


@each(NUMERIC)
def test_numerics_have_a_source_and_units(name):
    assert "Source:" in docstring(name)
    assert UNIT.search(docstring(name)), "says no unit (GeV, rad, unit, dimensionless ...)"
