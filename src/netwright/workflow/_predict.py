"""Predict: write the scores of the rows in files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.config import EVENT_WEIGHT, SAMPLE, ClusterSection, Experiment
from netwright.data import Dataset, read
from netwright.errors import DataError, NetwrightError, UnusableFilesError
from netwright.evaluation import (
    ScoredChunk,
    check_ending,
    check_output,
    ending_of,
    lists_of_events,
    open_files_to_score,
    open_to_score,
    score_tables,
    with_places,
    write_scores,
)
from netwright.exporting import GraphCheck, graph_identity
from netwright.lab import Run, open_run
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.workflow._cluster import check_cluster, work_by_workers
from netwright.workflow._rows_to_score import RowsToScore, as_one_table, rows_by_output, rows_of_files

__all__ = ["predict", "predict_each"]

_ALL_ALIKE = 10  # files that cannot be used, with none before that could: the others are not tried any more


def predict(
    run: Run | str | Path,
    files: Files | Mapping[str, Files],
    output: str | Path,
    *,
    columns: Sequence[str] = (),
    key: str | None = None,
    check_onnx: bool = False,
    trust: bool = False,
    progress: Progress = silent,
) -> pa.Table:
    """Write the scores of all rows in files, one line per row and in the same order.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several. Those of a run with samples are all of one sample
            or of none; they are recognised by place, content or name, or given by sample.
        output: a file that ends with .parquet, .root, .h5, .csv, .npz or .feather, which determines the format; an
            existing file is replaced.
        columns: columns of the files, or derived ones, to write next to the scores.
        key: the table in the files; that of the experiment if not given.
        check_onnx: compare every score with that of ``model.onnx`` in the run, and write nothing if they disagree.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The table that was written, memory-mapped from a Parquet file, with the columns: the file and the row in it; the
        identity columns; those of `columns`; ``split``, the part that a row belongs to by its identity (train, valid,
        test, or unseen), if the files have the identity; ``selected``, whether it passes the experiment's selection, if
        there is one (missing where that cannot be computed); and the scores.

    Raises:
        DataError: the ending is not that of a supported format, the output is one of the data files, a column is
            missing, a score is not a finite number, or files are of several samples.
        ExportError: the exported network is missing, or differs by more than 1e-5.

    Example:
        >>> import netwright as nw
        >>> nw.predict("runs/top-tagging", ["new.h5"], "scores.parquet").num_rows  # doctest: +SKIP
        20000
    """
    output = Path(output)
    check_ending(output)
    run = open_run(run, trust=trust)
    scored = as_one_table(rows_of_files(run, files, progress))
    _score(run, scored, output, columns, progress, key=key, check_onnx=check_onnx)
    if output.suffix.lower() == ".parquet":
        return pq.read_table(output, memory_map=True)
    return read(output, progress=progress).table


def predict_each(
    run: Run | str | Path,
    files: Files | Mapping[str, Files] | None,
    folder: str | Path,
    *,
    columns: Sequence[str] = (),
    key: str | None = None,
    check_onnx: bool = False,
    cluster: str | None = None,
    jobs: int = 1,
    trust: bool = False,
    progress: Progress = silent,
) -> list[Path]:
    """Write the scores of each file to a file of the same name in a folder.

    The format is that of the file, or Parquet for formats that are only read. The scores of a ROOT file are a friend of
    its tree: a TTree ``scores`` with the same number and order of entries. Without files, all that the experiment names
    is scored: of samples, each gets a file SAMPLE, and one SAMPLE_VARIATION for each systematic variation, with the
    sample and the event weight of each row.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several; None for all that the experiment names. Those of
            a run with samples are recognised, or given by sample, as for `predict`.
        folder: where to write; files of several folders keep their place below the folder that they share,
            and files of URLs keep their name.
        columns: as for `predict`.
        key: as for `predict`; without files it is that of the experiment's files, and samples have their own.
        check_onnx: as for `predict`.
        cluster: lets workers of a cluster score the files: ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``,
            with the section ``cluster`` of the run's experiment. Needs the extra "cluster".
        jobs: number of these workers.
        trust: as for `predict`.
        progress: callback for progress updates.

    Returns:
        The files that were written, in the order of files, or of samples and their variations.

    Raises:
        UnusableFilesError: files cannot be used, and the message names all of them; the others are scored before.
        DataError: as for `predict`, or two files would be written under one name.
        ExportError: as for `predict`.
        RunError: there is no such cluster, or a worker could not go on; the message is its own.

    Example:
        >>> import netwright as nw
        >>> nw.predict_each("runs/top-tagging", "new/*.root", "scores")  # doctest: +SKIP
        [PosixPath('scores/a.root'), PosixPath('scores/b.root')]
    """
    check_cluster(cluster)
    run = open_run(run, trust=trust)
    scored_files = rows_by_output(run, files, Path(folder), key, progress)
    if cluster is None:
        _score_all(
            scored_files, partial(_score, run, columns=columns, progress=progress, key=key, check_onnx=check_onnx)
        )
    else:
        arguments = [
            (str(run.path.resolve()), scored, str(output.resolve()), [*columns], key, check_onnx, run.trust)
            for scored, output in scored_files
        ]
        section = run.experiment.cluster or ClusterSection()
        work_by_workers(cluster, section, Path(folder), jobs, _score_on_worker, arguments, progress)
    return [output for _, output in scored_files]


def _score_all(scored_files: Sequence[tuple[RowsToScore, Path]], score: Callable[[RowsToScore, Path], None]) -> None:
    """Write the scores of all files that can be used, and name the others at the end."""
    refused: list[str] = []
    unusable = 0
    for count, (scored, output) in enumerate(scored_files, start=1):
        try:
            score(scored, output)
        except DataError as error:
            refused += error.reasons if isinstance(error, UnusableFilesError) else [str(error)]
            unusable += 1
            if count == unusable == _ALL_ALIKE < len(scored_files):
                refused.append(f"The other {len(scored_files) - count:,} were not tried, as none before could be used.")
                break
    if refused:
        raise UnusableFilesError(refused, len(scored_files), unusable)


def _score(
    run: Run,
    scored: RowsToScore,
    output: Path,
    columns: Sequence[str],
    progress: Progress,
    *,
    key: str | None,
    check_onnx: bool,
) -> None:
    """Write the scores of files, or of all rows of a sample or variation with event weights next to them."""
    if scored.files:
        data, experiment = open_files_to_score(
            run.experiment,
            list(scored.files),
            scored.sample,
            scored.variation,
            key=key,
            columns=columns,
            progress=progress,
        )
    else:
        data, experiment = open_to_score(
            run.experiment, scored.sample, scored.variation, columns=columns, progress=progress
        )
        columns = [*columns, EVENT_WEIGHT]
    check_output(output, data, run.experiment.data.every_file)
    scores = _scores(run, experiment, data, columns, progress, check_onnx=check_onnx)
    section = experiment.data
    if section.rows is not None and ending_of(output) == ".root":  # a friend has the entries of the tree of events
        of_tree = [name for name in section.identity_columns if name != SAMPLE]
        scores = lists_of_events(scores, data, section.rows, of_tree)
        write_scores(with_places(scores, data, of_events=True), output)
    else:
        write_scores(with_places(scores, data), output)


def _score_on_worker(
    run: str,
    scored: RowsToScore,
    output: str,
    columns: Sequence[str],
    key: str | None,
    check_onnx: bool,  # noqa: FBT001  # by position, pickled
    trust: bool,  # noqa: FBT001
) -> str:
    """Write scores in another process; return the message of what ended it."""
    try:
        _score(_opened(run, trust=trust), scored, Path(output), columns, silent, key=key, check_onnx=check_onnx)
    except NetwrightError as error:  # its class may need more than one argument, and would not come back
        return str(error)
    return ""


@lru_cache(1)
def _opened(path: str, *, trust: bool) -> Run:
    """Open a run, whose network a worker reads once."""
    return open_run(path, trust=trust)


def _scores(
    run: Run, experiment: Experiment, data: Dataset, columns: Sequence[str], progress: Progress, *, check_onnx: bool
) -> Iterator[pa.Table]:
    """Yield the scores of rows, compared with those of the exported network if asked for."""
    compare_graph = None
    if check_onnx:
        check = GraphCheck(run.path / "model.onnx", run.model, run.experiment)

        def compare_graph(chunk: ScoredChunk) -> None:
            identity = graph_identity(experiment, chunk.data, chunk.identity, run.known)
            check.compare({name: values[:] for name, values in chunk.inputs.items()}, identity, chunk.scores.heads)

    return score_tables(
        run.model,
        experiment,
        data,
        run.known,
        membership=run.membership,
        mark_selected=True,
        columns=columns,
        on_chunk=compare_graph,
        progress=progress,
    )
