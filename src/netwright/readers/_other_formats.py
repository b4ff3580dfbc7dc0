"""What to do with files of formats that netwright does not read."""

from __future__ import annotations

from typing import Final

__all__ = ["FROM_LIBSVM", "conversion_of"]

_PARQUET = '.to_parquet("table.parquet")'
_NPZ: Final = 'numpy.savez("table.npz", '
FROM_LIBSVM: Final = f"Convert it: X, y = sklearn.datasets.load_svmlight_file(FILE), then {_NPZ}X=X.toarray(), y=y)."
_CONVERSIONS: Final = {
    (".zip", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".7z", ".rar"): "Unpack it, and name the files in it.",
    (".pkl", ".pickle", ".pkl.gz"): (
        f"Unpickling runs any code in a file. If you trust it: pandas.read_pickle(FILE){_PARQUET}."
    ),
    (".pt", ".pth"): f"Convert it: X = torch.load(FILE, weights_only=True), then {_NPZ}X=X.numpy()).",
    (".json", ".jsonl", ".ndjson"): (
        f"Convert it: pandas.read_json(FILE){_PARQUET}, with lines=True for an object per line."
    ),
    (".xlsx", ".xls", ".ods"): f"Save it as CSV, or pandas.read_excel(FILE){_PARQUET}.",
    (".arff",): "Keep the lines below @data as CSV: sed '1,/^@data/Id' FILE > table.csv",
    (".svm", ".libsvm", ".svmlight"): FROM_LIBSVM,
    (".mat",): f"Convert it: m = scipy.io.loadmat(FILE), then {_NPZ}X=m['X'], y=m['y'].ravel()) with its names.",
    (".fits", ".fit", ".fits.gz"): f"Convert it: astropy.table.Table.read(FILE).to_pandas(){_PARQUET}.",
    (".sqlite", ".sqlite3", ".db"): f"Convert it: pandas.read_sql(QUERY, sqlite3.connect(FILE)){_PARQUET}.",
    (".nc", ".zarr"): f"Convert it: xarray.open_dataset(FILE).to_dataframe(){_PARQUET}.",
    (".orc",): f"Convert it: pandas.read_orc(FILE){_PARQUET}.",
    (".lhe", ".lhe.gz"): (
        'Convert it: awkward.to_parquet(pylhe.to_awkward(pylhe.read_lhe_with_attributes(FILE)), "events.parquet").'
    ),
    (".hepmc", ".hepmc3", ".hepmc2", ".hepmc.gz", ".slcio"): (
        "Write what the network is to see as a ROOT tree or as Parquet."
    ),
}


def conversion_of(name: str) -> str | None:
    """Return what to do with a file of a format that is not read.

    Args:
        name: of the file.

    Returns:
        A sentence; None where the format is not known.

    Example:
        >>> conversion_of("HTRU2.zip"), conversion_of("notes.md")
        ('Unpack it, and name the files in it.', None)
    """
    lower = name.lower()
    return next((steps for endings, steps in _CONVERSIONS.items() if lower.endswith(endings)), None)
