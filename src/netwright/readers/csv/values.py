"""The values of a text table: markers of missing numbers, the type that fits all of a column, and the numbers.

A column is integer, floating-point or boolean only if every value is. Nothing is rounded: integers that no 64-bit
type holds stay text.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from netwright.errors import DataError
from netwright.readers.csv.marks import any_sure, has_decimal_point, with_point

__all__ = ["MISSING", "Fit", "Values", "decimal_of", "without_blanks"]

_GLANCE = 64  # values
_TYPES = (pa.int64(), pa.uint64(), pa.float64(), pa.bool_())  # in order of preference; text if none fits
MISSING = ("", "-", "?", ".", "NA", "N/A", "#N/A", "<NA>", "n/a", "NaN", "nan", "-nan", "NULL", "null", "None", "\\N")
_ODD_NAN = r"^[+-]?1[.,]#(IND|QNAN|SNAN|NAN|J)0*$"  # as Microsoft's C library writes it
_ODD_INF = r"^([+-]?)1[.,]#INF0*$"
_WHOLE = r"^[+-]?[0-9]+$"
_THOUSANDS = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"  # 1,234 may be 1.234 or 1234, and 0,234 is 0.234


@dataclass(frozen=True)
class Values:
    """The settings for reading values.

    Attributes:
        missing: markers of a missing number, besides the usual ones.
        decimal: the decimal mark; None if it is to be inferred.
        guess_comma: whether a decimal comma may be inferred.
    """

    missing: Sequence[str] = ()
    decimal: str | None = None
    guess_comma: bool = False

    def present(self, column: pa.Array) -> pa.Array:
        """Return the texts of numbers without surrounding blanks, null where a marker says that a value is missing.

        Args:
            column: (rows,), strings.

        Returns:
            (rows,), strings.
        """
        column = without_blanks(column)
        if pc.any(pc.starts_with(column, "+")).as_py():
            column = pc.replace_substring_regex(column, r"^\+", "")  # Arrow does not parse integers with it
        if pc.any(pc.match_substring(column, "1.#")).as_py() or pc.any(pc.match_substring(column, "1,#")).as_py():
            column = pc.replace_substring_regex(column, _ODD_NAN, "NaN")
            column = pc.replace_substring_regex(column, _ODD_INF, r"\1inf")
        return pc.if_else(pc.is_in(column, pa.array([*MISSING, *self.missing])), None, column)

    def numbers(self, column: pa.Array, kind: pa.DataType) -> pa.Array:
        """Return a column of strings in its type.

        Args:
            column: (rows,), strings.
            kind: the type that `Fit` found for the whole column.

        Returns:
            (rows,), of this type.

        Raises:
            pyarrow.ArrowInvalid: a value is not of this type.
        """
        if pa.types.is_string(kind):
            return without_blanks(column)
        column = self.present(column)
        if kind != pa.float64():
            return column.cast(kind)
        if self.decimal != "," and _is(kind, column[:_GLANCE]):  # a failing cast of all values is slow
            with contextlib.suppress(pa.ArrowInvalid):
                return column.cast(kind)
        return with_point(column, self.decimal or ".").cast(kind)


def without_blanks(column: pa.Array) -> pa.Array:
    """Return texts without blanks around them, as they stand behind commas that are followed by one.

    Args:
        column: (rows,), strings.

    Returns:
        (rows,), strings.
    """
    if pc.any(pc.or_(pc.starts_with(column, " "), pc.ends_with(column, " "))).as_py():
        return pc.utf8_trim_whitespace(column)
    return column


@dataclass
class Fit:
    """The types that fit all values of a column seen so far.

    Attributes:
        kinds: types that fit with a decimal point.
        comma: whether the values are numbers with a decimal comma, or none; points may separate thousands.
        commas: whether a comma was seen.
        points: whether a point was seen.
        unlike_thousands: whether one of these commas cannot be a thousands separator.
        grouped: whether the values are numbers with a decimal point, commas between thousands or Fortran's exponents.
        surely_grouped: whether one of these commas cannot be a decimal mark, or there is such an exponent.
        whole: whether all are integers, of any size.
    """

    kinds: list[pa.DataType] = field(default_factory=lambda: list(_TYPES))
    comma: bool = True
    commas: bool = False
    points: bool = False
    unlike_thousands: bool = False
    grouped: bool = True
    surely_grouped: bool = False
    whole: bool = True

    def update(self, column: pa.Array, values: Values) -> None:
        """Update the fit with more values.

        Args:
            column: (n,), strings.
            values: the settings for reading them.
        """
        column = values.present(column)
        if values.decimal == ",":
            self._update_commas(column)
            self.kinds = [kind for kind in self.kinds if kind != pa.float64() and _is(kind, column)]
        else:
            self.kinds = [kind for kind in self.kinds if _is(kind, column)]
            if values.guess_comma and self.comma and not any(map(pa.types.is_integer, self.kinds)):
                self._update_commas(column)
            if self.grouped and not self.kinds:
                self.grouped = _is(pa.float64(), with_point(column, "."))
                self.surely_grouped |= self.grouped and (values.decimal == "." or any_sure(column, "."))
        if self.whole and not any(map(pa.types.is_integer, self.kinds)):
            self.whole = pc.all(pc.match_substring_regex(column, _WHOLE)).as_py() is not False

    def _update_commas(self, column: pa.Array) -> None:
        if has_decimal_point(column[:_GLANCE]):
            self.comma = False
            return
        with_comma = column.filter(pc.match_substring(column, ","))
        self.commas |= len(with_comma) > 0
        self.unlike_thousands |= pc.all(pc.match_substring_regex(with_comma, _THOUSANDS)).as_py() is False
        self.points |= pc.any(pc.match_substring(column, ".")).as_py() is True
        self.comma = self.comma and not has_decimal_point(column) and _is(pa.float64(), with_point(column, ","))

    def kind(self, decimal: str) -> pa.DataType:
        """Return the type of the column.

        Args:
            decimal: the decimal mark of the file.

        Returns:
            The first type that fits all values; text for integers that no type holds exactly.
        """
        kinds = list(self.kinds)
        if decimal == ",":
            kinds = [kind for kind in kinds if kind != pa.float64()]
            kinds = [*kinds, pa.float64()] if self.comma and not kinds else kinds
        elif not kinds and self.grouped and self.surely_grouped:
            return pa.float64()
        if self.inexact and pa.float64() in kinds:
            return pa.string()
        return kinds[0] if kinds else pa.string()

    @property
    def undecided(self) -> bool:
        """Whether no type fits yet, and the marks in later values decide whether these are numbers."""
        return not self.kinds and ((self.commas and self.comma) or self.grouped)

    @property
    def inexact(self) -> bool:
        """Whether all are integers, but too large or too far apart for one type."""
        return self.whole and not any(map(pa.types.is_integer, self.kinds))


def decimal_of(fits: Mapping[str, Fit], decimal: str | None, *, quoted: bool = False) -> str:
    """Return the decimal mark of a file.

    Args:
        fits: the fit of each column, by name.
        decimal: the user's setting.
        quoted: whether commas are between values, so that those within values are in quotes; then a column stays
            text where they may mean anything else.

    Returns:
        ``.`` or ``,``.

    Raises:
        DataError: both are used, or the commas may be thousands separators; the message does not name the file.
    """
    if decimal is not None:
        return decimal
    commas = [name for name, fit in fits.items() if fit.commas and fit.comma and not fit.kinds]
    if not commas:
        return "."
    grouped = any(fits[name].points for name in commas)  # points between thousands
    points = [
        name
        for name, fit in fits.items()
        if fit.kinds[:1] == [pa.float64()] and not (fit.comma and (grouped or not fit.points))
    ]
    unlike = any(fits[name].unlike_thousands for name in commas)
    if quoted and (points or not unlike):
        return "."
    remedy = 'set data.csv: {decimal: ","} or {decimal: "."}'
    if points:
        msg = f'column "{commas[0]}" has decimal commas and column "{points[0]}" decimal points: {remedy}.'
        raise DataError(msg)
    if not unlike:
        msg = (
            f'column "{commas[0]}" has commas that may be decimal marks or thousands separators, as in 1,234: {remedy}.'
        )
        raise DataError(msg)
    return ","


def _is(kind: pa.DataType, values: pa.Array) -> bool:
    try:
        values[:_GLANCE].cast(kind)  # a failing cast is slow: it formats a message for every value
        values.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True
