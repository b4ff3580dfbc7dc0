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
from netwright.inspection.guess.candidates import Candidates
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
    why_copies,
    why_row_number,
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
    dataset, target, derived, hidden = _with_numbers_of_lists(dataset, layout, elements, target)
    summaries = {column.name: column for column in summarise_columns(dataset) if column.name not in hidden}
    head = target if isinstance(target, GuessedHead) else guess_head(dataset, summaries, layout, target)
    other_flags = flags_beside(dataset, head.columns, flag_columns(summaries))
    answers = (*head.columns, *other_flags)
    candidates = Candidates({k: v for k, v in summaries.items() if k not in answers}, derived=derived)
    candidates.leave_out(dict.fromkeys(other_flags, f"{head.name} is 1 where neither it nor another such flag is"))
    measured = measured_weights(dataset, candidates.columns, layout)
    identity, weight = _roles(dataset, candidates, layout, measured)
    _leave_events_out(rows, layout, candidates)
    _leave_variations_out(dataset, candidates)
    _leave_leaks_out(dataset, head, candidates)
    dataset, arrays = take_arrays_of_particles(dataset, candidates.columns, layout, elements)
    candidates.derived |= arrays.derived
    inputs = _inputs(dataset, candidates, layout, answers, measured)
    keep_first_of_events(inputs)
    notes = [
        *candidates.notes,
        *weight_findings(dataset, weight, measured, layout),
        *factor_findings(dataset, weight, summaries.values(), candidates.reasons),
    ]
    numbers = sum(len(group["columns"]) for group in inputs.values() if group["kind"] == "numeric")
    notes += few_rows(dataset.rows, numbers) if head.section["kind"] in _CLASSES else ()
    if not identity:
        notes += belonging_rows(find_belonging(dataset, [name for name in summaries if name not in {*answers, weight}]))
    reasons = candidates.reasons
    findings = [*_left_out(reasons), *layout_findings(layout, inputs), *notes, *_on_target(dataset, head)]
    if not inputs:
        reason = " ".join(finding.sentence for finding in findings)
        msg = f"{dataset.named_sources()}: no column is left as an input besides the target {head.name}; {reason}"
        raise DataError(msg)
    used = {key: text for key, text in candidates.derived.items() if key not in reasons}
    data = {"files": list(files), "identity": identity, "weight": weight} | ({"derived": used} if used else {})
    data |= {} if rows is None else {"rows": rows.collection}
    content, finding = _experiment(name, data, inputs, head, dataset.rows)
    return content, [*findings, finding]


def _with_numbers_of_lists(
    dataset: Dataset, layout: Layout, elements: Mapping[str, Sequence[str]], target: str | GuessedHead | None
) -> tuple[Dataset, str | GuessedHead | None, dict[str, str], set[str]]:
    """Take single numbers out of lists and arrays: those that stand for the row, those with names, and the target.

    Returns the columns with them, the target's name among them, their expressions, and the lists that they replace.
    """
    singles = single_values(dataset, layout)
    named = numbers_with_names(dataset, elements, target if isinstance(target, str) else None)
    inner = numbers_of_inner_lists(dataset) | numbers_of_inner_vectors(dataset, layout) | named
    derived = {name: f"{quoted(alone)}[1]" for name, alone in singles.items()}
    derived |= {name: text for lists in inner.values() for name, text in lists.items()}
    hidden = {*singles.values(), *inner}
    if isinstance(target, str):
        target = next((name for name, stored in singles.items() if stored == target), target)
        if (place := place_in_lists(dataset, target)) is not None:
            target, hidden = place.name, {*hidden, place.column}
            derived[place.name] = place.expression
    return dataset.derive(derived), target, derived, hidden


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


def _on_target(dataset: Dataset, head: GuessedHead) -> Iterator[Finding]:
    """Yield why a column that was not named is the target, and what is assumed about it."""
    if head.reason:
        evidence = f"{head.name} is taken as the target, {head.reason}."
        remedy = "To name another: --target COLUMN (in Python: target=)."
        yield Finding("target", "NOTE", evidence, head.columns, remedy=remedy, see="docs/reading.md")
    if len(head.columns) == 1:
        yield from target_findings(head.section, summarise_column(dataset, head.columns[0]))


def _roles(
    dataset: Dataset, candidates: Candidates, layout: Layout, measured: Collection[str]
) -> tuple[list[str], str | None]:
    """Take identity and weight out of the columns; those that are `measured` are neither."""

    def named(pattern: str, general: re.Pattern[str]) -> list[str]:
        single = [name for name, column in candidates.columns.items() if not column.shape and name not in measured]
        return [name for name in single if re.fullmatch(pattern, name)] or [n for n in single if general.match(n)]

    names = named(layout.identity, IDENTITY_NAME) or id_columns(dataset, candidates.columns.values())
    identity, why_no_identity = choose_identity(dataset, names)
    weights = sorted(named(layout.weight, WEIGHT_NAME), key=lambda name: WHOLE_WEIGHT.match(name) is None)
    weight, why_no_weight = choose_weight([candidates.columns[name] for name in weights])
    candidates.leave_out(why_no_identity | why_no_weight)
    candidates.take([*identity, *([] if weight is None else [weight])])
    return identity, weight


def _leave_events_out(rows: ElementRows | None, layout: Layout, candidates: Candidates) -> None:
    """Leave columns of the event, and outputs of other networks, out where rows are elements of it."""
    if rows is None:
        return
    for name in list(candidates.columns):
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
            candidates.leave_out({name: reason})


def _leave_variations_out(dataset: Dataset, candidates: Candidates) -> None:
    """Leave columns that are systematic variations of others out."""
    for column, varied in varied_columns(dataset.names).items():
        if column in candidates.columns:
            candidates.leave_out({column: f"it is a systematic variation of {varied.nominal}, by its name"})


def _leave_leaks_out(dataset: Dataset, head: GuessedHead, candidates: Candidates) -> None:
    """Leave columns that hold the class in other words out."""
    if head.section["kind"] not in _CLASSES:
        return
    single = [
        name
        for name, column in candidates.columns.items()
        if not column.shape and not column.constant and column.missing < dataset.rows and why_no_input(name) is None
    ]
    candidates.leave_out(why_leaks(dataset, _columns_of_classes(dataset, head), single))


def _columns_of_classes(dataset: Dataset, head: GuessedHead) -> list[str]:
    """Return the columns that tell classes apart: that of the class, the elements of a one-hot array, or flags."""
    column = head.section.get("column")
    if column is None:
        return [str(flag) for flag in head.section["classes"].values()]
    array = bool(row_shape(dataset.arrow(column).type))
    return [element_name(column, index) for index in head.section["classes"].values()] if array else [column]


def _inputs(
    dataset: Dataset,
    candidates: Candidates,
    layout: Layout,
    answers: Collection[str],
    measured: Collection[str],
) -> dict[str, dict[str, Any]]:
    """Return groups of inputs; candidates that are not among them are left out."""
    inputs: dict[str, dict[str, Any]] = {}
    for name, group in particle_groups(dataset, candidates, layout).items():
        inputs[free_name(name, inputs)] = group
    no_inputs = {name: layout.why_left_out(name) for name in candidates.columns if name not in measured}
    candidates.leave_out({name: reason for name, reason in no_inputs.items() if reason is not None})
    for name, group in possible_four_vectors(dataset, candidates).items():
        inputs[free_name(name, inputs)] = group
    single = [name for name, column in candidates.columns.items() if not column.shape and why_no_input(name) is None]
    words = [name for name in single if 2 <= len(words_of(dataset, name)) <= _most_words(dataset)]
    candidates.take(words)
    numbers = [number for column in candidates.columns.values() for number in _elements(dataset, column) or [column]]
    numbers = [number for number in numbers if number.name not in answers]
    unusable = {number.name: reason for number in numbers if (reason := _why_no_number(dataset, number)) is not None}
    numbers = [number for number in numbers if number.name not in unusable]
    copies = why_copies(dataset, numbers)
    numbers = [number for number in numbers if number.name not in copies]
    codes = possible_codes(dataset, [number for number in numbers if number.name in candidates.columns])
    candidates.leave_out(unusable | copies)
    if numbers:
        group = {"kind": "numeric", "columns": [number.name for number in numbers]}
        missing = missing_of(numbers)
        inputs[free_name("features", inputs)] = group | ({"missing": missing} if missing else {})
    if words:
        inputs[free_name("words", inputs)] = {"kind": "categorical", "columns": words}
    if codes and not any("at_most" in group for group in inputs.values()):
        inputs[free_name("codes", inputs)] = {"kind": "categorical", "columns": codes}
        candidates.notes.append(codes_finding(codes))
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


def _why_no_number(dataset: Dataset, column: ColumnSummary) -> str | None:
    """Return why a column is no numeric input; None where it can be one."""
    reason_of_name = why_no_input(column.name)
    if reason_of_name is not None:
        return reason_of_name
    if column.shape:
        return _why_lists(column)
    if column.type == "string":
        return _why_words(dataset, column.name)
    if column.minimum is None and column.missing == dataset.rows:
        return "all its values are missing"
    if column.minimum is None:
        return f"it holds {column.type}; turn it into a number with data.derived"
    if column.constant:
        return f"it has only one value ({column.minimum:g})"
    return why_beyond_float32(dataset, column) or why_row_number(dataset, column)
