"""What other packages add: layers, bodies, readers and more, found by the entry points of installed packages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

from netwright.errors import PluginError

__all__ = ["load"]

T = TypeVar("T")

# what a module may raise when it is imported; all else is an accident, and shown as it is
_IMPORT_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError,
)  # fmt: skip


def load(
    group: str, kind: type[T], built_in: Collection[str] = (), *, fault: Callable[[str, T], str] | None = None
) -> dict[str, T]:
    """Load what installed packages add to a group of entry points: on first use, and then never again.

    A package declares it in its ``pyproject.toml``, for example ``[project.entry-points."netwright.readers"]`` with the
    line ``lhe = "my_package.lhe:READER"``.

    Args:
        group: of entry points, such as ``netwright.readers``.
        kind: the class that each must be an instance of: `type` where classes are added.
        built_in: names that netwright itself gives to something of this group.
        fault: says of a name and its object why it cannot be used; an empty text if it can.

    Returns:
        The loaded objects by the names of their entry points, in alphabetical order.

    Raises:
        PluginError: an entry point cannot be imported, is of another class, has a fault, or its name is taken.

    Example:
        >>> load("netwright.nothing", object)
        {}
    """
    loaded: dict[str, T] = {}
    packages: dict[str, str] = {}
    for point, value in _loaded(group):
        package = _package(point)
        if not isinstance(value, kind):
            reason = f"it must be an instance of {kind.__name__}, but {point.value} is {value!r}"
            raise PluginError(package, group, point.name, reason)
        if point.name in built_in or point.name in packages:
            owner = packages.get(point.name, "netwright")
            raise PluginError(
                package, group, point.name, f"{owner} already has one of this name, so rename one of them"
            )
        if fault is not None and (reason := fault(point.name, value)):
            raise PluginError(package, group, point.name, reason)
        loaded[point.name] = value
        packages[point.name] = package
    return loaded


@cache
def _loaded(group: str) -> tuple[tuple[EntryPoint, object], ...]:
    """Import what the entry points of a group name."""
    points = sorted(entry_points(group=group), key=lambda point: (point.name, _package(point)))
    return tuple((point, _imported(group, point)) for point in points)


def _imported(group: str, point: EntryPoint) -> object:
    try:
        return point.load()
    except _IMPORT_ERRORS as error:
        reason = f"{point.value} cannot be imported ({type(error).__name__}: {error})"
        raise PluginError(_package(point), group, point.name, reason) from error


def _package(point: EntryPoint) -> str:
    """Return the name and version of the package that declares an entry point."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown package"
