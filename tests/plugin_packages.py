"""Throw-away packages: modules and a dist-info folder with entry points, as pip installs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["HUBER_HEAD", "install_package"]

HUBER_HEAD = """
from dataclasses import replace
from typing import Literal

import jax.numpy as jnp

from netwright.tasks import RegressionTarget, task_named


class HuberTarget(RegressionTarget):
    '''A number with outliers.'''

    kind: Literal["huber"]


def huber(raw, truth):
    size = jnp.abs(raw - truth)
    return jnp.where(size < 1, size**2 / 2, size - 0.5)


TASK = replace(task_named("regression"), kind="huber", section=HuberTarget, loss=huber)
"""


def install_package(
    folder: Path, name: str, points: Mapping[str, Mapping[str, str]], modules: Mapping[str, str] | None = None
) -> None:
    """Write a package into a folder, to be put on sys.path.

    Args:
        folder: where packages are installed.
        name: of the package.
        points: its entry points: group -> name -> "module:object".
        modules: name of a module -> its source.
    """
    for module, source in (modules or {}).items():
        (folder / f"{module}.py").write_text(source)
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in of.items()) for group, of in points.items()
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))
