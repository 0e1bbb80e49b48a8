"""What is measured, as a table for people and as JSON for scripts."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One figure beside its limit. ``ratio`` = ``ours`` ÷ ``limit``: for rates the more the better, for times and
    counts the less."""

    name: str
    database: str
    ours: float
    limit: float
    ratio: float
    unit: str


def result(name: str, database: str, *, ours: float, limit: float, unit: str) -> Result:
    """A result with its ratio, rounded as far as it can be measured."""
    return Result(name, database, round(ours, 2), round(limit, 2), round(ours / limit, 3), unit)


def as_json(results: Sequence[Result]) -> str:
    return json.dumps([asdict(row) for row in results], indent=2)


def show(results: Sequence[Result], targets: dict[str, str]) -> None:
    """Print the table; ``targets`` tells by name what the ratio should be."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    table = Table(title=f"Speed beside its limit ({machine})", title_justify="left")
    for heading in ("what", "database"):
        table.add_column(heading)
    for heading in ("ours", "limit", "unit", "ratio", "target"):
        table.add_column(heading, justify="left" if heading in ("unit", "target") else "right")
    for row in results:
        cells = (f"{row.ours:,.1f}", f"{row.limit:,.1f}", row.unit, f"{row.ratio:.2f}", targets.get(row.name, ""))
        table.add_row(row.name, row.database, *cells)
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def say(line: str) -> None:
    """What is going on, beside the results."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
