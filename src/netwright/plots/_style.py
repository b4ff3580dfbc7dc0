"""The style of all figures: mplhep's CMS style for screens and pages, without global state."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import matplotlib.style
import mplhep
from matplotlib.figure import Figure

from netwright.atomic_files import atomic_write, make_folder
from netwright.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLOURS", "GREY", "has_room", "legend", "panels", "plain", "quantity", "save", "styled", "tag"]

# M. A. Petroff, arXiv:2107.02270, ten colours that colour-blind readers can distinguish; background first, signal next.
COLOURS = (
    "#3f90da",
    "#bd1f01",
    "#ffa90e",
    "#832db6",
    "#94a4a2",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
GREY = "#717581"

_LINES = 5  # lines of a legend that fits in its axes
_BESIDE = 4.5  # inches for a legend next to the axes

STYLE = {
    **mplhep.style.CMS,
    "font.sans-serif": ["TeX Gyre Heros", "DejaVu Sans"],  # the second has the characters missing in the first
    "font.size": 16,
    "axes.linewidth": 1.2,
    "axes.titlesize": 14,
    "axes.titley": 1.0,  # where it would be placed anyway, by measuring all that is drawn three times
    "xtick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.major.size": 7,
    "ytick.minor.size": 3.5,
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.dpi": 160,
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,  # journals refuse Type 3 fonts
}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Wrap a function to draw in the style of all figures and leave matplotlib's settings unchanged.

    Args:
        draw: the drawing function.

    Returns:
        The same function, which now draws in this style.
    """

    @wraps(draw)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        with matplotlib.style.context(STYLE, after_reset=True):
            return draw(*args, **kwargs)

    return wrapped


def plain(text: str, longest: int = 40) -> str:
    r"""Return a name for display: never parsed as a formula, and shortened if it is too long.

    Args:
        text: a name from a user's file.
        longest: maximum number of characters.

    Returns:
        The name, escaped for matplotlib.

    Example:
        >>> plain("$pt$")
        '\\$pt\\$'
    """
    line = " ".join(text.split())
    short = line if len(line) <= longest else line[: longest - 1] + "…"
    return short.replace("$", r"\$")


def quantity(name: str, unit: str | None) -> str:
    """Return the label of an axis: a name with its unit in brackets.

    Args:
        name: name of the quantity.
        unit: its unit; None or empty for a dimensionless quantity.

    Returns:
        The label.

    Example:
        >>> quantity("energy", "GeV"), quantity("score", None)
        ('energy [GeV]', 'score')
    """
    return f"{plain(name)} [{plain(unit)}]" if unit else plain(name)


def tag(axes: Axes, right: str = "") -> None:
    """Write "netwright" above the left and a remark above the right end of axes.

    Args:
        axes: the axes.
        right: the remark.
    """
    axes.set_title("netwright", loc="left", fontweight="bold", fontsize=13)
    axes.set_title(right, loc="right", fontsize=13)


def panels(count: int, across: int, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Make a figure with panels, line by line.

    Args:
        count: number of panels, at least 1.
        across: how many there is room for in a line.
        size: width and height of a panel, in inches.

    Returns:
        The figure and the panels; places that are left over in the last line stay empty.
    """
    down = -(-count // across)
    figure = Figure(figsize=(size[0] * across, size[1] * down), layout="constrained")
    places = figure.subplots(down, across, squeeze=False).ravel().tolist()
    for axes in places[count:]:
        axes.set_axis_off()
    return figure, places[:count]


def has_room(lines: int) -> bool:
    """Return whether a legend with the given number of lines fits in its axes.

    Args:
        lines: number of lines.

    Returns:
        True for up to five.
    """
    return lines <= _LINES


def legend(axes: Axes, lines: int, **style: Any) -> None:  # noqa: ANN401  # what matplotlib takes
    """Draw a legend: in the axes, or next to them if it has many lines.

    Args:
        axes: the axes.
        lines: number of lines in the legend.
        style: arguments of ``Axes.legend`` for a legend in the axes.
    """
    if has_room(lines):
        axes.legend(**style)
        return
    figure = axes.get_figure(root=True)
    if figure is not None:
        figure.set_figwidth(figure.get_figwidth() + _BESIDE)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=style.get("fontsize", 13))


def _offsets_into_labels(figure: Figure) -> None:
    """Show the offset of an axis, such as +1.7e9, in its label instead of on top of it."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            offset = axis.get_offset_text().get_text()
            if offset and axis.label.get_text():
                axis.label.set_text(f"{axis.label.get_text()}  ({offset.lstrip()})")
                axis.get_offset_text().set_visible(False)


@styled
def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Write a figure as PDF (for papers) and PNG (160 dots per inch, for screens).

    Args:
        figure: a figure from one of the functions of this package.
        folder: the output folder; created if it is missing.
        name: the files' name without suffix.

    Returns:
        The paths of the PDF and of the PNG file.

    Raises:
        DataError: if `name` is not a plain file name.
        StorageError: a file cannot be written; an existing one is then unchanged.
    """
    if not name or name != Path(name).name or name.startswith("."):
        msg = f"Argument `name` must be a plain file name without suffix. Received: {name!r}. Try 'roc_is_top'."
        raise DataError(msg)
    make_folder(folder)
    pdf, png = folder / f"{name}.pdf", folder / f"{name}.png"
    layout = figure.get_layout_engine()
    if layout is None:
        figure.draw_without_rendering()
    else:
        layout.execute(figure)  # once for both files, which saves half of the time
    _offsets_into_labels(figure)
    figure.set_layout_engine(None)  # not "none", whose placeholder has matplotlib draw each file twice
    with atomic_write(png) as partial:
        figure.savefig(partial, metadata={"Software": "netwright"})
    with atomic_write(pdf) as partial:  # last: text objects keep their last renderer
        figure.savefig(partial, metadata={"Creator": "netwright", "CreationDate": None})
    return pdf, png
