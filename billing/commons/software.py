"""Which software signs our reports."""

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.commons.figures import Software

_ROOT = Path(__file__).resolve().parents[2]
NAME = "CoopCircuits"


def software(session: Session) -> Software:
    """Name, version and commit of this code, and the version of the tables it runs on."""
    schema = session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    return Software(NAME, version(), commit(), str(schema))


@cache
def version() -> str:
    """The installed version, or that of the sources."""
    try:
        return metadata.version("coopcircuits")
    except metadata.PackageNotFoundError:
        try:
            return str(tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
        except (OSError, ValueError, KeyError):
            return "0"


@cache
def commit() -> str:
    """The commit that is checked out, or nothing where the code came without its history."""
    git = _ROOT / ".git"
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        if not head.startswith("ref: "):
            return head[:12]
        name = head.removeprefix("ref: ")
        loose = git / name
        if loose.exists():
            return loose.read_text("ascii").strip()[:12]
        packed = (git / "packed-refs").read_text("ascii").splitlines()
        return next((line[:12] for line in packed if line.endswith(f" {name}")), "")
    except (OSError, ValueError):
        return ""
