"""Systematic variations by the names of tables and columns: jes_up, weight_sys_JES_1down, Events_jesUp."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["BETWEEN", "VariedColumn", "variation_name", "varied_columns"]

BETWEEN = "_/.-"
"""Signs between the name of what is varied and that of a variation."""

_SIDE = re.compile(r"(?P<name>.+?)[_.-]*1?(?P<side>up|down|dn)", re.IGNORECASE)
_CENTRAL = re.compile(r"(?P<name>.+?)[_.-]?(nominal|nom|central|NOSYS)", re.IGNORECASE)


@dataclass(frozen=True)
class VariedColumn:
    """A column that holds another one, as a systematic uncertainty changes it.

    Attributes:
        nominal: the column that is varied.
        variation: its name as an experiment file has it, NAME_up or NAME_down.
    """

    nominal: str
    variation: str


def variation_name(suffix: str) -> str:
    """Return the name of a variation as an experiment file has it.

    Args:
        suffix: what a name has besides that of the table or column that is varied.

    Returns:
        NAME_up or NAME_down where it says the side.

    Example:
        >>> variation_name("jesUp"), variation_name("sys_MUON_1down"), variation_name("hdamp")
        ('jes_up', 'sys_MUON_down', 'hdamp')
    """
    match = _SIDE.fullmatch(suffix)
    name = suffix if match is None else f"{match['name']}_{'up' if match['side'].lower() == 'up' else 'down'}"
    name = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "variation"
    return name if name[0].isalpha() else f"n_{name}"


def varied_columns(names: Collection[str]) -> dict[str, VariedColumn]:
    """Return the columns that are systematic variations of another one.

    There must be both sides, and a column without the side and the name of the variation, or with nominal, central or
    NOSYS instead of them.

    Args:
        names: of all columns.

    Returns:
        By the name of the column, what it varies.

    Example:
        >>> columns = varied_columns(["w", "w_jes_up", "w_jes_down", "w_pdf_up", "pt_nominal", "ptJesUp", "ptJesDown"])
        >>> columns["w_jes_up"]
        VariedColumn(nominal='w', variation='jes_up')
        >>> [f"{name}: {varied.nominal}" for name, varied in columns.items()]
        ['w_jes_up: w', 'w_jes_down: w', 'ptJesUp: pt_nominal', 'ptJesDown: pt_nominal']
    """
    sides: dict[str, dict[str, str]] = {}
    for name in names:
        match = _SIDE.fullmatch(name)
        if match is not None:
            sides.setdefault(match["name"], {})["up" if match["side"].lower() == "up" else "down"] = name
    nominal = {match["name"]: name for name in names if (match := _CENTRAL.fullmatch(name))}
    nominal |= {name: name for name in names}
    varied: dict[str, VariedColumn] = {}
    for stem, columns in sides.items():
        base = _base(stem, nominal)
        if len(columns) == 2 and base is not None:
            suffix = stem[len(base) :].strip(BETWEEN) or base
            varied |= {
                name: VariedColumn(nominal[base], variation_name(f"{suffix}_{side}")) for side, name in columns.items()
            }
    return varied


def _base(stem: str, nominal: Collection[str]) -> str | None:
    """Return the longest name with which a stem begins, where a word ends; None if there is none."""
    for length in range(len(stem), 0, -1):
        ends = length == len(stem) or stem[length] in BETWEEN or (stem[length].isupper() and stem[length - 1].islower())
        if ends and stem[:length] in nominal:
            return stem[:length]
    return None
