"""Guess an experiment from the names and values of columns, as a first draft to review."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset, element_name, quoted, words_of
from netwright.errors import DataError
from netwright.finding import Finding
from netwright.inspection.belonging import find_belonging
from netwright.inspection.column_summary import ColumnSummary, missing_of, summarise_column, summarise_columns
from netwright.inspection.findings import belonging_rows, few_rows
from netwright.inspection.guess.arrays import numbers_of_inner_lists, summarise_elements
from netwright.inspection.guess.arrays_of_particles import take_arrays_of_particles
from netwright.inspection.guess.codes import codes_finding, possible_codes
from netwright.inspection.guess.column_names import (
    IDENTITY_NAME,
    OF_NETWORK,
    WEIGHT_NAME,
    WHOLE_WEIGHT,
    why_no_input,
)
from netwright.inspection.guess.element_names import numbers_with_names
from netwright.inspection.guess.elements_of_target import ElementRows
from netwright.inspection.guess.flags import flag_columns, flags_beside
from netwright.inspection.guess.heads import GuessedHead, guess_head
from netwright.inspection.guess.inner_vectors import numbers_of_inner_vectors
from netwright.inspection.guess.layouts import Layout, layout_of
from netwright.inspection.guess.leaks import why_leaks
from netwright.inspection.guess.measured_weights import measured_weights, weight_findings
from netwright.inspection.guess.network import choose_network, keep_first_of_events, scale_numbers
from netwright.inspection.guess.particles import layout_findings, particle_groups, single_values
from netwright.inspection.guess.plain_four_vectors import possible_four_vectors
from netwright.inspection.guess.roles import (
    choose_identity,
    choose_weight,
    factor_findings,
    id_columns,
    why_beyond_float32,
    why_row_number,
    without_copies,
)
from netwright.inspection.guess.target_column import place_in_lists
from netwright.inspection.guess.target_findings import target_findings
from netwright.inspection.guess.target_sections import free_name
from netwright.inspection.guess.varied_names import varied_columns
from netwright.readers import MISSING_TEXTS, left_out_note, row_shape

__all__ = ["guess_experiment"]

_CLASSES = ("binary", "multiclass")
_NUMBER = r"^[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?$"  # of RE2
_PERCENT = r"^[+-]?[0-9]*[.]?[0-9]+ *%$"
_WORDS = 50  # different ones of a column that are categories, with an input for each
_SHOWN_TEXTS = 8  # in a column of numbers
_ROWS_OF_A_WORD = 10  # on average, at least


def guess_experiment(
    dataset: Dataset,
    target: str | GuessedHead | None,
    files: Sequence[str],
    name: str,
    elements: Mapping[str, Sequence[str]] = MappingProxyType({}),
    rows: ElementRows | None = None,
) -> tuple[dict[str, Any], list[Finding]]:
    """Guess which columns are inputs, identity and weight, and what kind of target one is.

    Args:
        dataset: the columns.
        target: the column that the network is to predict, a pattern for flag columns of classes, a head that is known,
            or None where the layout of the file shows the class.
        files: as the experiment file is to name them.
        name: of the experiment; characters that a run directory cannot have become underscores.
        elements: names of the numbers of arrays, by column, where the file has such.
        rows: where the rows of the dataset are elements of a collection, which these are.

    Returns:
        An experiment as nested mappings, and findings: what was assumed, and which columns were left out and why.

    Raises:
        DataError: there is no such column, it is constant or not a number, or no column is left as input.
    """
    layout = layout_of(dataset.names)
    singles = single_values(dataset, layout)
    inner = _numbers_in_lists(dataset, layout, elements, target)
    derived = {name: f"{quoted(alone)}[1]" for name, alone in singles.items()}
    derived |= {name: text for lists in inner.values() for name, text in lists.items()}
    hidden = {*singles.values(), *inner}
    if isinstance(target, str):
        target = next((name for name, stored in singles.items() if stored == target), target)
        if (place := place_in_lists(dataset, target)) is not None:
            target, hidden = place.name, {*hidden, place.column}
            derived[place.name] = place.expression
    dataset = dataset.derive(derived)
    summaries = {column.name: column for column in summarise_columns(dataset) if column.name not in hidden}
    head = target if isinstance(target, GuessedHead) else guess_head(dataset, summaries, layout, target)
    other_flags = flags_beside(dataset, head.columns, flag_columns(summaries))
    reasons = dict.fromkeys(other_flags, f"{head.name} is 1 where neither it nor another such flag is")
    answers = (*head.columns, *other_flags)
    candidates = {k: v for k, v in summaries.items() if k not in answers}
    measured = measured_weights(dataset, candidates, layout)
    identity, weight = _roles(dataset, candidates, layout, measured, reasons)
    _leave_events_out(rows, layout, candidates, reasons)
    _leave_variations_out(dataset, candidates, reasons)
    _leave_leaks_out(dataset, head, candidates, reasons)
    dataset, arrays = take_arrays_of_particles(dataset, candidates, layout, elements)
    derived |= arrays.derived
    notes: list[Finding] = []
    inputs = _inputs(dataset, candidates, layout, answers, measured, reasons, derived, notes)
    keep_first_of_events(inputs)
    notes += weight_findings(dataset, weight, measured, layout)
    notes += factor_findings(dataset, weight, summaries.values(), reasons)
    numbers = sum(len(group["columns"]) for group in inputs.values() if group["kind"] == "numeric")
    notes += few_rows(dataset.rows, numbers) if head.section["kind"] in _CLASSES else ()
    if not identity:
        notes += belonging_rows(find_belonging(dataset, [name for name in summaries if name not in {*answers, weight}]))
    findings = [*_left_out(reasons), *layout_findings(layout, inputs), *notes, *_on_target(dataset, head)]
    if not inputs:
        reason = " ".join(finding.sentence for finding in findings)
        msg = f"{dataset.named_sources()}: no column is left as an input besides the target {head.name}; {reason}"
        raise DataError(msg)
    used = {key: text for key, text in derived.items() if key not in reasons}
    data = {"files": list(files), "identity": identity, "weight": weight} | ({"derived": used} if used else {})
    data |= {} if rows is None else {"rows": rows.collection}
    content, finding = _experiment(name, data, inputs, head, dataset.rows)
    return content, [*findings, finding]


def _experiment(
    name: str, data: dict[str, Any], inputs: dict[str, dict[str, Any]], head: GuessedHead, rows: int
) -> tuple[dict[str, Any], Finding]:
    """Put the sections together, with a network for so many rows and a finding on it."""
    classes = head.section["kind"] in _CLASSES
    sections, finding = choose_network(rows, inputs, classes=classes)
    scale_numbers(inputs, classes=classes)
    content = {
        "name": re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._-") or "experiment",
        "data": data,
        "inputs": inputs,
        "targets": {free_name(head.name, {*inputs, *data["identity"], "split", "weight"}): head.section},
    }
    return content | sections, finding


def _numbers_in_lists(
    dataset: Dataset, layout: Layout, elements: Mapping[str, Sequence[str]], target: str | GuessedHead | None
) -> dict[str, dict[str, str]]:
    """Return by column of lists the expressions of the numbers that are taken from it instead, by their names."""
    named = numbers_with_names(dataset, elements, target if isinstance(target, str) else None)
    return numbers_of_inner_lists(dataset) | numbers_of_inner_vectors(dataset, layout) | named


def _on_target(dataset: Dataset, head: GuessedHead) -> Iterator[Finding]:
    """Yield why a column that was not named is the target, and what is assumed about it."""
    if head.reason:
        evidence = f"{head.name} is taken as the target, {head.reason}."
        remedy = "To name another: --target COLUMN (in Python: target=)."
        yield Finding("target", "NOTE", evidence, head.columns, remedy=remedy, see="docs/reading.md")
    if len(head.columns) == 1:
        yield from target_findings(head.section, summarise_column(dataset, head.columns[0]))


def _roles(
    dataset: Dataset,
    candidates: dict[str, ColumnSummary],
    layout: Layout,
    measured: Collection[str],
    reasons: dict[str, str],
) -> tuple[list[str], str | None]:
    """Take identity and weight out of the columns; those that are `measured` are neither."""

    def named(pattern: str, general: re.Pattern[str]) -> list[str]:
        single = [name for name, column in candidates.items() if not column.shape and name not in measured]
        return [name for name in single if re.fullmatch(pattern, name)] or [n for n in single if general.match(n)]

    names = named(layout.identity, IDENTITY_NAME) or id_columns(dataset, candidates.values())
    identity = choose_identity(dataset, names, reasons)
    weights = sorted(named(layout.weight, WEIGHT_NAME), key=lambda name: WHOLE_WEIGHT.match(name) is None)
    weight = choose_weight([candidates[name] for name in weights], reasons)
    for name in [name for name in candidates if name in {*identity, *reasons, weight}]:
        del candidates[name]
    return identity, weight


def _leave_events_out(
    rows: ElementRows | None, layout: Layout, candidates: dict[str, ColumnSummary], reasons: dict[str, str]
) -> None:
    """Take columns of the event, and outputs of other networks, out of the candidates where rows are elements of it."""
    if rows is None:
        return
    for name in list(candidates):
        if rows.index == name:
            reason = "it numbers the elements of an event"
        elif name in rows.members:
            reason = "its name suggests the output of another network" if OF_NETWORK.search(name) else ""
        else:
            reason = (
                layout.why_left_out(name)
                or f"it belongs to the event, and each row to one element of {rows.collection}"
            )
        if reason:
            reasons[name] = reason
            del candidates[name]


def _leave_variations_out(dataset: Dataset, candidates: dict[str, ColumnSummary], reasons: dict[str, str]) -> None:
    """Take columns that are systematic variations of others out of the candidates."""
    for column, varied in varied_columns(dataset.names).items():
        if candidates.pop(column, None) is not None:
            reasons[column] = f"it is a systematic variation of {varied.nominal}, by its name"


def _leave_leaks_out(
    dataset: Dataset, head: GuessedHead, candidates: dict[str, ColumnSummary], reasons: dict[str, str]
) -> None:
    """Take columns that hold the class in other words out of the candidates."""
    if head.section["kind"] not in _CLASSES:
        return
    single = [
        name
        for name, column in candidates.items()
        if not column.shape and not column.constant and column.missing < dataset.rows and why_no_input(name) is None
    ]
    reasons_of_leaks = why_leaks(dataset, _columns_of_classes(dataset, head), single)
    reasons |= reasons_of_leaks
    for name in reasons_of_leaks:
        del candidates[name]


def _columns_of_classes(dataset: Dataset, head: GuessedHead) -> list[str]:
    """Return the columns that tell classes apart: that of the class, the elements of a one-hot array, or flags."""
    column = head.section.get("column")
    if column is None:
        return [str(flag) for flag in head.section["classes"].values()]
    array = bool(row_shape(dataset.arrow(column).type))
    return [element_name(column, index) for index in head.section["classes"].values()] if array else [column]


def _inputs(
    dataset: Dataset,
    candidates: dict[str, ColumnSummary],
    layout: Layout,
    answers: Collection[str],
    measured: Collection[str],
    reasons: dict[str, str],
    derived: dict[str, str],
    notes: list[Finding],
) -> dict[str, dict[str, Any]]:
    """Return groups of inputs; columns that are not among them are given a reason."""
    inputs: dict[str, dict[str, Any]] = {}
    for name, group in particle_groups(dataset, candidates, layout, reasons, derived, notes).items():
        inputs[free_name(name, inputs)] = group
    for name in list(candidates):
        reason = layout.why_left_out(name)
        if reason is not None and name not in measured:
            reasons[name] = reason
            del candidates[name]
    for name, group in possible_four_vectors(dataset, candidates, notes).items():
        inputs[free_name(name, inputs)] = group
    words = [name for name, column in candidates.items() if not column.shape and why_no_input(name) is None]
    words = [name for name in words if 2 <= len(words_of(dataset, name)) <= _most_words(dataset)]
    for name in words:
        del candidates[name]
    single = [number for column in candidates.values() for number in (_elements(dataset, column) or [column])]
    single = [number for number in single if number.name not in answers]
    numbers = [column for column in single if _usable(dataset, column, reasons)]
    numbers = without_copies(dataset, numbers, reasons)
    if numbers:
        group = {"kind": "numeric", "columns": [column.name for column in numbers]}
        missing = missing_of(numbers)
        inputs[free_name("features", inputs)] = group | ({"missing": missing} if missing else {})
    if words:
        inputs[free_name("words", inputs)] = {"kind": "categorical", "columns": words}
    codes = possible_codes(dataset, [column for column in numbers if column.name in candidates])
    if codes and not any("at_most" in group for group in inputs.values()):
        inputs[free_name("codes", inputs)] = {"kind": "categorical", "columns": codes}
        notes.append(codes_finding(codes))
    return inputs


def _most_words(dataset: Dataset) -> int:
    """Return how many different words a column of categories may have."""
    return min(_WORDS, dataset.rows // _ROWS_OF_A_WORD)


def _why_words(dataset: Dataset, name: str) -> str:
    """Return why a column of texts is no input; where most are numbers, what keeps it from being one."""
    texts = dataset.arrow(name)
    numbers = pc.fill_null(pc.match_substring_regex(texts, _NUMBER), fill_value=True)
    if pc.all(pc.match_substring_regex(texts, _PERCENT)).as_py():
        number = re.sub(r"\W+", "_", f"{name}_number")
        expression = f"CAST(rtrim({quoted(name)}, ''%'') AS DOUBLE)"
        return f"its numbers end with %; to take them: data.derived: {{{number}: '{expression}'}}"
    if pc.sum(numbers).as_py() * 2 < len(texts):
        count, most = len(words_of(dataset, name)), _most_words(dataset)
        if count < 2:
            return "it holds the same word in every row"
        return f"it holds {count:,} different words; in {dataset.rows:,} rows, up to {most} are taken as categories"
    known = pc.is_in(texts, pa.array(MISSING_TEXTS))
    row = pc.index(pc.or_(numbers, known), value=False).as_py()
    if row < 0:
        commas = pc.any(pc.match_substring(texts, ",")).as_py()
        exact = "no 64-bit type holds all of its whole numbers exactly"
        return "its commas may be decimal marks: --csv \"{decimal: ','}\"" if commas else exact
    text, where = texts[row].as_py(), dataset.locate(row)
    others = pc.unique(texts.filter(pc.invert(pc.or_(numbers, known)))).to_pylist()[:_SHOWN_TEXTS]
    markers = ", ".join("'{}'".format(other.replace("'", "''")) for other in others)
    return (
        f"most of its values are numbers, but not {text!r} in {where}; if that means a missing one: --csv "
        f'"{{missing: [{markers}]}}"'
    )


def _why_lists(column: ColumnSummary) -> str:
    if len(column.shape) > 1 and None not in column.shape:
        return (
            f"it holds arrays of shape {column.shape}, such as images, for which there is no network; write them as "
            "rows of numbers, numpy.reshape(N, -1), or take single values with data.derived"
        )
    return "it holds lists; take single values with data.derived"


def _elements(dataset: Dataset, column: ColumnSummary) -> list[ColumnSummary]:
    return [] if why_no_input(column.name) else summarise_elements(dataset, column)


def _left_out(reasons: Mapping[str, str]) -> Iterator[Finding]:
    if reasons:
        evidence = f"{left_out_note({name: reason.rstrip('.') for name, reason in reasons.items()})}."
        yield Finding("columns that are not inputs", "NOTE", evidence, tuple(reasons), see="docs/inspecting.md")


def _usable(dataset: Dataset, column: ColumnSummary, reasons: dict[str, str]) -> bool:
    """Return whether a column is usable as an input; if not, record the reason."""
    reason_of_name = why_no_input(column.name)
    if reason_of_name is not None:
        reasons[column.name] = reason_of_name
    elif column.shape:
        reasons[column.name] = _why_lists(column)
    elif column.type == "string":
        reasons[column.name] = _why_words(dataset, column.name)
    elif column.minimum is None and column.missing == dataset.rows:
        reasons[column.name] = "all its values are missing"
    elif column.minimum is None:
        reasons[column.name] = f"it holds {column.type}; turn it into a number with data.derived"
    elif column.constant:
        reasons[column.name] = f"it has only one value ({column.minimum:g})"
    elif (reason := why_beyond_float32(dataset, column) or why_row_number(dataset, column)) is not None:
        reasons[column.name] = reason
    else:
        return True
    return False
