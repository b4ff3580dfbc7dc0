"""Choose identity, weight and target conditions from columns whose names suggest them and whose values allow it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import NumericInput
from netwright.data import FLOAT32_LARGEST, FLOAT32_SMALLEST, Dataset, choose_fine_columns, identity_of, quoted
from netwright.errors import DataError, first_few
from netwright.finding import Finding
from netwright.inspection.belonging import can_name
from netwright.inspection.column_summary import ColumnSummary, summarise_column
from netwright.inspection.guess.copies import copies_of
from netwright.inspection.guess.layouts import belongs_in_weight
from netwright.inspection.guess.varied_names import varied_columns

__all__ = [
    "choose_identity",
    "choose_weight",
    "factor_findings",
    "id_columns",
    "presence_condition",
    "varied_weights",
    "why_beyond_float32",
    "why_copies",
    "why_row_number",
]

_NO_FACTOR = re.compile(
    r"(?i:(?<!pile)(?<!pile_)up|down|_dn)(_\w+)?$|[a-z]Dn$|^n[A-Z_]|_(n|size)$|(?i:sum)"
)  # varied; counts
_PAIRS_ALIKE = 20  # expected pairs of equal numbers, beyond which none at all is no chance
_ROWS_IN_ORDER = 50  # that rise by themselves in few columns that do not number them
_ONE = re.compile(
    r"(id|pid|id_?code|(subject|patient|person|participant|respondent)(_?(id|no|nr|num(ber)?|code))?)", re.IGNORECASE
)
_ROWS_OF_ONE = 20  # on average, at most, for an id; the same number in more rows is a kind, as that of a particle


def choose_identity(dataset: Dataset, names: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Choose the columns that can identify rows: whole numbers or text, none missing, and not all the same.

    Args:
        dataset: the columns.
        names: of columns whose name suggests an identity.

    Returns:
        Their names, and by column that cannot, why.
    """
    identifying, reasons = [], {}
    for name in names:
        try:
            hashes = identity_of({name: dataset.arrow(name)})
        except DataError as error:
            reasons[name] = f"it cannot identify rows: {str(error).rstrip('.')}"
            continue
        if len(hashes) > 1 and (hashes == hashes[0]).all():
            reasons[name] = "it has only one value, which identifies no row"
        else:
            identifying.append(name)
    return identifying, reasons


def id_columns(dataset: Dataset, columns: Iterable[ColumnSummary]) -> list[str]:
    """Return columns named id, subject, patient ... whose numbers or words tell what rows belong to, such as a person.

    Args:
        dataset: the columns.
        columns: of one value for each row, or of several.

    Returns:
        Names of those with a whole number or a word for each row, most of which are in few rows.
    """
    named = [one.name for one in columns if _ONE.fullmatch(one.name) and not one.shape and not one.missing]
    usable = [name for name in named if can_name(dataset.arrow(name))]
    return [name for name in usable if pc.count_distinct(dataset.arrow(name)).as_py() * _ROWS_OF_ONE >= dataset.rows]


def choose_weight(columns: Iterable[ColumnSummary]) -> tuple[str | None, dict[str, str]]:
    """Choose the first column that can be a weight: finite in every row, and not 0 in all.

    Args:
        columns: those whose name suggests a weight.

    Returns:
        Its name, None where there is none; and by column before it that cannot, why.
    """
    reasons = {}
    for column in columns:
        if column.minimum is None:
            reasons[column.name] = f"it holds {column.type}, which cannot be a weight"
        elif column.missing:
            reasons[column.name] = (
                f"it cannot be a weight: {column.missing:,} of its values are missing or infinite; to leave such rows "
                f"out: data.selection: 'isfinite({quoted(column.name)})', data.weight: {column.name}"
            )
        elif column.minimum == column.maximum == 0:
            reasons[column.name] = "it cannot be a weight: it is 0 in every row"
        else:
            return column.name, reasons
    return None, reasons


def factor_findings(
    dataset: Dataset, weight: str | None, columns: Iterable[ColumnSummary], reasons: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield which columns may be factors of the event weight, as their names tell.

    Args:
        dataset: the columns.
        weight: that of the event; None without one.
        columns: those of the file.
        reasons: by column that is left out, why.

    Yields:
        NOTE where there are some; not for variations, and copies of the weight.
    """
    factors = [
        column.name
        for column in columns
        if belongs_in_weight(reasons.get(column.name, ""))
        and not (column.shape or column.minimum is None or column.missing)
        and not (_NO_FACTOR.search(column.name) or column.name.removeprefix("n") in set(dataset.names) - {column.name})
        and not (weight is not None and _equal(dataset.column(column.name), dataset.column(weight)))
    ]
    if not factors:
        return
    evidence = f"The event weight is {weight}" if weight is not None else "No column is taken as the event weight"
    product = " * ".join(map(quoted, [*([weight] if weight is not None else []), factors[0]]))
    yield Finding(
        "factors of the weight",
        "NOTE",
        f"{evidence}; {first_few(factors)} may be factors of it, by their names, and are not multiplied into it.",
        tuple(factors),
        remedy=f"To multiply: data.weight: '{product}', with every factor that applies.",
        see="docs/reading.md",
    )


def varied_weights(dataset: Dataset, weight: str | None) -> dict[str, str]:
    """Return the columns of event weights as systematic uncertainties change them, up and down.

    Args:
        dataset: the columns.
        weight: the nominal one; None without weights.

    Returns:
        Columns by the name of the variation.
    """
    named = {
        varied.variation: name for name, varied in varied_columns(dataset.names).items() if varied.nominal == weight
    }
    summaries = {name: summarise_column(dataset, name) for name in named.values()}
    return {
        variation: name
        for variation, name in named.items()
        if not summaries[name].shape and choose_weight([summaries[name]])[0] is not None
    }


def why_beyond_float32(dataset: Dataset, column: ColumnSummary) -> str | None:
    """Return why a network cannot compute with the numbers of a column.

    Args:
        dataset: has the column.
        column: of numbers.

    Returns:
        The reason; None where there is none.
    """
    largest = max(abs(column.minimum or 0), abs(column.maximum or 0))
    if largest and not FLOAT32_SMALLEST <= largest <= FLOAT32_LARGEST:
        return f"its largest value, {largest:.3g}, is beyond float32; convert it to another unit with data.derived"
    values = dataset.arrow(column.name)
    if column.missing and pa.types.is_floating(values.type) and pc.any(pc.is_inf(values)).as_py():
        return "it holds infinite values; replace them with data.derived"
    try:
        choose_fine_columns(dataset, {"features": NumericInput(kind="numeric", columns=[column.name])})
    except DataError as error:
        return f"it is {str(error).partition(f'column {column.name} is ')[2]}"
    return None


def why_row_number(dataset: Dataset, column: ColumnSummary) -> str | None:
    """Return why a column only numbers the rows: whole numbers that rise from each row to the next, or name each row.

    Among N numbers drawn independently out of a range of R, none occurs twice with a probability of exp(-N(N-1)/2R) at
    most: if none does all the same, they were given to the rows one by one, as numbers of persons or schools are.

    Args:
        dataset: has the column.
        column: of numbers, one for each row.

    Returns:
        The reason; None where some row of a file has no larger number than that before it, and a number occurs twice,
        or the column is not the first of the file and all numbers may be different by chance, with a probability above
        exp(-20); or where there are too few rows to tell.
    """
    if not column.whole or column.missing or dataset.rows < _ROWS_IN_ORDER:
        return None
    values = dataset.column(column.name)
    falls = int(np.count_nonzero(values[1:] <= values[:-1]))
    if falls < len(dataset.sources):
        return "its whole numbers rise from row to row, as if they counted the rows"
    if column.name == dataset.names[0] and len(np.unique(values)) == len(values):
        return "it is the first column, and its whole numbers are different in all rows, as if they named the rows"
    if _different_by_intent(values):
        least, most = int(values.min()), int(values.max())
        return f"its whole numbers, from {least} to {most}, are different in all rows, as if they named the rows"
    return None


def _different_by_intent(values: npt.NDArray[np.integer]) -> bool:
    """Return whether whole numbers are all different, though of so many out of their range two would be equal."""
    pairs, possible = len(values) * (len(values) - 1) / 2, int(values.max()) - int(values.min()) + 1
    return len(values) <= possible < pairs / _PAIRS_ALIKE and len(np.unique(values)) == len(values)


def why_copies(dataset: Dataset, columns: Sequence[ColumnSummary]) -> dict[str, str]:
    """Return which columns equal another one before them in every row.

    Args:
        dataset: has the columns.
        columns: of numbers, one for each row.

    Returns:
        By such a column, which one it equals, in words.
    """
    copies = copies_of(columns, lambda first, second: _equal(dataset.column(first), dataset.column(second)))
    return {copy: f"it equals {original} in every row" for copy, original in copies.items()}


def _equal(first: npt.NDArray[np.generic], second: npt.NDArray[np.generic]) -> bool:
    floating = first.dtype.kind == "f" and second.dtype.kind == "f"
    return bool(np.array_equal(first, second, equal_nan=floating))


def presence_condition(dataset: Dataset, column: str) -> str | None:
    """Return the SQL condition that a target is present and finite.

    Args:
        dataset: has the column.
        column: its name.

    Returns:
        The condition; None where it is true for every row.
    """
    values, name = dataset.arrow(column), quoted(column)
    if pa.types.is_floating(values.type):
        finite = pc.fill_null(pc.is_finite(values), False).to_numpy()  # noqa: FBT003  # of PyArrow
        return None if np.all(finite) else f"isfinite({name}) IS TRUE"
    return f"{name} IS NOT NULL" if values.null_count else None
