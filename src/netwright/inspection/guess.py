"""Guess an experiment from the names and values of columns, as a first draft to review."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from netwright.data import Dataset, words_of
from netwright.errors import DataError, did_you_mean
from netwright.finding import Finding
from netwright.inspection.binning import FEW
from netwright.inspection.column_names import IDENTITY_NAME, WEIGHT_NAME, why_no_input
from netwright.inspection.column_summary import ColumnSummary, summarise_columns
from netwright.inspection.guess_arrays import find_one_hot, summarise_elements
from netwright.inspection.guess_roles import choose_identity, choose_weight, presence_condition, why_beyond_float32
from netwright.inspection.guess_target import target_findings
from netwright.readers import left_out_note

__all__ = ["four_vector_groups", "guess_experiment"]

_ENERGY = re.compile(r"^(?P<head>.*?)(?P<e>[Ee])(?P<tail>_?)(?P<number>\d*)$")


def guess_experiment(
    dataset: Dataset, target: str, files: Sequence[str], name: str
) -> tuple[dict[str, Any], list[Finding]]:
    """Guess which columns are inputs, identity and weight, and what kind of target one is.

    Args:
        dataset: the columns.
        target: the column that the network is to predict.
        files: as the experiment file is to name them.
        name: of the experiment; characters that a run directory cannot have become underscores.

    Returns:
        An experiment as nested mappings, and findings: what was assumed, and which columns were left out and why.

    Raises:
        DataError: there is no such column, it is constant or not a number, or no column is left as input.
    """
    summaries = {column.name: column for column in summarise_columns(dataset)}
    if target not in summaries:
        if target in dataset.left_out:
            dataset.arrow(target)  # says why
        msg = f"--target {target}: no such column.{did_you_mean(target, summaries)}"
        raise DataError(msg)
    derived: dict[str, str] = {}
    head = _one_hot_target(dataset, target, derived)
    head = head or _guess_target(summaries[target], list(words_of(dataset, target)))
    where = presence_condition(dataset, target) if head["column"] == target else None
    if where is not None:
        head["where"] = where
    reasons: dict[str, str] = {}
    rest = {k: v for k, v in summaries.items() if k != target}
    identity = choose_identity(dataset, [k for k, v in rest.items() if IDENTITY_NAME.match(k) and not v.shape], reasons)
    weight = choose_weight([v for k, v in rest.items() if WEIGHT_NAME.match(k) and not v.shape], reasons)
    rest = {k: v for k, v in rest.items() if k not in {*identity, *reasons, weight}}
    inputs = four_vector_groups(rest)
    single = [part for v in rest.values() for part in (_elements(dataset, v) or [v])]
    numbers = [column for column in single if _usable(dataset, column, reasons)]
    if numbers:
        group: dict[str, Any] = {"kind": "numeric", "columns": [column.name for column in numbers]}
        if any(column.missing for column in numbers):
            group["missing"] = True
        inputs[_free_name("features", inputs)] = group
    found = [*_left_out(reasons), *target_findings(head, summaries[target])]
    if not inputs:
        why = " ".join([*dataset.remarks, *(one.sentence for one in found)])
        msg = f"{dataset.named_sources()}: no column is left as an input besides the target {target}; {why}"
        raise DataError(msg)
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._-") or "experiment"
    content: dict[str, Any] = {"name": name, "data": {"files": list(files)}, "inputs": inputs}
    content["data"] |= {"identity": identity, "weight": weight} | ({"derived": derived} if derived else {})
    content["targets"] = {_free_name(target, {*inputs, *identity, "split", "weight"}): head}
    if any(group["kind"] == "four-vectors" for group in inputs.values()):
        content["model"] = {"body": {"kind": "deep-sets", "units": [128, 128]}}
    return content, found


def _elements(dataset: Dataset, column: ColumnSummary) -> list[ColumnSummary]:
    return [] if why_no_input(column.name) else summarise_elements(dataset, column)


def _one_hot_target(dataset: Dataset, target: str, derived: dict[str, str]) -> dict[str, Any] | None:
    """One-hot labels make a multiclass target, or a binary one of two; the class is derived from them."""
    labels = find_one_hot(dataset, target)
    if labels is None or len(labels.classes) < 2:
        return None
    column = _free_name(f"{target}_class", dataset.names)
    derived[column] = labels.expression
    if len(labels.classes) == 2:
        background, signal = labels.classes
        return {"kind": "binary", "column": column, "classes": {"background": background, "signal": signal}}
    return {"kind": "multiclass", "column": column, "classes": {f"class_{place}": place for place in labels.classes}}


def _guess_target(column: ColumnSummary, words: list[str]) -> dict[str, Any]:
    """Two whole numbers or words make a binary target, a few a multiclass one, other numbers a regression."""
    if 2 <= len(words) <= FEW:
        named: dict[str, str] = {}
        for word in words:
            named[_free_name(word or "none", named)] = word
        return {"kind": "binary" if len(words) == 2 else "multiclass", "column": column.name, "classes": named}
    if column.shape or column.minimum is None:
        msg = (
            f"--target {column.name}: it holds {column.type} of shape {column.shape or '()'}; a target is one number "
            "per row. Name another, or write the file by hand with data.derived."
        )
        raise DataError(msg)
    if column.constant:
        constant = f"it is {column.minimum:g} in every row; there is nothing to learn"
        msg = f"--target {column.name}: {constant}. Name another column."
        raise DataError(msg)
    if len(column.values) == 2:
        background, signal = column.values
        return {"kind": "binary", "column": column.name, "classes": {"background": background, "signal": signal}}
    if column.values:
        classes = {f"class_{value}".replace("-", "minus_"): value for value in column.values}
        return {"kind": "multiclass", "column": column.name, "classes": classes}
    return {"kind": "regression", "column": column.name}


def _left_out(reasons: Mapping[str, str]) -> Iterator[Finding]:
    if reasons:
        evidence = f"{left_out_note({name: reason.rstrip('.') for name, reason in reasons.items()})}."
        yield Finding("columns that are not inputs", "NOTE", evidence, tuple(reasons), see="docs/inspecting.md")


def four_vector_groups(columns: dict[str, ColumnSummary]) -> dict[str, dict[str, Any]]:
    """Take four-vectors out of the columns: (P, 4) arrays, numbered columns, and lists of E, px, py, pz.

    Args:
        columns: by name; those that are taken are removed.

    Returns:
        Groups of inputs by name, as an experiment file has them.
    """
    found: dict[str, dict[str, Any]] = {}
    for column in list(columns.values()):
        if column.name not in columns or why_no_input(column.name):
            continue
        if len(column.shape) == 2 and column.shape[1] == 4:
            found[_free_name(column.name, found)] = _group(column.name, column.shape[0])
            del columns[column.name]
            continue
        match = _ENERGY.match(column.name)
        if match is not None:
            _take_components(match, columns, found)
    return found


def _take_components(match: re.Match[str], columns: dict[str, ColumnSummary], found: dict[str, dict[str, Any]]) -> None:
    """Take E, px, py, pz of one name out of the columns where all four are there as numbered columns or lists."""
    upper = match["e"].isupper()
    for spelling in (("PX", "PY", "PZ"), ("px", "py", "pz")) if upper else (("px", "py", "pz"),):
        names = [f"{match['head']}{part}{match['tail']}{{i}}" for part in (match["e"], *spelling)]
        number = match["number"]
        one = [name.format(i=number) for name in names]
        if not all(name in columns for name in one):
            continue
        if number and match["tail"]:
            count = 0
            while all(name.format(i=int(number) + count) in columns for name in names):
                for name in names:
                    del columns[name.format(i=int(number) + count)]
                count += 1
            found[_free_name(match["head"] or "constituents", found)] = _group(names, count)
        elif columns[one[0]].shape == (None,):
            for name in one:
                del columns[name]
            found[_free_name(match["head"] or "constituents", found)] = _group(one, None)
        return


def _group(columns: str | list[str], count: int | None) -> dict[str, Any]:
    return {"kind": "four-vectors", "columns": columns, "at_most": min(count or 200, 200)}


def _free_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name made of letters, digits and underscores that is not taken yet."""
    name = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_") or "constituents"
    name = name if name[0].isalpha() else f"n_{name}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def _usable(dataset: Dataset, column: ColumnSummary, reasons: dict[str, str]) -> bool:
    """Return whether a column is usable as an input; if not, record the reason."""
    named = why_no_input(column.name)
    if named is not None:
        reasons[column.name] = named
    elif column.shape:
        reasons[column.name] = "it holds lists; take single values with data.derived"
    elif column.type == "string":
        reasons[column.name] = "it holds words; if there are few, use it as kind: categorical"
    elif column.minimum is None and column.missing == dataset.rows:
        reasons[column.name] = "all its values are missing"
    elif column.minimum is None:
        reasons[column.name] = f"it holds {column.type}; turn it into a number with data.derived"
    elif column.constant:
        reasons[column.name] = f"it has only one value ({column.minimum:g})"
    elif (beyond := why_beyond_float32(dataset, column)) is not None:
        reasons[column.name] = beyond
    else:
        return True
    return False
