"""The demonstration: from simulated collisions to a trained, evaluated, reported and exported network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from netwright import workflow
from netwright.atomic_files import write_text
from netwright.config import commented_experiment, load_experiment, parse_experiment
from netwright.exporting import ExportCheck
from netwright.finding import Finding
from netwright.lab import Run
from netwright.progress import Progress, silent
from netwright.simulation import generate_top_jets
from netwright.training import Observer
from netwright.workflow._free_path import free_path
from netwright.workflow.findings.of_run import no_warning

__all__ = ["demo", "top_tagging"]


def top_tagging(files: str, *, seed: int = 1) -> dict[str, object]:
    """Return the experiment for the multi-purpose network: top or QCD, and the energy of the top quark.

    Args:
        files: pattern of the files that contain the jets.
        seed: seed of the training.

    Returns:
        An experiment as nested mappings.
    """
    return {
        "name": "top-tagging",
        "data": {"files": [files], "derived": {"top_energy": "truth_jet[1]"}, "identity": ["event"]},
        "inputs": {"constituents": {"kind": "four-vectors", "columns": "constituents", "at_most": 100}},
        "targets": {
            "is_top": {"kind": "binary", "column": "truth_label", "classes": {"QCD": 0, "top": 1}},
            "energy": {
                "kind": "regression",
                "column": "top_energy",
                "unit": "GeV",
                "where": "truth_label = 1",
                "loss_weight": 0.1,
            },
        },
        "model": {"body": {"kind": "deep-sets", "constituent_units": [64, 64, 64], "units": [128, 128]}},
        "training": {"epochs": 30, "batch_size": 128, "early_stopping": {"patience": 8}, "seed": seed},
    }


def demo(
    out: str | Path = "demo",
    *,
    rows: int = 20_000,
    seed: int = 1,
    workers: int = 2,
    observers: Sequence[Observer] = (),
    warn: Callable[[Finding], None] = no_warning,
    progress: Progress = silent,
) -> tuple[Run, ExportCheck]:
    """Generate jets, then train, evaluate, report and export a network.

    Args:
        out: folder for the jets, the experiment file and the run.
        rows: number of jets to generate.
        seed: seed of the jets and the training.
        workers: number of processes that generate jets.
        observers: callbacks for the events of the training.
        warn: called with each warning of the doctor while the training runs.
        progress: callback for progress updates.

    Returns:
        The run, and how well the exported network agrees.

    Example:
        >>> import netwright as nw
        >>> run, check = nw.demo(rows=1000)  # doctest: +SKIP
    """
    out = Path(out)
    generate_top_jets(rows, seed=seed, out=out / "jets", workers=workers, progress=progress)
    path = out / "top-tagging.yaml"
    experiment = parse_experiment(top_tagging("jets/*.npz", seed=seed), folder=out)
    shown = experiment.model_copy(update={"data": experiment.data.model_copy(update={"files": ["jets/*.npz"]})})
    write_text(path, commented_experiment(shown))
    run = workflow.train(
        load_experiment(path), run=free_path(out / "run"), observers=observers, warn=warn, progress=progress
    )
    return run, workflow.export(run, progress=progress)
