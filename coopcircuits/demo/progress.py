"""How far a long command has come: a bar in a terminal, a line for each step elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Gauge(Protocol):
    """Told again and again how far the work is."""

    def show(self, step: str, share: float) -> None:
        """``step`` names what is being done, ``share`` is the part of the whole already done, 0 to 1."""


class _Bar:
    def __init__(self, progress: Progress) -> None:
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
    console = Console()
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("  {task.description:<32}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress)
