"""What the user sees during long work: progress bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from netwright.cli._plain_text import without_controls

if TYPE_CHECKING:
    from netwright.config import Target
    from netwright.finding import Finding
    from netwright.metrics import Measured
    from netwright.training import EndRecord, EpochRecord, Probe, StartRecord, StepsRecord

__all__ = ["WIDE", "Screen", "findings_table", "measured_table", "parts_line", "screen"]

WIDE = 110  # width of a screen with room for five-digit numbers and long names

_LINES = 12  # of one head in the table
_LINE_EVERY = 5.0  # seconds between plain lines of one task


class _PlainConsole(Console):
    """A console of which only rich itself moves the cursor and sets colours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """Yield the segments of something to show, without control characters in their text.

        Args:
            renderable: what to show.
            options: of the console.

        Yields:
            Segments.
        """
        for segment in super().render(renderable, options):
            plain = segment.control is not None or segment.text.isprintable()
            yield segment if plain else segment._replace(text=without_controls(segment.text))


class Screen:
    """Show the progress of work and of trainings.

    Args:
        console: the console to write to.
        bars: progress bars of a terminal; None for plain lines.
    """

    def __init__(self, console: Console, bars: Progress | None) -> None:
        self.console, self.bars = console, bars
        self.tasks: dict[str, TaskID] = {}
        self.shown: dict[str, float] = {}
        self.began: dict[str, float] = {}
        self.members: set[int] = set()

    def __call__(self, task: str, done: float, total: float, unit: str = "rows") -> None:
        """Show the progress of a task.

        Args:
            task: name of the task.
            done: number of finished units.
            total: number of units.
            unit: name of the unit.
        """
        now = time.monotonic()
        began = self.began.setdefault(task, now)
        per_second = done / (now - began) if now > began else 0.0
        speed = f"{per_second:,.0f} {unit}/s" if per_second >= 1 else ""
        self._show(task, done, total, f"{done:,.0f}/{total:,.0f} {unit}  {speed}")
        if done >= total:
            self.began.pop(task, None)

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Take note of the members of a training, which are named where there are several.

        Args:
            record: the members.

        Returns:
            Nothing to look at inside of the steps.
        """
        self.members = {start.member for start in record.members}
        return ()

    def on_steps(self, record: StepsRecord) -> None:
        """Show a few steps of a training.

        Args:
            record: what they measured.
        """
        if self.bars is None:
            return
        done = record.epoch - 1 + record.step / record.steps
        text = f"epoch {record.epoch}/{record.epochs}  loss {record.loss:.4f}  {record.rows_per_second:,.0f} rows/s"
        self.members |= set(record.members)
        first, last = min(record.members), max(record.members)
        who = f" members {first}-{last}" if last > first else f" member {first}"
        self._show(f"Training{who if len(self.members) > 1 else ''}", done, record.epochs, text)

    def on_epoch(self, record: EpochRecord) -> None:
        """Show an epoch of a training, as a permanent line.

        Args:
            record: what it measured.
        """
        star = "*" if record.best else " "
        self.members.add(record.member)
        who = f"member {record.member:2d}  " if len(self.members) > 1 else ""
        line = f"{who}epoch {record.epoch:3d}  loss {record.loss:.4f}  valid {record.valid_loss:.4f} {star}"
        details = {
            "penalty": f"penalty {record.penalty:.4f} " if record.penalty else "",
            "rate": f"learning rate {record.learning_rate:.1e} ",
            "speed": f"{record.rows_per_second:,.0f} rows/s ",
            "time": f"{record.seconds:.0f} s",
        }
        for too_long in ("speed", "penalty", "time", "rate"):
            if len(" ".join([line, *filter(None, details.values())])) <= self.console.width:
                break
            del details[too_long]
        self.say(" ".join([line, *filter(None, details.values())]).rstrip())

    def warn(self, finding: Finding) -> None:
        """Show a warning, as a permanent line.

        Args:
            finding: on the training that begins or runs.
        """
        parts = (finding.cause, finding.evidence, finding.remedy)
        self.say(f"{finding.severity}: {' '.join(part for part in parts if part)}")

    def on_end(self, record: EndRecord) -> None:
        """Take away the bars of a training that ended.

        Args:
            record: how each member ended.
        """
        del record
        self.clear()

    def say(self, text: str) -> None:
        """Write a line.

        Args:
            text: the text, without markup.
        """
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def clear(self) -> None:
        """Remove all bars: their tasks have ended, whether or not they reached their last step."""
        if self.bars is not None:
            for task in self.tasks.values():
                self.bars.remove_task(task)
        self.tasks.clear()

    def _show(self, task: str, done: float, total: float, text: str) -> None:
        if self.bars is not None:
            if task not in self.tasks:
                self.tasks[task] = self.bars.add_task(task, total=total, text="")
            self.bars.update(self.tasks[task], completed=done, total=total, text=text)
            if done >= total:
                self.bars.remove_task(self.tasks.pop(task))
            return
        now = time.monotonic()
        last = self.shown.setdefault(task, now)
        if now - last >= _LINE_EVERY:
            self.shown[task] = now
            self.say(f"{task}: {text}")


@contextmanager
def screen() -> Iterator[Screen]:
    """Open the screen for one command; a file or a pipe gets 200 columns unless COLUMNS is set.

    Yields:
        The screen.
    """
    console = _PlainConsole()
    if not console.is_terminal:
        yield Screen(console if "COLUMNS" in os.environ else _PlainConsole(width=200), None)
        return
    if console.is_dumb_terminal:  # it cannot redraw a bar in place
        yield Screen(console, None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield Screen(console, bars)


def findings_table(findings: Iterable[Finding], width: int) -> Table:
    """Return findings as a table.

    Args:
        findings: one per line, in display order.
        width: of the screen, in characters.

    Returns:
        The table.
    """
    styles = {"FAIL": "bold red", "WARN": "yellow", "NOTE": "cyan", "PASS": "green"}
    table = Table(box=None)
    table.add_column("severity", no_wrap=True)
    table.add_column("checked", overflow="fold", max_width=20 if width < WIDE else None)
    table.add_column("found", overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.severity, styles[finding.severity]), Text(finding.symptom), Text(finding.sentence))
    return table


def measured_table(
    title: str,
    measured: Mapping[str, Mapping[str, Measured]],
    targets: Mapping[str, Target],
    others: str = "evaluation.json and the report",
) -> Table:
    """Return measured values as a table.

    Args:
        title: title of the table.
        measured: by head and metric.
        targets: the heads, for their units.
        others: where to find the numbers that do not fit in the table.

    Returns:
        A table of heads, metrics and values with uncertainties.
    """
    from netwright.metrics import described
    from netwright.tasks import task_of

    table = Table("head", "metric", "value", title=title, title_justify="left", caption_justify="left")
    captions = []
    for head, metrics in measured.items():
        target = targets[head]
        unit = target.value_unit
        shown = 0
        for metric, number in metrics.items():
            description = described(metric, metrics)
            if description is None or description[0].shown == "screen":
                shown += 1
                if shown <= _LINES:
                    in_unit = f" {unit}" if description is not None and description[0].unit else ""
                    table.add_row(head, metric.replace("_", " "), f"{number}{in_unit}")
        if len(metrics) > min(shown, _LINES):
            captions.append(f"{head}: {len(metrics) - min(shown, _LINES)} more numbers in {others}.")
        if caption := task_of(target).caption(target):
            captions.append(f"{head}: {caption}")
    table.caption = "\n".join(captions) or None
    return table


def parts_line(parts: Mapping[str, int]) -> str:
    """Say what rows were in the training of a network.

    Args:
        parts: number of rows by what they were: train, valid, test or unseen.

    Returns:
        A sentence.

    Example:
        >>> parts_line({"train": 1057, "unseen": 1500})
        'Rows by their part in the training: train 1,057, unseen 1,500.'
    """
    return f"Rows by their part in the training: {', '.join(f'{part} {rows:,}' for part, rows in parts.items())}."
