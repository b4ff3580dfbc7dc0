"""Saving, labels, and no trace left in matplotlib's settings."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from PIL import Image

from netwright.errors import DataError
from netwright.plots import features, loss_curves, save
from netwright.plots._style import plain, quantity

HISTORY = [{"epoch": k, "loss": 1 / k, "valid_loss": 1.1 / k, "learning_rate": 0.001} for k in (1, 2, 3)]


def test_writes_pdf_and_png_of_at_least_150_dots_per_inch(tmp_path):
    figure = loss_curves(HISTORY)
    pdf, png = save(figure, tmp_path / "made", "loss")
    assert (pdf, png) == (tmp_path / "made" / "loss.pdf", tmp_path / "made" / "loss.png")
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as image:
        assert image.width >= 150 * figure.get_figwidth()


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    first, second = (save(loss_curves(HISTORY), tmp_path / name, "loss") for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_leaves_matplotlibs_settings_as_they_were(tmp_path):
    before = dict(mpl.rcParams)
    save(loss_curves(HISTORY), tmp_path, "loss")
    assert dict(mpl.rcParams) == before


def test_draws_without_a_screen_and_leaves_no_figure_with_pyplot(tmp_path):
    """In a fresh process without a screen: pyplot would keep its figures alive."""
    code = (
        "import pathlib, sys; from netwright.plots import loss_curves, save; import matplotlib.pyplot as plt;"
        "figure = loss_curves([{'epoch': 1, 'loss': 1.0, 'valid_loss': 1.0, 'learning_rate': 0.1}]);"
        "save(figure, pathlib.Path(sys.argv[1]), 'loss'); sys.exit(len(plt.get_fignums()))"
    )
    environment = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "MPLBACKEND"}}
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, env=environment)
    assert run.returncode == 0


@pytest.mark.parametrize("name", ["", "a/b", "../roc", ".hidden"])
def test_refuses_a_name_that_is_no_file_name(tmp_path, name):
    with pytest.raises(DataError, match=r"`name` must be a plain file name without suffix. Received"):
        save(loss_curves(HISTORY), tmp_path, name)


def test_labels():
    assert quantity("energy", "GeV") == "energy [GeV]"
    assert quantity("score", "") == quantity("score", None) == "score"
    assert len(plain("x" * 100)) == 40
    assert plain("two\nlines") == "two lines"


def test_a_figure_that_is_saved_keeps_no_picture(tmp_path):
    (page,) = features({f"x{k}": np.arange(100.0) for k in range(2)})
    save(page, tmp_path, "page")
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, RendererAgg)]


def test_each_file_of_a_figure_is_drawn_once(tmp_path, monkeypatch):
    drawn, draw = [], Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda figure, renderer: drawn.append(draw(figure, renderer)))
    save(loss_curves(HISTORY), tmp_path, "loss")
    assert len(drawn) == 2


def test_what_is_taken_off_the_numbers_of_an_axis_stands_in_its_label(tmp_path):
    """Matplotlib writes it where labels are."""
    (page,) = features({"time": 1.7e9 + np.linspace(0, 3, 100), "pt": np.linspace(0, 3, 100)}, units={"time": "s"})
    save(page, tmp_path, "features")
    time, pt = page.axes[:2]
    assert time.get_xlabel() == "time [s]  (+1.7e9)"
    assert not time.xaxis.get_offset_text().get_visible()
    assert pt.get_xlabel() == "pt"
