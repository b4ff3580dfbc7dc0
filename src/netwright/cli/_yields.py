"""The table of what samples give, for the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["yields_table"]


def yields_table(samples: Iterable[Mapping[str, Any]]) -> Table:
    """Return the numbers of samples as a table.

    Args:
        samples: of each sample the attributes of `netwright.data.SampleYield`, by name.

    Returns:
        The table.
    """
    from rich.table import Table

    table = Table("sample", title="Samples", title_justify="left")
    for name in ("rows", "Σw", "negative", "effective rows", "expected events"):
        table.add_column(name, justify="right")
    for sample in samples:
        if sample["recorded"]:
            table.add_row(f"{sample['sample']} (recorded)", f"{sample['rows']:,} of {sample['read']:,}")
            continue
        expected = sample["expected_events"]
        table.add_row(
            sample["sample"], f"{sample['rows']:,} of {sample['read']:,}", f"{sample['weight_sum']:.6g}",
            f"{sample['negative_share']:.1%}", f"{sample['effective_rows']:,.0f}",
            "" if expected is None else f"{expected:.6g}",
        )  # fmt: skip
    return table
