"""The figure and the Markdown tables of what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from searches.curves import Searched, against_time, bands, best_so_far, reached
from searches.rivals import TOOLS
from searches.tasks import TASKS

COLOURS = ("#7a7a7a", "#222222", "#3f90da", "#bd1f01", "#94a4a2", "#832db6", "#ffa90e", "#a96b59", "#e76300", "#b9ac70")


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of all tables.

    Args:
        results: what was measured.
    """
    for part in (_of_regret, _of_live, _of_together, _of_scheduler, _of_growth):
        lines = list(part(results))
        if lines:
            yield from ("", *lines)


def _of_regret(results: Mapping[str, Any]) -> Iterator[str]:
    regret = results.get("regret", {})
    if not regret:
        return
    trials = max(len(one["valid"]) for methods in regret.values() for found in methods.values() for one in found)
    yield (
        f"Samplers on the table of trainings (median of repeats, band 16% to 84%; reached: trials until the median is "
        f"that of random search after {trials})."
    )
    yield ""
    yield f"| task | method | repeats | valid AUC at 40 | at {trials} | test AUC at {trials} | reached, valid | test |"
    yield "|---|---|---|---|---|---|---|---|"
    for task, methods in regret.items():
        by_method = {method: [best_so_far(one) for one in found] for method, found in methods.items() if found}
        if "random" not in by_method:
            continue
        goals = [float(bands([pair[n] for pair in by_method["random"]])[1, -1]) for n in (0, 1)]
        for method, pairs in by_method.items():
            valid, test = (bands([pair[n] for pair in pairs]) for n in (0, 1))
            first = min(40, valid.shape[1]) - 1
            to = [reached(one[1], goal) for one, goal in zip((valid, test), goals, strict=True)]
            shown = [f"{one}" if one else f"> {trials}" for one in to]
            yield (
                f"| {task} | {method} | {len(pairs)} | {_band(valid[:, first])} | {_band(valid[:, -1])} | "
                f"{_band(test[:, -1])} | {shown[0]} | {shown[1]} |"
            )


def _of_live(results: Mapping[str, Any]) -> Iterator[str]:
    by_task = grouped(results)
    if not by_task:
        return
    yield "Searches that train (medians over repeats, band 16% to 84%)."
    yield ""
    yield "| task | method | repeats | trials | s | valid AUC | test AUC |"
    yield "|---|---|---|---|---|---|---|"
    for task, methods in by_task.items():
        for method, found in methods.items():
            valid, test = (bands([best_so_far(one)[n] for one in found]) for n in (0, 1))
            seconds = np.median([one["ended"][-1] for one in found])
            yield (
                f"| {task} | {method} | {len(found)} | {len(found[0]['valid'])} | {seconds:.0f} | "
                f"{_band(valid[:, -1])} | {_band(test[:, -1])} |"
            )


def _of_together(results: Mapping[str, Any]) -> Iterator[str]:
    together = results.get("together", {})
    if not together:
        return
    trials = {len(found[0]["valid"]) for methods in together.values() for found in methods.values() if found}
    yield f"Random trials of small networks, {'/'.join(map(str, sorted(trials)))} of them."
    yield ""
    yield "| task | method | repeats | s (median) | times that of at once | best valid AUC | its test AUC |"
    yield "|---|---|---|---|---|---|---|"
    for task, methods in together.items():
        by_method = {method: found for method, found in methods.items() if found}
        seconds = {method: float(np.median([one["ended"][-1] for one in found])) for method, found in by_method.items()}
        for method, found in by_method.items():
            valid, test = best_so_far(found[0])
            ratio = seconds[method] / seconds["at once"] if "at once" in seconds else float("nan")
            yield (
                f"| {task} | {method} | {len(found)} | {seconds[method]:.1f} | {ratio:.1f} | {valid[-1]:.4f} | "
                f"{test[-1]:.4f} |"
            )


def _of_scheduler(results: Mapping[str, Any]) -> Iterator[str]:
    lines = results.get("scheduler", [])
    if not lines:
        return
    yield "Trials that only sleep, by Dask workers of this machine; overhead: per trial, of one worker."
    yield ""
    yield "| workers | trials | at once | asleep, s | by the study, s | overhead, ms | by tasks, s | overhead, ms |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in lines:
        yield (
            f"| {one['workers']} | {one['trials']} | {one['at_once']} | {one['sleep']:g} | {one['by the study']:.1f} | "
            f"{1000 * one['overhead by the study']:.0f} | {one['by tasks']:.1f} | "
            f"{1000 * one['overhead by tasks']:.0f} |"
        )


def _of_growth(results: Mapping[str, Any]) -> Iterator[str]:
    lines = results.get("growth", [])
    if not lines:
        return
    names = [name for name in lines[0] if name != "trials"]
    yield "A study of many trials, seconds."
    yield ""
    yield f"| trials | {' | '.join(names)} |"
    yield "|---" * (len(names) + 1) + "|"
    for one in lines:
        yield f"| {one['trials']:.0f} | {' | '.join(f'{one[name]:.3g}' for name in names)} |"


def grouped(results: Mapping[str, Any]) -> dict[str, dict[str, list[Searched]]]:
    """Return searches that train by task and method.

    Args:
        results: what was measured.

    Returns:
        By task and method, what came of each repeat.
    """
    found: dict[str, dict[str, list[Searched]]] = {}
    for name, one in [*results.get("live", {}).items(), *results.get("rivals", {}).items()]:
        task, method, _ = name.split(" | ")
        found.setdefault(task, {}).setdefault(method, []).append(one)
    return found


def draw(results: Mapping[str, Any], path: Path) -> None:
    """Draw the best so far: against trials from the table, against time from searches that train.

    Args:
        results: what was measured; what was not has no row of panels.
        path: of the picture.
    """
    rows = [
        (found, panel)
        for found, panel in ((results.get("regret", {}), _against_trials), (grouped(results), _against_time))
        if found
    ]
    tasks = [task for task in TASKS if any(task in found for found, _ in rows)]
    if not tasks:
        return
    methods = list(dict.fromkeys(method for found, _ in rows for task in found.values() for method in task))
    colours = {method: COLOURS[n % len(COLOURS)] for n, method in enumerate(methods)}
    figure = Figure(figsize=(4.6 * len(tasks), 1 + 3.7 * len(rows)), layout="constrained")
    panels = figure.subplots(len(rows), len(tasks), squeeze=False)
    for (found, panel), line in zip(rows, panels, strict=True):
        for task, axes in zip(tasks, line, strict=True):
            for method, repeats in found.get(task, {}).items():
                if repeats:
                    panel(axes, repeats, colours[method], method)
        line[0].set_ylabel("test AUC of the best by validation")
    for task, axes in zip(tasks, panels[0], strict=True):
        axes.set_title(task)
    _zoom(panels.flat)
    handles = {
        label: line for axes in panels.flat for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=6, frameon=False)
    figure.savefig(path, dpi=110)


def _against_trials(axes: Any, repeats: Sequence[Searched], colour: str, method: str) -> None:  # noqa: ANN401
    trials = np.arange(1, len(repeats[0]["valid"]) + 1)
    _line(axes, trials, [best_so_far(one)[1] for one in repeats], colour, method)
    axes.set_xlabel("trials (table of trainings)")


def _against_time(axes: Any, repeats: Sequence[Searched], colour: str, method: str) -> None:  # noqa: ANN401
    ends = [one["ended"][-1] for one in repeats]
    times = np.geomspace(max(one["ended"][0] for one in repeats), max(np.median(ends), 1e-3), 100)
    _line(axes, times, against_time(repeats, times), colour, method, "--" if method in TOOLS else "-")
    axes.set_xlabel("s")
    axes.set_xscale("log")


def _line(axes: Any, x: Any, curves: Sequence[Any], colour: str, label: str, style: str = "-") -> None:  # noqa: ANN401
    low, middle, high = bands(curves)
    axes.plot(x, middle, style, color=colour, lw=1.6, label=label)
    axes.fill_between(x, low, high, color=colour, alpha=0.12, lw=0)


def _zoom(panels: Any) -> None:  # noqa: ANN401  # of matplotlib
    """Leave the first trials, which are far below, outside of the frame."""
    for axes in panels:
        ends = [line.get_ydata()[-1] for line in axes.get_lines()]
        middles = [np.percentile(line.get_ydata(), 15) for line in axes.get_lines()]
        if ends:
            high, low = max(ends), min([*middles, *ends])
            axes.set_ylim(low - 0.05 * (high - low), high + 0.15 * (high - low) + 1e-4)


def _band(percentiles: Any) -> str:  # noqa: ANN401  # low, median, high
    low, middle, high = percentiles
    return f"{middle:.4f} ({low:.4f}–{high:.4f})"
