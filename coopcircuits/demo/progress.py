"""How far a long command has come: a bar in a terminal, a line for each step elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress


class Gauge(Protocol):
    """Told again and again how far the work is."""

    def show(self, step: str, share: float) -> None:
        """``step`` names what is being done, ``share`` is the part of the whole already done, 0 to 1."""


class _Bar:
    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("", total=1.0)

    def show(self, step: str, share: float) -> None:
        self._progress.update(self._task, description=step, completed=share)


class _Lines:
    def __init__(self) -> None:
        self._step = ""

    def show(self, step: str, share: float) -> None:
        if step != self._step:
            self._step = step
            click.echo(f"  {step}")


@contextmanager
def gauge() -> Iterator[Gauge]:
    """A gauge for standard output."""
    if not sys.stdout.isatty():
        yield _Lines()
        return
    # Here, since few who import this module draw a bar.
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("  {task.description:<32}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        yield _Bar(progress)
