"""`netwright find-rate`: the initial learning rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["find_rate"]


def find_rate(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            "--out",
            help="Folder for figure and numbers; those of an earlier search are replaced.",
        ),
    ] = Path("find-rate"),
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.batch_size=64.")] = None,
    *,
    trust: Trust = False,
) -> None:
    """Train for 300 steps with an increasing learning rate and suggest an initial one."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import screen
    from netwright.strict_json import write_json

    loaded = opened_experiment(experiment, set_ or [])
    with screen() as show:
        from netwright import plots, workflow

        search = workflow.find_rate(loaded, trust=trust, progress=show)
        pdf, png = plots.save(plots.find_rate(search), output, "find-rate")
        columns = {"rates": search.rates, "losses": search.losses, "smoothed": search.smoothed}
        numbers = {key: list(map(float, values)) for key, values in columns.items()}
        content = {"suggestion": search.suggestion, "minimum": search.minimum, **numbers}
        write_json(output / "find-rate.json", content)
        show.say(f"Wrote {pdf}, {png} and {output / 'find-rate.json'}")
        show.say(
            f"Learning rates up to {search.rates[-1]:.2g} were tried; the loss was smallest at {search.minimum:.2g}. "
            "A tenth of that is a good start:"
        )
        rate = f"{search.suggestion:.2g}" if search.suggestion >= 1e-4 else f"{search.suggestion:.1e}"
        show.say(f"training:\n  learning_rate: {rate}")
