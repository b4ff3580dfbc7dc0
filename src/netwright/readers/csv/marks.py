"""How numbers in text tables are written: 1.5, 1,5, 1.234,56, 1,234.56, and 1.5D+03 in Fortran."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["any_sure", "has_decimal_point", "with_point"]

_GROUPED = r"^[+-]?[1-9][0-9]{{0,2}}({group}[0-9]{{3}})+({mark}[0-9]*)?$"
_SURE = r"^[+-]?[1-9][0-9]{{0,2}}(({group}[0-9]{{3}})+{mark}[0-9]*|({group}[0-9]{{3}}){{2,}})$"
_MARKS = {".": r"\.", ",": ","}
_FORTRAN = r"^([+-]?[0-9]*[.,][0-9]*)([dD]([+-]?[0-9]+)|([+-][0-9]{3}))$"  # double precision, or no room for the E


def with_point(column: pa.Array, decimal: str) -> pa.Array:
    """Write numbers with a decimal point, without thousands separators, and with e before an exponent.

    Args:
        column: (n,), strings.
        decimal: the decimal mark; the other one of point and comma may separate thousands.

    Returns:
        (n,), strings; what is not such a number keeps its other marks.

    Example:
        >>> with_point(pa.array(["1.234,56", "7,5", "1e3"]), ",").to_pylist()
        ['1234.56', '7.5', '1e3']
        >>> with_point(pa.array(["1,234.56", "7.5", "1.5D+03", "1.5-103"]), ".").to_pylist()
        ['1234.56', '7.5', '1.5e+03', '1.5e-103']
    """
    column = _ungrouped(column, decimal)
    if pc.any(pc.match_substring_regex(column, _FORTRAN)).as_py():
        column = pc.replace_substring_regex(column, _FORTRAN, r"\1e\3\4")
    return column if decimal == "." else pc.replace_substring(column, ",", ".")


def has_decimal_point(column: pa.Array) -> bool:
    """Return whether a text has a point that cannot separate thousands where commas are decimal.

    Args:
        column: (n,), strings.

    Returns:
        True if one has: no number with thousands separators begins with a zero.

    Example:
        >>> [has_decimal_point(pa.array(texts)) for texts in (["1.234", "1.234,5"], ["1.5"], ["1.234", "0.567"])]
        [False, True, True]
    """
    return pc.any(pc.match_substring(_ungrouped(column, ","), ".")).as_py() is True


def any_sure(column: pa.Array, decimal: str) -> bool:
    """Return whether a number has thousands separators that cannot be decimal marks, or Fortran's exponent.

    Args:
        column: (n,), strings.
        decimal: the decimal mark.

    Returns:
        True if one has both marks, more than one separator, or an exponent behind a D, or of three digits behind none.

    Example:
        >>> any_sure(pa.array(["1.234"]), ","), any_sure(pa.array(["1.234,5"]), ",")
        (False, True)
    """
    patterns = (_pattern(_SURE, decimal), _FORTRAN)
    return any(pc.any(pc.match_substring_regex(column, pattern)).as_py() is True for pattern in patterns)


def _ungrouped(column: pa.Array, decimal: str) -> pa.Array:
    """Return numbers without thousands separators."""
    group = "," if decimal == "." else "."
    if not pc.any(pc.match_substring(column, group)).as_py():
        return column
    grouped = pc.match_substring_regex(column, _pattern(_GROUPED, decimal))
    return pc.if_else(grouped, pc.replace_substring(column, group, ""), column)


def _pattern(pattern: str, decimal: str) -> str:
    group = "," if decimal == "." else "."
    return pattern.format(group=_MARKS[group], mark=_MARKS[decimal])
